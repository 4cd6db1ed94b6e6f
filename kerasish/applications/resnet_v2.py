"""ResNetV2, with what its images need; see `residual`."""

from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.applications.residual import ResNet50V2, ResNet101V2, ResNet152V2

preprocess_input = preprocessor("tf")

__all__ = ["ResNet101V2", "ResNet152V2", "ResNet50V2", "decode_predictions", "preprocess_input"]
