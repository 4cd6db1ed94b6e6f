"""Entries of the recurrent layers and their cells.

Keras's LSTM and SimpleRNN have one bias and torch's have two, which act as their sum. The Keras
bias lies in `bias_ih`; `bias_hh` is zero and frozen, because training both would double the step
that an optimizer takes on their sum. On the way back the two are summed, which keeps a foreign
torch checkpoint exact.
"""

from __future__ import annotations

from dataclasses import replace

from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import register

# The state has as many features as the layer has units.
_STATE = {"state": "unit"}


def _matrices(unit: str) -> tuple[Weight, Weight]:
    """Return the two kernels of a cell whose units (by gate, perhaps) are the axis `unit`."""
    return (
        Weight("kernel", f"in {unit}", (TorchArray("weight_ih", f"{unit} in"),)),
        Weight("recurrent_kernel", f"state {unit}", (TorchArray("weight_hh", f"{unit} state"),)),
    )


def _summed_bias(unit: str) -> Weight:
    """Return the one bias of a Keras cell whose torch cell has two that act as their sum."""
    return Weight(
        "bias",
        unit,
        (TorchArray("bias_ih", unit), TorchArray("bias_hh", unit, frozen=True)),
        relation="sum",
        optional=True,
    )


def _register_with_cell(cell: Layout) -> tuple[Layout, Layout]:
    """Register a cell, and the layer that torch names by the same names and `_l0`."""
    layer = replace(
        cell,
        layer_class=cell.layer_class.removesuffix("Cell"),
        torch_module=cell.torch_module.removesuffix("Cell"),
        weights=tuple(weight.renamed("", "_l0") for weight in cell.weights),
        recurrent=True,
    )
    return register(cell), register(layer)


_GATED = "(gate unit)"

LSTM_CELL, LSTM = _register_with_cell(
    Layout(
        "LSTMCell",
        (*_matrices(_GATED), _summed_bias(_GATED)),
        torch_module="LSTMCell",
        cell="lstm",
        ties=_STATE,
    )
)

GRU_CELL, GRU = _register_with_cell(
    Layout(
        "GRUCell",
        (
            *_matrices(_GATED),
            # Here the two biases do not act as their sum: the reset gate lies between them.
            Weight(
                "bias",
                f"set {_GATED}",
                (TorchArray("bias_ih", _GATED), TorchArray("bias_hh", _GATED)),
                relation="stack",
                stacked="set",
                optional=True,
            ),
        ),
        torch_module="GRUCell",
        cell="gru",
        variant={"reset_after": True},
        ties=_STATE,
    )
)

# torch has no module for this cell. Its arrays are stored as torch would store them.
GRU_CELL_RESET_BEFORE, GRU_RESET_BEFORE = _register_with_cell(
    Layout(
        "GRUCell",
        (
            *_matrices(_GATED),
            Weight("bias", _GATED, (TorchArray("bias_ih", _GATED),), optional=True),
        ),
        cell="gru",
        variant={"reset_after": False},
        ties=_STATE,
    )
)

SIMPLE_RNN_CELL, SIMPLE_RNN = _register_with_cell(
    Layout(
        "SimpleRNNCell",
        (*_matrices("unit"), _summed_bias("unit")),
        torch_module="RNNCell",
        ties=_STATE,
    )
)

# One convolution of the input, with the bias, and one of the state, without.
CONV_LSTM = tuple(
    register(
        Layout(
            f"ConvLSTM{rank}D",
            (
                Weight(
                    "kernel",
                    f"{space} in {_GATED}",
                    (TorchArray("input_conv.weight", f"{_GATED} in {space}"),),
                ),
                Weight(
                    "recurrent_kernel",
                    f"{space} state {_GATED}",
                    (TorchArray("recurrent_conv.weight", f"{_GATED} state {space}"),),
                ),
                Weight("bias", _GATED, (TorchArray("input_conv.bias", _GATED),), optional=True),
            ),
            cell="lstm",
            ties=_STATE,
        )
    )
    for rank, space in ((1, "w"), (2, "h w"), (3, "d h w"))
)
