"""What a hypothesis about a wrong port is, and how it is held against the arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from weight_port.layouts import Layout
from weight_port.verify.axes import NamedAxes
from weight_port.verify.difference import as_float

Candidate = tuple[str, np.ndarray]
"""What a wrong port would have made of a weight, and the details of it."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A weight that differs, as a hypothesis sees it.

    Attributes:
        name: Keras's name of the weight.
        right: The weight that is taken to be right.
        wrong: The weight that is to be explained; its shape may be another.
        layer: All weights of the layer on the right side, by name.
        layout: The layout of the layer, where it is known.
        axes: What the axes of `right` are, where the layout tells.
        addends: The arrays whose sum the right weight is, if it is one.
    """

    name: str
    right: np.ndarray
    wrong: np.ndarray
    layer: Mapping[str, np.ndarray]
    layout: Layout | None = None
    axes: NamedAxes | None = None
    addends: tuple[np.ndarray, ...] = ()

    @property
    def last_name(self) -> str:
        """The name without those of sublayers: `forward/kernel` is a `kernel`."""
        return self.name.rpartition("/")[2]

    @cached_property
    def scale(self) -> float:
        """The largest finite value of the wrong weight."""
        return largest(self.wrong)

    @cached_property
    def apart(self) -> float:
        """How far the right weight and the wrong one are apart; infinity for another shape."""
        if self.right.shape != self.wrong.shape:
            return float("inf")
        return gap(as_float(self.right), as_float(self.wrong))


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A way in which ports go wrong.

    Attributes:
        name: Its name in reports, `gate_order`.
        sentence: What happened, for the user. `{weights}`, `{right}` and `{wrong}` are filled in.
        remedy: What to do about it.
        candidates: Gives what such a port would have made of a weight; nothing if it could not
            have happened to it.
        rearranges: Whether it only moves values, so that it can have happened on top of a wrong
            gate order.
        exact: Whether a candidate must be the wrong weight in every bit.
    """

    name: str
    sentence: str
    remedy: str
    candidates: Callable[[Subject], Iterator[Candidate]]
    rearranges: bool = False
    exact: bool = False


def explains(candidate: np.ndarray, subject: Subject, *, exact: bool = False) -> bool:
    """Tell whether a candidate is the wrong weight.

    It must be as near to it as float32 computes, and a thousand times nearer than the right weight,
    so that a small difference is not explained by something else that is small.
    """
    wrong = subject.wrong
    if candidate.shape != wrong.shape or not wrong.size:
        return False
    if exact:
        return bool(np.array_equal(as_float(candidate), as_float(wrong), equal_nan=True))
    near = 1e-6 * subject.scale
    # Most candidates are far off, which a few values tell.
    if not gap(some(candidate), some(wrong)) <= near:
        return False
    apart = gap(as_float(candidate), as_float(wrong))
    return apart <= near and (apart <= 1e-3 * subject.apart)


def some(array: np.ndarray) -> np.ndarray:
    """Return some values of an array, at the same places for arrays of the same shape."""
    # An odd step, so that not all of them are of one row or column.
    return as_float(array.flat[:: max(1, array.size // 500) | 1])


def largest(array: np.ndarray) -> float:
    """Return the largest finite absolute value; 0 if there is none."""
    size = np.abs(as_float(array))
    return float(np.max(size, where=np.isfinite(size), initial=0.0))


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest difference of two arrays; infinity where one side alone is NaN."""
    with np.errstate(all="ignore"):
        apart = np.abs(a - b)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
    return float(np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart)).max(initial=0.0))
