"""A tensor of the ONNX graph that is being written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch

from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.graph.structure import flatten, map_structure


@dataclass(frozen=True)
class Value:
    """A tensor of the graph: where it stands, and what is known of it.

    Attributes:
        name: Its name in the ONNX graph.
        dtype: Keras name of its dtype.
        shape: Its shape, None where a size is not known; None for results between operators.
        mask: The mask that travels with it, as on Keras's tensors.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None = None
    mask: Value | None = None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        assert self.shape is not None, f"the shape of {self.name} is not known"
        return len(self.shape)

    @property
    def is_floating(self) -> bool:
        """Whether it holds floating-point numbers."""
        return torch_dtype(self.dtype).is_floating_point

    def with_mask(self, mask: Value | None) -> Value:
        """Return the same tensor with another mask."""
        return replace(self, mask=mask)

    def with_shape(self, shape: Any) -> Value:
        """Return the same tensor with a known shape."""
        return replace(self, shape=tuple(shape))


def values_in(structure: Any) -> list[Value]:
    """Return the values of a nested structure, flattened."""
    return [leaf for leaf in flatten(structure) if isinstance(leaf, Value)]


def mask_in(structure: Any) -> Any:
    """Return the masks of the values of a structure, in its shape; None if none has one."""
    masks = map_structure(lambda v: v.mask if isinstance(v, Value) else None, structure)
    return None if all(mask is None for mask in flatten(masks)) else masks


def common_dtype(*operands: Any) -> str:
    """Return the dtype in which torch would join tensors and numbers, from the first on.

    Args:
        *operands: Values and Python numbers.
    """
    joined, *others = map(_example, operands)
    if isinstance(joined, torch.Tensor) and not others:
        return standardize_dtype(joined.dtype)
    for one in others:
        joined = torch.empty((0,), dtype=torch.result_type(joined, one))
    return standardize_dtype(joined.dtype)


def _example(operand: Any) -> Any:
    """A tensor of the operand's kind: those without axes count less in torch's rules."""
    if not isinstance(operand, Value):
        return operand
    return torch.empty(() if operand.shape == () else (0,), dtype=torch_dtype(operand.dtype))
