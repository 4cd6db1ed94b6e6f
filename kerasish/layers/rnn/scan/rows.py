"""What all scans share: the states of all steps, and rows that end before others."""

from __future__ import annotations

from collections.abc import Callable

import torch

from kerasish.layers.rnn.masks import Compaction


class SortedRows:
    """The rows of a batch by their number of valid steps, the longest first.

    Args:
        mask: `(batch, time)`, booleans.

    Attributes:
        compaction: Moves the valid steps of each row to the front.
        counts: Number of rows that have each step, up to the longest row.
    """

    def __init__(self, mask: torch.Tensor) -> None:
        self.compaction = Compaction(mask)
        lengths, self._order = self.compaction.lengths.sort(descending=True, stable=True)
        self._back = self._order.argsort()
        steps = torch.arange(1, max(int(lengths[0]), 1) + 1, device=mask.device)
        self.counts: list[int] = (lengths >= steps[:, None]).sum(1).tolist()

    def take_in(self, values: torch.Tensor) -> torch.Tensor:
        """Sort the rows of `(batch, ...)`."""
        return values.index_select(0, self._order)

    def give_back(self, values: torch.Tensor) -> torch.Tensor:
        """Put the rows of `(batch, ...)` where they were."""
        return values.index_select(0, self._back)


def history(time: int, initial: torch.Tensor) -> torch.Tensor:
    """Return room for the states of all steps, `(time + 1, batch, units)`, the initial one in it.

    The rest is zero, which is what steps have that a row does not take part in.
    """
    states = initial.new_zeros((time + 1, *initial.shape))
    states[0] = initial.detach()
    return states


def row_slices(counts: list[int] | None, batch: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what takes each row's last state from the states of all steps.

    Args:
        counts: Number of rows that each step has, never rising; None for all.
        batch: Number of rows.
    """
    if not counts or counts[-1] == batch:
        return lambda states: states[-1].clone()
    lengths = [sum(count > row for count in counts) for row in range(batch)]

    def last(states: torch.Tensor) -> torch.Tensor:
        index = torch.tensor(lengths, device=states.device)
        return states[index, torch.arange(batch, device=states.device)]

    return last


def refuse_second_derivatives() -> None:
    """Raise an error in a backward pass that is itself to be differentiated.

    Raises:
        RuntimeError: With `create_graph=True`.
    """
    if torch.is_grad_enabled():
        raise RuntimeError(
            "Recurrent layers of this configuration have first derivatives "
            "only. torch.func.grad has the second ones too, as RNN(LSTMCell(...), unroll=True). "
            "Received: a backward pass with create_graph=True"
        )
