"""Converters, a file for each family of layers; importing the package enters them all."""

from kerasish.export.onnx.converters import (
    activation_layers,
    activations,
    attention,
    convolution,
    core,
    merging,
    normalization,
    normalizing_activations,
    pooling,
    projected_attention,
    reshaping,
    rnn,
    scaling,
    space,
    steps,
    torch_functions,
)

__all__ = [
    "activation_layers",
    "activations",
    "attention",
    "convolution",
    "core",
    "merging",
    "normalization",
    "normalizing_activations",
    "pooling",
    "projected_attention",
    "reshaping",
    "rnn",
    "scaling",
    "space",
    "steps",
    "torch_functions",
]
