"""The layout table: how the weights of each Keras layer class lie in a torch module.

Names are without a prefix: a caller whose module holds the arrays under `rnn.` strips and adds it.
"""

from weight_port.layouts import attention, convolutional, core, legacy, normalization, recurrent
from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import entries, get, known_classes, register

__all__ = [
    "Layout",
    "TorchArray",
    "Weight",
    "attention",
    "convolutional",
    "core",
    "entries",
    "get",
    "known_classes",
    "legacy",
    "normalization",
    "recurrent",
    "register",
]
