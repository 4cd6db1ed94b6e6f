"""Values that are in their places, but not what they should be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from weight_port.formats.dtypes import numpy_dtype
from weight_port.verify.difference import as_float
from weight_port.verify.hypotheses.hypothesis import Candidate, Hypothesis, Subject

# What Keras, torch, TensorFlow and ONNX models use; Keras's default first.
_EPSILONS = (1e-3, 1e-5, 1e-6, 1e-4, 1e-7, 1e-8, 1e-12)
_ROUNDED = ("bfloat16", "float16", "float8_e4m3fn", "float8_e5m2", "float32")


def _constant(subject: Subject) -> Iterator[Candidate]:
    wrong = as_float(subject.wrong)
    if wrong.size < 2 or np.ptp(as_float(subject.right).real) == 0:
        return
    first = wrong.flat[0]
    if np.isfinite(first) and subject.right.shape == wrong.shape:
        yield f"{first.real:g}", np.full(wrong.shape, first)


def _rounded(subject: Subject) -> Iterator[Candidate]:
    if subject.right.dtype.kind == "c" or subject.right.shape != subject.wrong.shape:
        return
    wide = as_float(subject.right)
    for name in _ROUNDED:
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = wide.astype(numpy_dtype(name)).astype(np.float64)
        if not np.array_equal(rounded, wide, equal_nan=True):
            # `wrong` may have gone on to be rounded to its own type, too.
            yield name, rounded.astype(subject.wrong.dtype)


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
    wide, other = as_float(right), as_float(wrong)
    with np.errstate(over="ignore", invalid="ignore"):
        square = float(np.sum(wide * wide))
        # A multiple of a constant array says nothing.
        if not np.isfinite(square) or square == 0 or np.ptp(wide) == 0:
            return
        factor = float(np.sum(wide * other)) / square
    if np.isfinite(factor) and factor != 0:
        yield f"{factor:.6g}", wide * factor


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
