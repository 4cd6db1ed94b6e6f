"""`Concatenate`: inputs one behind the other along an axis."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.graph.mask_step import MaskStep
from kerasish.graph.structure import flatten
from kerasish.layers.merging.merge import Merge
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Concatenate(Merge):
    """Joins a list of inputs along an axis; the other axes must agree.

    Args:
        axis: The axis, the batch axis counted as 0.
        **kwargs: Arguments of every layer.
    """

    arguments = ("axis",)

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, bool) or not isinstance(axis, int):
            self._refuse("axis", axis, "an integer")
        self.axis = axis

    def call(self, inputs: Any) -> torch.Tensor:
        """Join the inputs."""
        if not isinstance(inputs, (list, tuple)):
            return super().call(inputs)
        return torch.cat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the sizes along the axis summed, None if one is not known."""
        shapes = input_shape
        listed = isinstance(shapes, (list, tuple)) and shapes
        if not listed or not all(isinstance(shape, (list, tuple)) for shape in shapes):
            self._fail("is called on a list of inputs", shapes)
        rank = len(shapes[0])
        if any(len(shape) != rank for shape in shapes) or not -rank <= self.axis < rank:
            self._fail(f"takes inputs of one rank that have an axis {self.axis}", shapes)
        sizes: list[int | None] = []
        for axis, given in enumerate(zip(*shapes, strict=True)):
            if axis == self.axis % rank:
                sizes.append(None if None in given else sum(given))
                continue
            known = set(given) - {None}
            if len(known) > 1:
                self._fail(f"takes inputs that agree but for axis {self.axis}", shapes)
            sizes.append(known.pop() if known else None)
        return tuple(sizes)

    def _checked_shapes(self, shapes: Any) -> list[tuple]:
        self.compute_output_shape(shapes)
        return list(shapes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Join the masks along the axis; an input without one counts as valid throughout."""
        if mask is None or all(one is None for one in mask):
            return None
        full = []
        for tensor, one in zip(inputs, mask, strict=True):
            if one is None:
                full.append(torch.ones_like(tensor, dtype=torch.bool))
            elif one.ndim < tensor.ndim:
                full.append(one[..., None].expand(tensor.shape))
            else:
                full.append(one)
        return torch.cat(full, self.axis).any(-1)

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        full = []
        for tensor, one in zip(flatten(inputs), flatten(mask), strict=True):
            if one is None:
                full.append(MaskStep("ones_like", tensor))
            else:
                spread = MaskStep("expand_dims", one)
                full.append(MaskStep("logical_or", spread, MaskStep("zeros_like", tensor)))
        return MaskStep("any", MaskStep("concatenate", *full))
