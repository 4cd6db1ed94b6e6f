"""What the layers that pad, crop and repeat have in common: axes of space, pairs of numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from kerasish import config
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.reshaping.flatten import DtypeKeepingLayer


class SpaceLayer(DtypeKeepingLayer):
    """The base of layers that change the sizes of `rank` axes of space."""

    rank: ClassVar[int]
    data_format: str

    def _take_data_format(self, data_format: str | None) -> None:
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _axes(self) -> range:
        """The axes of space."""
        first = 1 if self.data_format == "channels_last" else 2
        return range(first, first + self.rank)

    def _pairs(self, argument: str, value: Any) -> tuple[tuple[int, int], ...]:
        """Return an argument as two numbers, before and after, for each axis of space."""
        pairs: Any = [value] * self.rank if isinstance(value, int) else value
        if self.rank == 1 and not isinstance(value, int):
            pairs = [value]
        valid = isinstance(pairs, (list, tuple)) and len(pairs) == self.rank
        if valid:
            pairs = [(pair, pair) if isinstance(pair, int) else pair for pair in pairs]
            valid = all(
                isinstance(pair, (list, tuple))
                and len(pair) == 2
                and all(isinstance(size, int) and size >= 0 for size in pair)
                for pair in pairs
            )
        if not valid:
            self._refuse(argument, value, f"a number from 0 on, or {self.rank} pairs of them,")
        return tuple((int(pair[0]), int(pair[1])) for pair in pairs)
