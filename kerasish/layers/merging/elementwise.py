"""`Add`, `Subtract`, `Multiply`, `Average`, `Maximum`, `Minimum`: inputs joined entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch

from kerasish.layers.base.inputs import set_mask
from kerasish.layers.merging.merge import Merge, mask_like
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Add(Merge):
    """The sum of its inputs, given as a list."""

    def _merge(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        return reduce(torch.add, inputs)


@builtin("keras.layers")
class Subtract(Merge):
    """The first of its two inputs minus the second."""

    exact_count = 2

    def _merge(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        return inputs[0] - inputs[1]


@builtin("keras.layers")
class Average(Merge):
    """The mean of its inputs, given as a list."""

    def _merge(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        return reduce(torch.add, inputs) / len(inputs)


@builtin("keras.layers")
class Multiply(Merge):
    """The product of its inputs, given as a list.

    Masked entries count as one; where all inputs have masks, entries masked in each give zero.
    """

    def call(self, inputs: Any) -> torch.Tensor:
        """Multiply, with the masks that travel with the inputs."""
        if not isinstance(inputs, (list, tuple)):
            return super().call(inputs)
        masks = [mask_like(one) for one in inputs]
        filled = [
            one if mask is None else torch.where(mask, one, 1)
            for one, mask in zip(inputs, masks, strict=True)
        ]
        output = super().call(filled)
        present = [mask for mask in masks if mask is not None]
        if len(present) < len(masks):
            return output
        joined = reduce(torch.logical_or, present)
        return set_mask(torch.where(joined, output, 0), joined.any(-1))

    def _merge(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        return reduce(torch.mul, inputs)


class Extremum(Merge):
    """The base of `Maximum` and `Minimum`: a masked entry leaves the choice to the others."""

    choose: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

    def call(self, inputs: Any) -> torch.Tensor:
        """Choose, with the masks that travel with the inputs."""
        if not isinstance(inputs, (list, tuple)) or all(mask_like(one) is None for one in inputs):
            return super().call(inputs)
        output, valid = inputs[0], mask_like(inputs[0])
        for one in inputs[1:]:
            mask = mask_like(one)
            if mask is not None:
                one = torch.where(mask, one, output)
            if valid is not None:
                output = torch.where(valid, output, one)
            both = mask is not None and valid is not None
            valid = torch.logical_or(valid, mask) if both else None  # type: ignore[arg-type]
            output = super().call([output, one])
        return output if valid is None else set_mask(output, valid.any(-1))

    def _merge(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        return reduce(type(self).choose, inputs)


@builtin("keras.layers")
class Maximum(Extremum):
    """The largest of its inputs, entry by entry."""

    choose = staticmethod(torch.maximum)


@builtin("keras.layers")
class Minimum(Extremum):
    """The smallest of its inputs, entry by entry."""

    choose = staticmethod(torch.minimum)
