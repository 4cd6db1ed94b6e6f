"""ResNet, with what its images need; see `residual`."""

from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.applications.residual import ResNet50, ResNet101, ResNet152

preprocess_input = preprocessor("caffe")

__all__ = ["ResNet101", "ResNet152", "ResNet50", "decode_predictions", "preprocess_input"]
