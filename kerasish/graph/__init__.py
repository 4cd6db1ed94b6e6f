"""Symbolic tensors and the record of the layer calls that made them."""

from kerasish.graph.keras_tensor import KerasTensor, is_keras_tensor
from kerasish.graph.node import KerasHistory, Node

__all__ = ["KerasHistory", "KerasTensor", "Node", "is_keras_tensor"]
