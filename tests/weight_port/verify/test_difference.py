"""Differences of arrays, against numpy.testing."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from weight_port.errors import WeightPortError
from weight_port.verify import difference as module
from weight_port.verify.difference import Tolerance, difference

FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)
PAIRS = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4).flatmap(
    lambda shape: st.tuples(
        hnp.arrays("float32", shape, elements=FLOATS),
        hnp.arrays("float32", shape, elements=FLOATS),
        hnp.arrays("bool", shape),
    )
)


@settings(max_examples=300, deadline=None)
@given(pair=PAIRS, chunk=st.integers(1, 7), rtol=st.sampled_from([0.0, 1e-5, 0.5]))
def test_close_means_what_numpy_means(pair, chunk, rtol) -> None:
    a, noise, keep = pair
    b = np.where(keep, a, noise)
    original, module._CHUNK = module._CHUNK, chunk
    try:
        found = difference(a, b, Tolerance(rtol, 1e-6))
    finally:
        module._CHUNK = original
    wide_a, wide_b = a.astype("float64"), b.astype("float64")
    with np.errstate(all="ignore"):
        close = np.isclose(wide_a, wide_b, rtol, 1e-6, equal_nan=True)
    assert found.outside == np.count_nonzero(~close)
    assert found.close == close.all()
    assert found.equal == np.array_equal(a, b, equal_nan=True)
    assert found.nans == (np.isnan(a).sum(), np.isnan(b).sum())
    assert found.infinities == (np.isinf(a).sum(), np.isinf(b).sum())
    assert (found.factor.value > 1) == (not found.close)
    if found.equal:
        assert found.absolute.index is None
        return
    with np.errstate(all="ignore"):
        gap = np.asarray(np.abs(wide_a - wide_b))
    gap[np.isnan(gap)] = np.inf
    gap[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
    assert found.absolute.value == gap.max()
    index = found.absolute.index
    assert gap[index] == gap.max()
    assert np.array_equal([found.absolute.a, found.absolute.b], [a[index], b[index]], True)


@settings(max_examples=100, deadline=None)
@given(pair=PAIRS)
def test_agrees_with_assert_allclose(pair) -> None:
    a, b, _ = pair
    with np.errstate(all="ignore"):
        try:
            np.testing.assert_allclose(a.astype(float), b.astype(float), 1e-5, 1e-6)
            close = True
        except AssertionError:
            close = False
    assert difference(a, b, Tolerance(1e-5, 1e-6)).close == close


def test_equal_nans_are_equal_and_counted() -> None:
    a = np.array([np.nan, 1.0, np.inf])
    found = difference(a, a.copy(), Tolerance())
    assert found.equal
    assert found.nans == (1, 1)
    assert found.infinities == (1, 1)


def test_a_nan_on_one_side_is_infinitely_far() -> None:
    found = difference(np.array([1.0, np.nan]), np.array([1.5, 2.0]), Tolerance())
    assert found.absolute.value == np.inf
    assert found.absolute.index == (1,)
    assert found.outside == 2


def test_large_integers_that_are_equal_as_floats() -> None:
    a = np.array([2**60], "int64")
    found = difference(a, a + 1, Tolerance(0, 0))
    assert (found.equal, found.differing, found.absolute.value) == (False, 1, 1.0)


def test_types_of_ml_dtypes_and_mixed_types() -> None:
    a = np.array([1.0, 2.0], "float32")
    assert difference(a, a.astype(ml_dtypes.bfloat16), Tolerance()).equal
    assert difference(np.array([True, False]), np.array([1, 0]), Tolerance()).equal
    found = difference(np.array([1 + 1j]), np.array([1 - 1j]), Tolerance())
    assert found.absolute.value == 2


def test_what_cannot_be_compared() -> None:
    with pytest.raises(WeightPortError, match=r"Received: shapes \(2,\) and \(3,\)"):
        difference(np.zeros(2), np.zeros(3), Tolerance())
    with pytest.raises(WeightPortError, match="Received: dtype <U1"):
        difference(np.array(["x"]), np.array(["y"]), Tolerance())
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(WeightPortError, match="atol must be"):
            Tolerance(1e-5, bad)
