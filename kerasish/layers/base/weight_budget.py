"""Layers whose weights will come from a file: not more than it has, and not drawn before.

A file's configuration can ask for layers of any size. While a model is made from one, what the file
holds is known already, so nothing is allocated on the configuration's word.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kerasish.layers.base.weight_scope import innermost_layer
from weight_port.errors import FileFormatError

# Torch has two biases where Keras has one, and small parts that Keras lacks.
_FACTOR, _SLACK = 2, 1024


class _Budget(threading.local):
    """How many values may still be allocated; None outside of loading."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.total = 0


_budget = _Budget()


@contextmanager
def values_from_file(values: int) -> Iterator[None]:
    """Let layers that are made inside leave their weights undrawn.

    Args:
        values: The number of values that the file has for them.
    """
    outer = _budget.left, _budget.total
    _budget.left, _budget.total = _FACTOR * values + _SLACK, values
    try:
        yield
    finally:
        _budget.left, _budget.total = outer


def values_come_later() -> bool:
    """Tell whether weights that are made now get their values from a file."""
    return _budget.left is not None


def claim(shape: Sequence[int]) -> None:
    """Note that an array is to be allocated for a weight.

    Args:
        shape: Its shape.

    Raises:
        FileFormatError: If the file has no values for it.
    """
    if _budget.left is None:
        return
    _budget.left -= math.prod(int(size) for size in shape)
    if _budget.left < 0:
        layer = innermost_layer()
        raise FileFormatError(
            f"Layer {layer!r} is larger than what the file has weights for, so it was not made. "
            f"Received: a weight of shape {tuple(shape)}, with {_budget.total:,} values in the "
            "whole file"
        )
