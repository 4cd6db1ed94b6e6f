"""The merging layers as functions: `add([a, b])` for `Add()([a, b])`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.layers.merging.concatenate import Concatenate
from kerasish.layers.merging.dot import Dot
from kerasish.layers.merging.elementwise import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return the sum of the inputs; further arguments are the layer's."""
    return Add(**kwargs)(list(inputs))


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return the first input minus the second; further arguments are the layer's."""
    return Subtract(**kwargs)(list(inputs))


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return the product of the inputs; further arguments are the layer's."""
    return Multiply(**kwargs)(list(inputs))


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return the mean of the inputs; further arguments are the layer's."""
    return Average(**kwargs)(list(inputs))


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return the largest of the inputs, entry by entry; further arguments are the layer's."""
    return Maximum(**kwargs)(list(inputs))


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return the smallest of the inputs, entry by entry; further arguments are the layer's."""
    return Minimum(**kwargs)(list(inputs))


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """Return the inputs joined along an axis; further arguments are the layer's."""
    return Concatenate(axis=axis, **kwargs)(list(inputs))


def dot(inputs: Sequence[Any], axes: Any = -1, **kwargs: Any) -> Any:
    """Return the product summed over an axis of each; further arguments are the layer's."""
    return Dot(axes=axes, **kwargs)(list(inputs))
