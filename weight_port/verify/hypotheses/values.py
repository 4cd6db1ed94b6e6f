"""Values that are in their places, but not what they should be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from weight_port.formats.dtypes import numpy_dtype
from weight_port.verify.difference import as_float
from weight_port.verify.hypotheses.hypothesis import Candidate, Hypothesis, Subject, gap, some

# What Keras, torch, TensorFlow and ONNX models use; Keras's default first.
_EPSILONS = (1e-3, 1e-5, 1e-6, 1e-4, 1e-7, 1e-8, 1e-12)
_ROUNDED = ("bfloat16", "float16", "float8_e4m3fn", "float8_e5m2", "float32")


def _constant(subject: Subject) -> Iterator[Candidate]:
    right, wrong = subject.right, subject.wrong
    if wrong.size < 2 or right.shape != wrong.shape or np.ptp(some(wrong).real) != 0:
        return
    first = as_float(wrong).flat[0]
    if np.isfinite(first) and np.ptp(as_float(right).real) != 0:
        yield f"{first.real:g}", np.full(wrong.shape, first)


def _rounded(subject: Subject) -> Iterator[Candidate]:
    right, wrong = subject.right, subject.wrong
    if "c" in (right.dtype.kind, wrong.dtype.kind) or right.shape != wrong.shape:
        return
    for name in _ROUNDED:
        if not np.array_equal(_round(some(right), name, wrong), some(wrong), equal_nan=True):
            continue
        wide = as_float(right)
        rounded = _round(wide, name, wrong)
        if not np.array_equal(rounded, wide, equal_nan=True):
            yield name, rounded


def _round(wide: np.ndarray, name: str, wrong: np.ndarray) -> np.ndarray:
    """Round to a type, and then to that of `wrong`, which may be narrower."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = wide.astype(numpy_dtype(name)).astype(np.float64)
        return as_float(rounded.astype(wrong.dtype))


def _variance(subject: Subject) -> np.ndarray | None:
    if subject.last_name not in ("moving_variance", "variance"):
        return None
    return as_float(subject.right)


def _epsilon(subject: Subject) -> Iterator[Candidate]:
    variance = _variance(subject)
    if variance is None:
        return
    for epsilon in _EPSILONS:
        yield f"{epsilon:g} was added", variance + epsilon
        yield f"{epsilon:g} was subtracted", variance - epsilon
    for one, other in permutations(_EPSILONS, 2):
        yield f"{one:g} - {other:g} was added", variance + (one - other)


def _deviation(subject: Subject) -> Iterator[Candidate]:
    variance = _variance(subject)
    if variance is None or np.any(variance < 0):
        return
    with np.errstate(divide="ignore"):
        for epsilon in (0.0, *_EPSILONS):
            root = np.sqrt(variance + epsilon)
            note = f" with epsilon {epsilon:g}" if epsilon else ""
            yield f"the standard deviation{note}", root
            yield f"the inverse of the standard deviation{note}", 1 / root


def _factor(subject: Subject) -> Iterator[Candidate]:
    right, wrong = subject.right, subject.wrong
    if right.shape != wrong.shape or right.size < 4 or "c" in (right.dtype.kind, wrong.dtype.kind):
        return
    wide, other = some(right), some(wrong)
    with np.errstate(over="ignore", invalid="ignore"):
        square = float(np.sum(wide * wide))
        # A multiple of a constant array says nothing.
        if not np.isfinite(square) or square == 0 or np.ptp(wide) == 0:
            return
        factor = float(np.sum(wide * other)) / square
    if not np.isfinite(factor) or factor == 0:
        return
    # Nothing is multiplied out in full unless the values looked at agree.
    if gap(wide * factor, other) <= 1e-6 * subject.scale:
        yield f"{factor:.6g}", as_float(right) * factor


VALUES = (
    Hypothesis(
        "never_loaded",
        "All values of {weights} are {detail} in {wrong}, as an initializer leaves them: it seems "
        "that nothing was loaded.",
        "Load the weight; see whether its name in the file is the one that was looked for.",
        _constant,
    ),
    Hypothesis(
        "rounded",
        "{weights} was rounded to {detail} in {wrong}.",
        "Port from the file in full precision, or compare with a tolerance for that type.",
        _rounded,
        exact=True,
    ),
    Hypothesis(
        "epsilon_in_variance",
        "An epsilon is part of the variance in {wrong}: {detail}.",
        "Keep the variance, and give the layer the epsilon itself (Keras's default is 1e-3, "
        "torch's 1e-5).",
        _epsilon,
    ),
    Hypothesis(
        "deviation_for_variance",
        "In {wrong}, {weights} holds {detail} in place of the variance.",
        "Store the variance.",
        _deviation,
    ),
    Hypothesis(
        "constant_factor",
        "{weights} in {wrong} is {detail} times what it is in {right}.",
        "Look for a scale that was applied on one side only: spectral or weight normalization, "
        "quantization, an adapter that was merged.",
        _factor,
    ),
)
