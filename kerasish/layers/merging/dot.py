"""`Dot`: the product of two inputs, summed over an axis of each."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.merging.merge import Merge
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Dot(Merge):
    """Multiplies two inputs sample by sample and sums over one axis of each.

    `(batch, a..., n, b...)` and `(batch, c..., n, d...)` give `(batch, a..., b..., c..., d...)`.

    Args:
        axes: The axis summed over, in both inputs or, as a pair, in each; not the batch axis.
        normalize: Whether the inputs are first scaled to length 1 along the axis, which makes the
            result the cosine of their angle.
        **kwargs: Arguments of every layer.
    """

    exact_count = 2
    arguments = ("axes", "normalize")

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = isinstance(axes, (list, tuple)) and len(axes) == 2
        if not all(isinstance(axis, int) for axis in (axes if pair else [axes])):
            self._refuse("axes", axes, "an integer or a pair of them")
        self.axes = axes
        self.normalize = normalize

    def _axes_of(self, shapes: list[tuple]) -> tuple[int, int]:
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else tuple(self.axes)
        first, second = (
            axis % len(shape) if -len(shape) <= axis < len(shape) else 0
            for axis, shape in zip(axes, shapes, strict=True)
        )
        if first == 0 or second == 0:
            self._fail(f"can't sum over axes={self.axes}", shapes)
        return first, second

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the batch axis, the first input's other axes, and the second's."""
        shapes = self._checked_shapes(input_shape)
        first, second = self._axes_of(shapes)
        sizes = shapes[0][first], shapes[1][second]
        if None not in sizes and sizes[0] != sizes[1]:
            self._fail(f"takes inputs that agree along axes={self.axes}", shapes)
        left = shapes[0][1:first] + shapes[0][first + 1 :]
        right = shapes[1][1:second] + shapes[1][second + 1 :]
        batch = shapes[0][0] if shapes[0][0] is not None else shapes[1][0]
        return (batch, *((left + right) or (1,)))

    def call(self, inputs: Any) -> torch.Tensor:
        """Multiply and sum."""
        if not isinstance(inputs, (list, tuple)):
            return super().call(inputs)
        shapes = [tuple(one.shape) for one in inputs]
        shape = self.compute_output_shape(shapes)
        moved = []
        for one, axis in zip(inputs, self._axes_of(shapes), strict=True):
            if self.normalize:
                # Keras's floor on the squared length.
                length = one.square().sum(axis, keepdim=True).clamp(min=1e-12).rsqrt()
                one = one * length
            moved.append(one.movedim(axis, -1).flatten(1, -2) if one.ndim > 2 else one[:, None])
        product = moved[0] @ moved[1].transpose(1, 2)
        return product.reshape(shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The result has no mask."""
        return None

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        return None
