"""`keras.preprocessing.image`: images as files and arrays, and random changes of them."""

from kerasish.preprocessing.affine import apply_affine_transform
from kerasish.preprocessing.array_iterator import NumpyArrayIterator
from kerasish.preprocessing.dataframe_iterator import DataFrameIterator
from kerasish.preprocessing.file_iterator import DirectoryIterator
from kerasish.preprocessing.image_changes import (
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from kerasish.preprocessing.image_data_generator import ImageDataGenerator
from kerasish.preprocessing.image_iterator import ImageIterator as Iterator
from kerasish.utils.images import array_to_img, img_to_array, load_img, save_img, smart_resize

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "img_to_array",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
]
