"""Gradients of tables, one for each lookup, as Keras's TensorFlow backend has them.

The gradient of an `Embedding` is there a list of rows (`tf.IndexedSlices`), in which a row that was
looked up twice stands twice. Keras squares such a gradient row by row before rows are added up, so
the square of a row is the sum of squares, not the square of the sum.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import torch

from kerasish.distribution import processes
from kerasish.random.batch_rows import is_part_of_a_batch

# A loop that never takes a step with the optimizer must not gather gradients for ever.
_MOST = 256


class RowGradients(NamedTuple):
    """A gradient as a list of rows.

    Attributes:
        shape: Shape of the table.
        rows: Numbers of the rows that have a gradient, each once, `(rows,)`.
        place: Which of them each gradient is for, `(lookups,)`.
        values: The gradients, `(lookups, width)`.
    """

    shape: torch.Size
    rows: torch.Tensor
    place: torch.Tensor
    values: torch.Tensor

    def dense(self) -> torch.Tensor:
        """Return the gradient of the table."""
        return self._spread(self.values)

    def squares(self) -> torch.Tensor:
        """Return the sums of squares, of the table's shape."""
        return self._spread(self.values.square())

    def magnitudes(self) -> torch.Tensor:
        """Return the sums of absolute values, of the table's shape."""
        return self._spread(self.values.abs())

    def _spread(self, values: torch.Tensor) -> torch.Tensor:
        return _sums(self.rows.shape[0], self.place, values, self.rows, self.shape)


def _sums(
    count: int, place: torch.Tensor, values: torch.Tensor, rows: torch.Tensor, shape: torch.Size
) -> torch.Tensor:
    added = values.new_zeros((count, *values.shape[1:])).index_add_(0, place, values)
    return values.new_zeros(shape).index_copy_(0, rows, added)


class Lookups:
    """What was looked up in a table since the last step, with the gradients that came back."""

    def __init__(self) -> None:
        self._seen: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._shared = False

    def watch(self, indices: torch.Tensor, output: torch.Tensor) -> None:
        """Note the gradient of a lookup when it comes.

        Args:
            indices: Any shape.
            output: `(*indices.shape, width)`, a part of a graph.
        """
        self._shared = is_part_of_a_batch()
        output.register_hook(partial(self._note, indices))

    def _note(self, indices: torch.Tensor, gradient: torch.Tensor) -> None:
        if len(self._seen) < _MOST:
            self._seen.append((indices, gradient.detach()))

    def clear(self) -> None:
        """Forget them."""
        self._seen.clear()

    def take(self, gradient: torch.Tensor) -> RowGradients | None:
        """Return the gradient of the table as rows, and forget them.

        None where that would be the same: no row is there twice; or where it is not true: there is
        more in the gradient, such as that of a regularizer, with which Keras adds up the rows.

        Args:
            gradient: The gradient of the table.
        """
        seen, self._seen = self._seen, []
        if not seen or len(seen) >= _MOST:
            return None
        width = gradient.shape[-1]
        indices = torch.cat([one.reshape(-1) for one, _ in seen]).long()
        values = torch.cat([one.reshape(-1, width) for _, one in seen]).to(gradient.dtype)
        if self._shared and processes.is_active():
            # Gradients are averaged over the processes, and so come out that much larger before.
            indices = processes.joined(indices)
            values = processes.joined(values) / processes.world_size()
        rows, place, counts = indices.unique(return_inverse=True, return_counts=True)
        if not rows.numel() or int(counts.max()) == 1:
            return None
        added = values.new_zeros((rows.shape[0], width)).index_add_(0, place, values)
        found = gradient[rows]
        tolerance = 1e-4 * float(values.abs().max())
        if not torch.allclose(added, found, rtol=1e-4, atol=tolerance):
            return None
        return RowGradients(gradient.shape, rows, place, values)

    def __reduce__(self) -> Any:
        # Copies of a layer belong to no optimizer yet.
        return type(None), ()


def watch_tables(layer: Any) -> None:
    """Have the tables in a layer, or the layer itself, note their lookups from now on."""
    for module in layer.modules() if isinstance(layer, torch.nn.Module) else ():
        if hasattr(module, "_lookups") and module._lookups is None:
            module._lookups = Lookups()
