"""How far two arrays are apart, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from weight_port.errors import WeightPortError

# Arrays are looked at in pieces of this many values, so that the float64 copies stay small.
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Tolerance:
    """What counts as close: `|a - b| <= atol + rtol * |b|`, as `numpy.isclose` has it."""

    rtol: float = 1e-5
    atol: float = 1e-6

    def __post_init__(self) -> None:
        for name, value in (("rtol", self.rtol), ("atol", self.atol)):
            if not (np.isfinite(value) and value >= 0):
                raise WeightPortError(
                    f"{name} must be a finite number that is not negative. Received: {value!r}"
                )


@dataclass(frozen=True)
class Extreme:
    """A largest difference and where it is.

    Attributes:
        value: The difference. Infinity where one side alone is NaN or infinite.
        index: Where it is; None if there are no values, or no difference.
        a: The value there in `a`.
        b: The value there in `b`.
    """

    value: float = 0.0
    index: tuple[int, ...] | None = None
    a: float = 0.0
    b: float = 0.0


@dataclass(frozen=True)
class ArrayDifference:
    """How far two arrays of one shape are apart.

    Attributes:
        size: The number of values.
        differing: How many are not the same number. NaNs at the same place are the same.
        outside: How many are outside the tolerance.
        absolute: The largest absolute difference.
        relative: The largest difference relative to `|b|`, where `b` is not 0.
        factor: The largest difference as a multiple of what the tolerance allows at its place;
            above 1 is outside.
        nans: How many NaNs `a` and `b` have.
        infinities: How many infinities `a` and `b` have.
    """

    size: int
    differing: int
    outside: int
    absolute: Extreme
    relative: Extreme
    factor: Extreme
    nans: tuple[int, int] = (0, 0)
    infinities: tuple[int, int] = (0, 0)

    @property
    def equal(self) -> bool:
        """Whether every value is the same on both sides."""
        return self.differing == 0

    @property
    def close(self) -> bool:
        """Whether every value is within the tolerance."""
        return self.outside == 0


def difference(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> ArrayDifference:
    """Compare two arrays of one shape.

    Args:
        a: An array of any real or complex type.
        b: The array that `a` is compared with; relative differences are relative to it.
        tolerance: What counts as close.

    Raises:
        WeightPortError: If the shapes differ, or the arrays hold no numbers.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise WeightPortError(
            f"Only arrays of one shape can be compared. Received: shapes {a.shape} and {b.shape}"
        )
    flat_a, flat_b = a.reshape(-1), b.reshape(-1)
    found = _Found(a.shape)
    for start in range(0, flat_a.size, _CHUNK):
        found.add(start, flat_a[start : start + _CHUNK], flat_b[start : start + _CHUNK], tolerance)
    return found.result(flat_a.size)


class _Found:
    """What has been found in the pieces of two arrays so far."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.differing = self.outside = 0
        self.nans = [0, 0]
        self.infinities = [0, 0]
        self.extremes = {name: Extreme() for name in ("absolute", "relative", "factor")}

    def add(self, start: int, a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> None:
        # Integers are told apart as they are: two large ones can be equal as float64.
        exact = a.dtype.kind in "iub" and b.dtype.kind in "iub"
        wide_a, wide_b = as_float(a), as_float(b)
        nan_a, nan_b = np.isnan(wide_a), np.isnan(wide_b)
        inf_a, inf_b = np.isinf(wide_a), np.isinf(wide_b)
        same = (a == b) if exact else (wide_a == wide_b) | (nan_a & nan_b)
        self.differing += int(np.count_nonzero(~same))
        for i, (nan, inf) in enumerate(((nan_a, inf_a), (nan_b, inf_b))):
            self.nans[i] += int(np.count_nonzero(nan))
            self.infinities[i] += int(np.count_nonzero(inf))
        odd = nan_a | nan_b | inf_a | inf_b
        with np.errstate(all="ignore"):
            gap = np.where(odd, np.inf, np.abs(wide_a - wide_b))
            size_b = np.abs(wide_b)
            relative = np.where(odd, np.inf, np.where(size_b > 0, gap / size_b, 0.0))
            allowed = np.where(odd, 0.0, tolerance.atol + tolerance.rtol * size_b)
            if exact:
                gap = np.where(~same & (gap == 0), 1.0, gap)
            factor = np.where(allowed > 0, gap / allowed, np.where(gap > 0, np.inf, 0.0))
        for name, values in (("absolute", gap), ("relative", relative), ("factor", factor)):
            values[same] = 0.0
            self._keep(name, start, values, wide_a, wide_b)
        self.outside += int(np.count_nonzero(gap > allowed))

    def _keep(
        self, name: str, start: int, values: np.ndarray, a: np.ndarray, b: np.ndarray
    ) -> None:
        at = int(np.argmax(values))
        if values[at] > self.extremes[name].value:
            index = tuple(int(i) for i in np.unravel_index(start + at, self.shape))
            self.extremes[name] = Extreme(float(values[at]), index, _number(a[at]), _number(b[at]))

    def result(self, size: int) -> ArrayDifference:
        return ArrayDifference(
            size=size,
            differing=self.differing,
            outside=self.outside,
            nans=(self.nans[0], self.nans[1]),
            infinities=(self.infinities[0], self.infinities[1]),
            **self.extremes,
        )


def as_float(array: np.ndarray) -> np.ndarray:
    """Return an array as float64, or complex128 if it is complex.

    Raises:
        WeightPortError: If it holds no numbers.
    """
    if array.dtype.kind == "c":
        return array.astype(np.complex128, copy=False)
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise WeightPortError(
            f"Only arrays of numbers can be compared. Received: dtype {array.dtype}"
        ) from None


def _number(value: Any) -> float:
    """Return a value for reports; of a complex number, its absolute value."""
    return float(np.abs(value)) if np.iscomplexobj(value) else float(value)
