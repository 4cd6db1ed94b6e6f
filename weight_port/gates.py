"""The gate table: in which order each framework stores the gates of its recurrent cells.

This is the only place in the project that knows a gate order. Everything else asks for
`gate_order` or `gate_permutation`, by name.

A fused gate array has one axis that holds the blocks of the gates, one after the other, each
`units` wide. What differs between frameworks beyond the order of those blocks stands in
`DIFFERENCES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from weight_port.errors import LayoutError

# Canonical names. "cell" is the candidate of an LSTM (Keras c, PyTorch g, TensorFlow 1 j);
# "new" is the candidate of a GRU (Keras and ONNX h, PyTorch n).
INPUT, FORGET, CELL, OUTPUT = "input", "forget", "cell", "output"
UPDATE, RESET, NEW = "update", "reset", "new"

GATES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "lstm": frozenset({INPUT, FORGET, CELL, OUTPUT}),
        "gru": frozenset({UPDATE, RESET, NEW}),
    }
)

GATE_ORDERS: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        # i f c o: keras.layers.LSTMCell, the columns of `kernel`.
        ("keras", "lstm"): (INPUT, FORGET, CELL, OUTPUT),
        # z r h: keras.layers.GRUCell.
        ("keras", "gru"): (UPDATE, RESET, NEW),
        # W_ii|W_if|W_ig|W_io: documentation of torch.nn.LSTM, `weight_ih_l[k]`.
        ("torch", "lstm"): (INPUT, FORGET, CELL, OUTPUT),
        # W_ir|W_iz|W_in: documentation of torch.nn.GRU.
        ("torch", "gru"): (RESET, UPDATE, NEW),
        # "W[iofc]": ONNX operator LSTM, input W.
        ("onnx", "lstm"): (INPUT, OUTPUT, FORGET, CELL),
        # "W[zrh]": ONNX operator GRU, input W.
        ("onnx", "gru"): (UPDATE, RESET, NEW),
        # cudnnGetRNNWeightParams, linLayerID 0..3 (and 4..7 for the recurrent matrices).
        ("cudnn", "lstm"): (INPUT, FORGET, CELL, OUTPUT),
        # cudnnGetRNNWeightParams, linLayerID 0..2 (and 3..5).
        ("cudnn", "gru"): (RESET, UPDATE, NEW),
        # flax.linen keeps a dense layer per gate (see FLAX_DENSE_NAMES); this is the order in
        # which OptimizedLSTMCell concatenates them.
        ("flax", "lstm"): (INPUT, FORGET, CELL, OUTPUT),
        # flax.linen.GRUCell: a dense layer per gate, computed in this order.
        ("flax", "gru"): (RESET, UPDATE, NEW),
        # tf.compat.v1.nn.rnn_cell.BasicLSTMCell and LSTMCell split as i, j, f, o.
        ("tf1", "lstm"): (INPUT, CELL, FORGET, OUTPUT),
        # tf.compat.v1.nn.rnn_cell.GRUCell: `gates/kernel` holds r, u; `candidate/kernel` is apart.
        ("tf1", "gru"): (RESET, UPDATE, NEW),
        # tf.contrib.cudnn_rnn.CudnnLSTM and CudnnGRU hold cuDNN's own parameter buffer.
        ("tf1_cudnn", "lstm"): (INPUT, FORGET, CELL, OUTPUT),
        ("tf1_cudnn", "gru"): (RESET, UPDATE, NEW),
    }
)

# flax.linen.LSTMCell and GRUCell: the dense layers of each gate, (from the input, from the state).
FLAX_DENSE_NAMES: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "lstm": MappingProxyType(
            {INPUT: ("ii", "hi"), FORGET: ("if", "hf"), CELL: ("ig", "hg"), OUTPUT: ("io", "ho")}
        ),
        "gru": MappingProxyType({RESET: ("ir", "hr"), UPDATE: ("iz", "hz"), NEW: ("in", "hn")}),
    }
)


class CellDifferences(NamedTuple):
    """What a framework's cell does differently, beyond the order of its gates.

    Attributes:
        biases: How many bias vectors each gate has: 1, or 2 (one added to the input's product,
            one to the state's).
        run_time_forget_bias: What the cell adds to the forget gate when it runs, on top of the
            stored bias. 0.0 where a forget bias is only an initial value of the stored bias.
        reset_after: For a GRU: whether the reset gate multiplies the state's product (True) or
            the state itself (False); None where a setting of the layer decides, or for an LSTM.
        note: What else a porter must know.
    """

    biases: int
    run_time_forget_bias: float = 0.0
    reset_after: bool | None = None
    note: str = ""


DIFFERENCES: Mapping[tuple[str, str], CellDifferences] = MappingProxyType(
    {
        # `unit_forget_bias` is an initializer, so the stored bias holds it already.
        ("keras", "lstm"): CellDifferences(biases=1),
        ("keras", "gru"): CellDifferences(
            biases=2, note="reset_after=False has one bias of shape (3 * units,)."
        ),
        ("torch", "lstm"): CellDifferences(biases=2, note="The two biases act as their sum."),
        # n = tanh(W_in x + b_in + r * (W_hn h + b_hn)): documentation of torch.nn.GRU.
        ("torch", "gru"): CellDifferences(biases=2, reset_after=True),
        ("onnx", "lstm"): CellDifferences(
            biases=2,
            note="B is the input's biases followed by the state's; peepholes P are ordered i o f.",
        ),
        # The default, linear_before_reset=0, resets the state before its product.
        ("onnx", "gru"): CellDifferences(
            biases=2, note="linear_before_reset != 0 means reset_after."
        ),
        ("cudnn", "lstm"): CellDifferences(
            biases=2, note="cudnnSetRNNBiasMode can leave only one bias, or none."
        ),
        ("cudnn", "gru"): CellDifferences(biases=2, reset_after=True),
        # Only the dense layers of the state (h*) have a bias.
        ("flax", "lstm"): CellDifferences(biases=1, note="The bias is in the dense layers h*."),
        # ir, iz, in have a bias; of the state's, only hn has one.
        ("flax", "gru"): CellDifferences(
            biases=1, reset_after=True, note="The new gate has a second bias, in hn."
        ),
        # The constructor's forget_bias (1.0 by default) is added at run time, and never stored.
        ("tf1", "lstm"): CellDifferences(
            biases=1,
            run_time_forget_bias=1.0,
            note="One kernel holds the input's rows followed by the state's.",
        ),
        ("tf1", "gru"): CellDifferences(
            biases=1,
            reset_after=False,
            note="Kernels `gates` (reset, update) and `candidate` (new) are stored apart; each "
            "holds the input's rows followed by the state's.",
        ),
        ("tf1_cudnn", "lstm"): CellDifferences(
            biases=2, note="An opaque buffer: all matrices, then all biases."
        ),
        ("tf1_cudnn", "gru"): CellDifferences(biases=2, reset_after=True),
    }
)


def gate_order(framework: str, cell: str) -> tuple[str, ...]:
    """Return the names of a cell's gates, in the order in which a framework stores them.

    Args:
        framework: `"keras"`, `"torch"`, `"onnx"`, `"cudnn"`, `"flax"`, `"tf1"` or `"tf1_cudnn"`.
        cell: `"lstm"` or `"gru"`.

    Raises:
        LayoutError: If the table has no such framework or cell.

    Example:
        >>> gate_order("torch", "gru")
        ('reset', 'update', 'new')
    """
    try:
        return GATE_ORDERS[framework, cell]
    except KeyError:
        frameworks = sorted({known for known, _ in GATE_ORDERS})
        raise LayoutError(
            f"No gate order is known for this framework and cell. Frameworks: {frameworks}; "
            f"cells: {sorted(GATES)}. Received: framework={framework!r}, cell={cell!r}"
        ) from None


def gate_permutation(cell: str, source: str, target: str) -> tuple[int, ...]:
    """Return, for each gate as `target` stores it, its position in `source`'s order.

    So `blocks_of_target = [blocks_of_source[i] for i in gate_permutation(...)]`.

    Args:
        cell: `"lstm"` or `"gru"`.
        source: The framework whose order the blocks have.
        target: The framework whose order is wanted.

    Raises:
        LayoutError: If the table has no such framework or cell.

    Example:
        >>> gate_permutation("gru", "keras", "torch")
        (1, 0, 2)
    """
    have = gate_order(source, cell)
    return tuple(have.index(gate) for gate in gate_order(target, cell))
