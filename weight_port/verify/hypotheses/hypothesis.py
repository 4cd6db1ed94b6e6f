"""What a hypothesis about a wrong port is, and how it is held against the arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

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
    have, want = as_float(np.asarray(candidate)), as_float(wrong)
    if exact:
        return bool(np.array_equal(have, want, equal_nan=True))
    apart = gap(have, want)
    scale = np.max(np.abs(want[np.isfinite(want)]), initial=0.0)
    if not apart <= 1e-6 * scale:
        return False
    if subject.right.shape != wrong.shape:
        return True
    return apart <= 1e-3 * gap(as_float(subject.right), want)


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest difference of two arrays; infinity where one side alone is NaN."""
    with np.errstate(all="ignore"):
        apart = np.abs(a - b)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
    return float(np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart)).max(initial=0.0))
