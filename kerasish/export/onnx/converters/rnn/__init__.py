"""Converters of the recurrent layers; importing the package enters them into the table."""

from kerasish.export.onnx.converters.rnn import (
    bidirectional,
    cells,
    conv_lstm,
    layers,
    time_distributed,
    torch_recurrent,
)

__all__ = ["bidirectional", "cells", "conv_lstm", "layers", "time_distributed", "torch_recurrent"]
