"""`keras.backend`: functions over the steps of sequences, and CTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish import config, ops
from kerasish.backend.tensor_function import as_tensor, tensor_function


def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether each target is among the `k` classes with the largest predictions."""
    return ops.in_top_k(targets, predictions, k)


@tensor_function
def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> torch.Tensor:
    """Return the CTC losses of probabilities, `(batch, 1)`; the blank is the last class.

    Args:
        y_true: Labels `(batch, length)`.
        y_pred: Probabilities `(batch, time, classes)`.
        input_length: How many steps of each sample count, `(batch, 1)`.
        label_length: How many labels of each sample count, `(batch, 1)`.
    """
    logits = torch.log(as_tensor(y_pred) + config.epsilon())
    counts, steps = (as_tensor(one).reshape(-1) for one in (label_length, input_length))
    return ops.ctc_loss(y_true, logits, counts, steps, logits.shape[-1] - 1)[:, None]


@tensor_function
def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return the labels of likely alignments; the blank is the last class.

    Args:
        y_pred: Probabilities `(batch, time, classes)`.
        input_length: How many steps of each sample count, `(batch,)`.
        greedy: Whether to take the best class of each step, or to search.
        beam_width: How many beginnings the search keeps.
        top_paths: How many sequences the search returns.

    Returns:
        A list of labels `(batch, time)`, int64, filled up with -1; and `(batch, paths)`
        log-probabilities, or minus the sum of the best logarithms.
    """
    logits = torch.log(as_tensor(y_pred) + config.epsilon())
    strategy = "greedy" if greedy else "beam_search"
    lengths = as_tensor(input_length).reshape(-1)
    labels, scores = ops.ctc_decode(
        logits, lengths, strategy, beam_width, top_paths, mask_index=None
    )
    return list(labels.long().unbind(0)), scores


def map_fn(fn: Callable, elems: Any, name: Any = None, dtype: Any = None) -> Any:
    """Call a function on each entry of the first axis; see `kerasish.ops.map`."""
    found = ops.map(fn, elems)
    return found if dtype is None else ops.cast(found, dtype)


def foldl(fn: Callable, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """Combine the entries of the first axis, from the first on: `fn(so far, entry)`.

    Args:
        fn: A function of what is combined so far and an entry.
        elems: `(count, ...)`.
        initializer: What stands before the first; the first entry itself by default.
        name: Not used.
    """
    entries = list(as_tensor(elems).unbind(0))
    found = entries.pop(0) if initializer is None else as_tensor(initializer)
    for entry in entries:
        found = fn(found, entry)
    return found


def foldr(fn: Callable, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """Combine the entries of the first axis, from the last on; see `foldl`."""
    return foldl(fn, as_tensor(elems).flip(0), initializer, name)


def rnn(
    step_function: Callable,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[torch.Tensor, torch.Tensor, list]:
    """Call a function on each step of sequences, with states that are handed on.

    Args:
        step_function: A function of a step `(batch, ...)` and a list of states, with the constants
            behind them, that returns an output and the list of states anew.
        inputs: `(batch, time, ...)`.
        initial_states: A list of tensors.
        go_backwards: Whether to begin at the end; the outputs then stand in that order.
        mask: Which steps count, `(batch, time)`; at others states and output stay as they are.
        constants: Tensors that the function gets at every step.
        unroll: Not used.
        input_length: Not used.
        time_major: Whether inputs and outputs are `(time, batch, ...)`.
        zero_output_for_mask: Whether outputs of steps that don't count are zeros.
        return_all_outputs: Whether all outputs are returned, or the last alone.

    Returns:
        The last output, the outputs `(batch, time, ...)`, and the last states.
    """
    steps = as_tensor(inputs) if time_major else as_tensor(inputs).transpose(0, 1)
    masks = None if mask is None else as_tensor(mask).bool().transpose(0, 1)
    order = range(len(steps))
    states = [as_tensor(one) for one in initial_states]
    given = [as_tensor(one) for one in constants or ()]
    outputs: list[torch.Tensor] = []
    for place in reversed(order) if go_backwards else order:
        output, found = step_function(steps[place], [*states, *given])
        if masks is not None:
            known = masks[place]
            last = torch.zeros_like(output)
            if outputs and not zero_output_for_mask:
                last = outputs[-1]
            output = _where(known, output, last)
            found = [_where(known, new, old) for new, old in zip(found, states, strict=True)]
        states = list(found)
        outputs = [*outputs, output] if return_all_outputs else [output]
    stacked = torch.stack(outputs, 0 if time_major else 1)
    return outputs[-1], stacked, states


def _where(known: torch.Tensor, new: Any, old: Any) -> Any:
    return torch.where(known.reshape(-1, *(1,) * (new.ndim - 1)), new, as_tensor(old))
