"""`SimpleRNNCell`, `LSTMCell` and `GRUCell` in an `RNN`, all steps of one after another's.

A cell of a stack needs nothing of the cells behind it, so each can run over the whole sequence.
"""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.rnn.cell_dropout import hold_masks
from kerasish.layers.rnn.cell_loop import LoopResult
from kerasish.layers.rnn.gru import GRUCell
from kerasish.layers.rnn.kernels import has_hooks, run_kernel
from kerasish.layers.rnn.lstm import LSTMCell
from kerasish.layers.rnn.scan.scanned import ScannedWeights, run_scan
from kerasish.layers.rnn.simple_rnn import SimpleRNNCell
from kerasish.layers.rnn.stacked_rnn_cells import StackedRNNCells

_CELLS = (SimpleRNNCell, LSTMCell, GRUCell)


def own_cells(cell: Any, dtype: str) -> list[ScannedWeights] | None:
    """Return the cells in a cell if no call of one can tell how they run; else None.

    Subclasses, cells with hooks, with a penalty on what they give, and of another type than the
    layer's have to be called step by step.

    Args:
        cell: The cell, or the stack of cells.
        dtype: The layer's type.
    """
    stack = [cell]
    if type(cell) is StackedRNNCells and _is_bare(cell, dtype):
        stack = cell.cells
    return stack if all(type(one) in _CELLS and _is_bare(one, dtype) for one in stack) else None


def _is_bare(cell: Any, dtype: str) -> bool:
    replaced = "call" in cell.__dict__ or "forward" in cell.__dict__
    watched = replaced or has_hooks(cell) or cell.activity_regularizer is not None
    return cell.compute_dtype == dtype and not watched


def path_of_cells(cells: list[ScannedWeights], masked: bool, training: bool, device: str) -> str:
    """Return how cells run: `"fused"`, `"scan"`, or `"loop"` where an activation is not known.

    Args:
        cells: What `own_cells` gave.
        masked: Whether there is a mask.
        training: Whether dropout is active.
        device: Type of the device.
    """
    # cuDNN wants the weights of a module, in one piece.
    kernels = all(cell._kernel_serves(training) for cell in cells)
    if kernels and not masked and device == "cpu":
        return "fused"
    return "scan" if all(cell._scan_serves() for cell in cells) else "loop"


def run_own_cells(
    path: str,
    cells: list[ScannedWeights],
    sequences: torch.Tensor,
    states: list[list[torch.Tensor]],
    mask: torch.Tensor | None,
    training: bool,
    *,
    go_backwards: bool,
    zero_output_for_mask: bool,
    return_sequences: bool,
) -> LoopResult:
    """Run cells over time, each over all steps.

    Args:
        path: `"fused"` or `"scan"`.
        cells: The cells, from input to output.
        sequences: `(batch, time, features)`.
        states: Initial states of each cell.
        mask: `(batch, time)` booleans in the original order of time, or None.
        training: Whether dropout is active.
        go_backwards: Whether time runs from the last step to the first.
        zero_output_for_mask: Whether a masked step gives zeros, not the previous output.
        return_sequences: Whether all outputs are wanted.

    Returns:
        The last cell's outputs, and the final states of each cell.
    """
    if go_backwards:
        sequences = sequences.flip(1)
        mask = None if mask is None else mask.flip(1)
    final = []
    for index, (cell, initial) in enumerate(zip(cells, states, strict=True)):
        with hold_masks(cell):
            if path == "fused":
                result = _run_kernel(cell, sequences, initial, training)
            else:
                inner = index + 1 < len(cells)
                result = run_scan(
                    cell,
                    sequences,
                    initial,
                    mask,
                    training,
                    go_backwards=False,
                    zero_output_for_mask=zero_output_for_mask,
                    return_sequences=inner or return_sequences,
                )
        final.append(result.states)
        if result.outputs is not None:
            sequences = result.outputs
    return LoopResult(result.last_output, result.outputs, final)


def _run_kernel(
    cell: Any, sequences: torch.Tensor, states: list[torch.Tensor], training: bool
) -> LoopResult:
    if training and 0 < cell.dropout < 1:
        # One mask for all steps, so it can be applied before the kernel runs.
        sequences = sequences * cell._mask("dropout", sequences[:, 0])[0][:, None]
    weights = [one for one in cell._module_tensors() if one is not None]
    outputs, final = run_kernel(cell.kernel_mode, sequences, [states], [weights], cell.units)
    return LoopResult(outputs[:, -1], outputs, final[0])
