"""Configurations of old Keras (1.x, 2.x, `tf.keras`, `tf-keras`) in the form of Keras 3."""

from weight_port.legacy_config.activations import KERAS2_HARD_SIGMOID
from weight_port.legacy_config.errors import LegacyConfigError
from weight_port.legacy_config.modernize import modernize

__all__ = ["KERAS2_HARD_SIGMOID", "LegacyConfigError", "modernize"]
