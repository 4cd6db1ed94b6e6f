"""Converters, a file for each family of layers; importing the package enters them all."""

from kerasish.export.onnx.converters import (
    activations,
    core,
    merging,
    reshaping,
    rnn,
    steps,
    torch_functions,
)

__all__ = ["activations", "core", "merging", "reshaping", "rnn", "steps", "torch_functions"]
