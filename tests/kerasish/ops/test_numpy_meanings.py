"""What functions of `keras.ops.numpy` mean where Keras on TensorFlow is no oracle; errors."""

import numpy as np
import pytest
import torch

from kerasish import ops
from kerasish.config import floatx, set_floatx
from kerasish.ops.promotion import result_type
from tests.kerasish.ops.numpy_cases import BINARY, SQUARE, UNARY, A, B, C, D, J, P, V, W

RNG = np.random.default_rng(11)


def near(found, wanted, tolerance=1e-6):
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_argpartition_parts_smaller_from_larger(axis):
    x = RNG.normal(size=(4, 9)).astype("float32")
    size = x.size if axis is None else x.shape[axis]
    for kth in (0, 2, size - 1, -2):
        places = ops.argpartition(x, kth, axis)
        assert places.dtype == torch.int32
        flat = x.reshape(-1) if axis is None else x
        along = 0 if axis is None else axis
        parted = np.take_along_axis(flat, places.numpy().astype(int), along)
        wanted = np.partition(flat, kth, along)
        near(parted.take(kth, along), wanted.take(kth, along))
        smaller = parted.take(range(kth % size), along)
        assert (smaller <= np.expand_dims(parted.take(kth, along), along)).all()
    with pytest.raises(ValueError, match=r"kth below \d+\. Received: kth=99"):
        ops.argpartition(x, 99, axis)


def test_nextafter_is_the_next_number_of_the_type():
    for x in (A, A.astype("float64")):
        assert ops.nextafter(x, x + 1).numpy().dtype == x.dtype
        np.testing.assert_array_equal(ops.nextafter(x, x + 1).numpy(), np.nextafter(x, x + 1))
    np.testing.assert_array_equal(ops.nextafter(W, 9), np.nextafter(W.astype("float32"), 9))


def test_numpy_is_followed_where_tensorflow_errs():
    infinite = np.array([1.0, np.inf, -np.inf, np.inf, 2.0], "float32")
    other = np.array([np.inf, np.inf, np.inf, 1.0, 2.0], "float32")
    np.testing.assert_array_equal(ops.isclose(infinite, other), np.isclose(infinite, other))
    np.testing.assert_array_equal(ops.hypot(infinite, other), np.hypot(infinite, other))
    near(ops.rot90(D, 2, (1, 2)), np.rot90(D, 2, (1, 2)))
    places = np.array([[0, 5], [11, 7]])
    np.testing.assert_array_equal(
        np.stack(ops.unravel_index(places, (3, 4))), np.stack(np.unravel_index(places, (3, 4)))
    )
    near(ops.vdot(C, C.T.copy().T * 2), np.vdot(C, C * 2), 1e-5)
    holes = np.array([1.0, np.nan, np.inf, 2.0], "float32")
    np.testing.assert_array_equal(ops.nancumsum(holes), np.nancumsum(holes))
    near(ops.logaddexp2(A.astype("float64"), 2), np.logaddexp2(A.astype("float64"), 2), 1e-14)
    near(ops.corrcoef(W.astype("int64")), np.corrcoef(W), 1e-6)
    near(ops.add(SQUARE[0], SQUARE[1, :, :1]), SQUARE[0] + SQUARE[1, :, :1])
    near(ops.eye(4, 2, -1), np.eye(4, 2, -1))
    near(ops.geomspace(P, P + 1, 3, axis=-1), np.geomspace(P, P + 1, 3, axis=-1), 1e-5)
    cube = np.array([[[1, 0], [1, 0]], [[0, 1], [1, 1]]], "int32")
    np.testing.assert_array_equal(ops.unique(cube, axis=2), np.unique(cube, axis=2))
    assert ops.isin(W, np.zeros(0, "int32"), invert=True).all()
    near(ops.pad(A, 1), np.pad(A, 1))
    near(ops.pad(D, [[1, 2]], "symmetric"), np.pad(D, [[1, 2]] * 3, "symmetric"))
    near(ops.prod(W, dtype="float64"), np.prod(W.astype("float64")))
    near(ops.trapezoid(D, V[:3], axis=1), np.trapezoid(D, V[:3], axis=1))
    near(ops.nanquantile(W, 0.3, axis=0), np.quantile(W, 0.3, axis=0))


def test_vectorize_is_numpy_vectorize():
    def formula(x, y):
        return x * 2 + ops.sin(y)

    near(ops.vectorize(formula)(A, V[:4]), A * 2 + np.sin(V[:4]))
    near(ops.vectorize(formula)(A[:, None], B), A[:, None] * 2 + np.sin(B))
    near(ops.vectorize(formula)(2.0, 3.0), 4 + np.sin(3))
    near(ops.vectorize(formula, excluded={1})(A, 0.5), A * 2 + np.sin(0.5))
    near(ops.vectorize(lambda x, shift=0: x + shift)(A, shift=3), A + 3)
    inner = ops.vectorize(lambda x, y: ops.sum(x * y), signature="(n),(n)->()")
    near(inner(D, A), (D * A).sum(-1))
    both = ops.vectorize(lambda x: (ops.max(x), ops.flip(x)), signature="( n )->(),(n)")
    for one, other in zip(both(D), (D.max(-1), D[..., ::-1]), strict=True):
        near(one, other)
    scaled = ops.vectorize(lambda m, v: ops.matmul(m, v), signature="(i,j),(j)->(i)")
    near(scaled(D, V[:4]), D @ V[:4])
    assert ops.vectorize(formula).__name__ == "formula"


