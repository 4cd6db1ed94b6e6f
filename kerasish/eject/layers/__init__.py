"""What writes each layer, a file for each family; importing the package enters them all."""

from kerasish.eject.layers import (
    activation_layers,
    activations,
    attention,
    bidirectional,
    convolution,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    space,
    steps,
    time_distributed,
)

__all__ = [
    "activation_layers",
    "activations",
    "attention",
    "bidirectional",
    "convolution",
    "core",
    "merging",
    "normalization",
    "pooling",
    "preprocessing",
    "recurrent",
    "regularization",
    "reshaping",
    "space",
    "steps",
    "time_distributed",
]
