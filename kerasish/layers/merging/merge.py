"""The base of layers that join several inputs."""

from __future__ import annotations

import functools
from typing import Any

import torch

from kerasish.graph.mask_step import MaskStep
from kerasish.graph.structure import flatten
from kerasish.layers.base.inputs import get_mask
from kerasish.layers.base.layer import Layer


class Merge(Layer):
    """Joins a list of inputs entry by entry.

    Inputs of a lower rank get axes of size 1 behind the batch axis, as in Keras; then shapes
    broadcast.

    Args:
        **kwargs: Arguments of every layer.
    """

    supports_masking = True
    exact_count: int | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build(self, input_shape: Any) -> None:
        """Check that the inputs go together."""
        self._checked_shapes(input_shape)
        self.compute_output_shape(input_shape)

    def _checked_shapes(self, shapes: Any) -> list[tuple]:
        listed = isinstance(shapes, (list, tuple)) and shapes
        if not listed or not all(isinstance(shape, (list, tuple)) for shape in shapes):
            self._fail("is called on a list of inputs", shapes)
        if self.exact_count is not None and len(shapes) != self.exact_count:
            self._fail(f"takes exactly {self.exact_count} inputs", shapes)
        batches = {shape[0] for shape in shapes} - {None}
        if len(batches) > 1:
            self._fail("takes inputs of one batch size", shapes)
        return [tuple(shape) for shape in shapes]

    def _fail(self, problem: str, shapes: Any) -> None:
        raise ValueError(
            f"Layer '{self.name}' ({type(self).__name__}) {problem}. "
            f"Received: inputs of shapes {shapes}"
        )

    def call(self, inputs: Any) -> torch.Tensor:
        """Bring the inputs to one rank and join them."""
        if not isinstance(inputs, (list, tuple)):
            self._fail("is called on a list of inputs", tuple(inputs.shape))
        rank = max(one.ndim for one in inputs)
        if any(one.ndim != rank for one in inputs):
            inputs = [
                one.reshape(one.shape[0], *[1] * (rank - one.ndim), *one.shape[1:])
                for one in inputs
            ]
        return self._merge(list(inputs))

    def _merge(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape that the inputs broadcast to."""
        shapes = self._checked_shapes(input_shape)
        rank = max(len(shape) for shape in shapes)
        padded = [(*[1] * (rank - len(shape)), *shape[1:]) for shape in shapes]
        sizes = [self._broadcast(axis, shapes) for axis in zip(*padded, strict=True)]
        batches = {shape[0] for shape in shapes} - {None}
        return (batches.pop() if batches else None, *sizes)

    def _broadcast(self, sizes: tuple, shapes: list[tuple]) -> int | None:
        if None in sizes:
            return None
        wide = {size for size in sizes if size != 1}
        if len(wide) > 1:
            self._fail("takes inputs whose shapes broadcast", shapes)
        return wide.pop() if wide else 1

    def _output_dtype(self, inputs: Any) -> str:
        kinds = [one.dtype for one in inputs]
        if any(kind.startswith(("float", "bfloat")) for kind in kinds):
            return self.compute_dtype
        return kinds[0]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where any of the inputs is valid; None if one of them has no mask."""
        if mask is None or any(one is None for one in mask):
            return None
        joined = mask[0]
        for one in mask[1:]:
            joined = torch.logical_or(joined, one)
        return joined

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        masks = flatten(mask)
        if any(one is None for one in masks):
            return None
        return functools.reduce(lambda one, other: MaskStep("logical_or", one, other), masks)


def mask_like(tensor: torch.Tensor) -> torch.Tensor | None:
    """Return a tensor's mask spread over its last axis, or None."""
    mask = get_mask(tensor)
    return None if mask is None else mask[..., None].expand(tensor.shape)
