"""ResNet50, with what its images need; see `residual`."""

from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.applications.residual import ResNet50

preprocess_input = preprocessor("caffe")

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]
