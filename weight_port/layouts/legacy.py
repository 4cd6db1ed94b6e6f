"""Entries of the recurrent layers that only Keras 2 has, for its old files.

`CuDNNLSTM` and `CuDNNGRU` hold cuDNN's matrices, one per gate and each transposed, in arrays that
have the shape of the plain layers'. Their bias holds the input's set, then the state's. To read
them as the layers of today: `transform.convert(get("CuDNNLSTM"), get("LSTM"), weights)`.
"""

from __future__ import annotations

from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import register

_GATED = "(gate unit)"

CUDNN = tuple(
    register(
        Layout(
            layer_class,
            (
                # The shape is that of LSTM's kernel, but each gate's block is filled row by row
                # with the transposed matrix, which has another shape.
                Weight(
                    "kernel",
                    f"in {_GATED}",
                    (TorchArray("weight_ih_l0", f"{_GATED} in"),),
                    filled="unit in",
                ),
                Weight(
                    "recurrent_kernel",
                    "unit (gate state)",
                    (TorchArray("weight_hh_l0", f"{_GATED} state"),),
                ),
                Weight(
                    "bias",
                    "(set gate unit)",
                    (TorchArray("bias_ih_l0", _GATED), TorchArray("bias_hh_l0", _GATED)),
                    relation="stack",
                    stacked="set",
                ),
            ),
            torch_module=torch_module,
            cell=cell,
            ties={"state": "unit"},
            recurrent=True,
        )
    )
    for layer_class, torch_module, cell in (
        ("CuDNNLSTM", "LSTM", "lstm"),
        ("CuDNNGRU", "GRU", "gru"),
    )
)