def test_vectorize_says_what_does_not_fit():
    with pytest.raises(ValueError, match=r"takes a function\. Received: pyfunc=3"):
        ops.vectorize(3)
    with pytest.raises(ValueError, match=r"Received: signature='\(n\)->'"):
        ops.vectorize(ops.sum, signature="(n)->")
    inner = ops.vectorize(lambda x, y: ops.sum(x * y), signature="(n),(n)->()")
    with pytest.raises(ValueError, match=r"do not fit the signature.*\(3, 4\), \(3,\)"):
        inner(A, V[:3])
    with pytest.raises(ValueError, match=r"has 2 arguments\. Received: 1"):
        inner(A)
    with pytest.raises(ValueError, match=r"results with \[1\] axes"):
        ops.vectorize(lambda x: x, signature="(n)->()")(A)


ERRORS = [
    ("gcd", (A, 2), {}, TypeError, "gcd takes whole numbers. Received: numbers of type torch.fl"),
    ("lcm", (W, 2.5), {}, TypeError, "lcm takes whole numbers"),
    ("ldexp", (A, B), {}, TypeError, "whole exponents. Received: x2 of type torch.float32"),
    ("view", (A[:, :3], "float64"), {}, ValueError, r"float64 for shape \(3, 3\) of float32"),
    ("linspace", (0, 1, -1), {}, ValueError, "Received: num=-1"),
    ("array_split", (A, [1, 2]), {}, TypeError, r"use split\. Received: .*\[1, 2\]"),
    ("array_split", (A, 0), {}, ValueError, "at least one part. Received: indices_or_sections=0"),
    ("hsplit", (A, 3), {}, ValueError, r"equal parts\. Received: indices_or_sections=3"),
    ("diag", (D,), {}, ValueError, r"Received: x of shape \(2, 3, 4\)"),
    ("diagonal", (D,), {"axis1": 1, "axis2": -2}, ValueError, "Received: axis1=1, axis2=-2"),
    ("searchsorted", (A, A), {}, ValueError, r"sorted_sequence of shape \(3, 4\)"),
    ("quantile", (A, 0.5), {"method": "best"}, ValueError, "quantile knows .*method='best'"),
    ("histogram", (V,), {"bins": 2.5}, TypeError, "Received: bins=2.5"),
    ("histogram", (V,), {"bins": -1}, ValueError, "Received: bins=-1"),
    ("histogram", (V,), {"range": (2, 1)}, ValueError, r"Received: range=\(2, 1\)"),
    ("histogram", (A,), {}, ValueError, r"Received: x of shape \(3, 4\)"),
    ("bincount", (W - 9,), {}, ValueError, r"Received: -\d+ in x"),
    ("bincount", (J,), {"sparse": True}, ValueError, "Received: sparse=True"),
    ("correlate", (V, V), {"mode": "most"}, ValueError, "Received: mode='most'"),
    ("diff", (A,), {"n": -1}, ValueError, "Received: n=-1"),
    ("cross", (A, A), {}, ValueError, "Received: an axis of size 4"),
    ("select", (A, [A]), {}, ValueError, "Received: Tensor and list"),
    ("select", ([W > 0], [A, B]), {}, ValueError, "Received: 1 conditions and 2 choices"),
    ("unravel_index", (W, (None, 3)), {}, ValueError, r"Received: shape=\(None, 3\)"),
    ("rot90", (V,), {}, ValueError, r"Received: shape \(7,\)"),
    ("rot90", (A,), {"axes": (1, -1)}, ValueError, r"Received: axes=\(1, -1\)"),
    ("pad", (A, 1), {"mode": "wrap"}, ValueError, "Received: mode='wrap'"),
    ("pad", (A, 1, "reflect", 2), {}, ValueError, "constant alone. Received: mode='reflect'"),
    ("pad", (D, ((1, 1), (2, 2))), {}, ValueError, r"for shape \(2, 3, 4\)"),
    ("where", (W > 0, A), {}, ValueError, "where takes x1 and x2, or none"),
    ("einsum", ("ij->i", A), {"order": "K"}, TypeError, r"Received: \['order'\]"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "kind", "message"), ERRORS)
def test_errors_say_what_was_received(name, args, kwargs, kind, message):
    with pytest.raises(kind, match=message):
        getattr(ops, name)(*args, **kwargs)


def test_types_of_results_follow_the_default_float_type():
    before = floatx()
    try:
        set_floatx("float64")
        assert ops.exp2(W).dtype == ops.quantile(W, 0.5).dtype == torch.float64
        assert result_type(torch.int32, 2.5) == result_type(int, float) == torch.float64
    finally:
        set_floatx(before)
    assert result_type(torch.uint8, torch.int8) == torch.int16
    assert result_type(torch.bfloat16, torch.float16) == torch.float32
    assert result_type(torch.complex64, torch.float64) == torch.complex128


def test_functions_compile_whole():
    def step(x, y):
        first = ops.hypot(ops.fmax(x, y), ops.divide_no_nan(x, 2))
        second = ops.nanmean(ops.quantile(first, [0.2, 0.7], axis=1), axis=0)
        third = ops.pad(ops.take(first, [0, -1], axis=1), ((1, 1), (2, 0)), "symmetric")
        counted = ops.histogram(ops.ravel(third), bins=4)[0] + ops.digitize(x[0], [0.1, 0.5])
        spaced = ops.linspace(x[0], 2, 3) + ops.mod(7, 4) + ops.trapezoid(third, dx=0.5)[1]
        total = ops.sum(spaced) + ops.sum(counted) + ops.average(first)
        return ops.trace(ops.outer(second, ops.diff(first[0], n=0))) + total

    x, y = torch.tensor(P), torch.tensor(P[::-1].copy())
    x.requires_grad_()
    compiled = torch.compile(step, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, y), step(x, y))
    assert len(BINARY) + len(UNARY) > 120
