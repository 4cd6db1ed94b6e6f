"""VGG19, with what its images need; see `vgg`."""

from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.applications.vgg import VGG19

preprocess_input = preprocessor("caffe")

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]
