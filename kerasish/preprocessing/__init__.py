"""`keras.preprocessing`: data made ready, under the names of Keras 2 and 3."""

from kerasish.preprocessing import image, sequence, text
from kerasish.utils.image_dataset import image_dataset_from_directory
from kerasish.utils.text_dataset import text_dataset_from_directory
from kerasish.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
