"""Gradients of the functions of `keras.ops.numpy` against those of Keras on TensorFlow."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import ops
from tests.kerasish.ops.numpy_cases import SQUARE, A, B, D, P, V

SHARES = P.astype("float64")
X, Y, CUBE = A.astype("float64"), B.astype("float64"), D
HOLES = np.where(np.arange(24).reshape(2, 3, 4) % 5 == 2, np.nan, D)
TIED, ZEROS = np.array([[0.0, 0.0, 1.0, 1.0, -2.0]]), np.zeros((1, 5))
EDGES = np.array([0.0, 0.0, 1.0, -2.0])

CASES = [
    *[(name, (SHARES,), {}) for name in (
        "arcsinh", "arctanh", "arcsin", "arccos", "cbrt", "exp2", "sinc", "fabs", "deg2rad", "i0",
        "rad2deg", "copy", "real", "nan_to_num", "median", "ptp", "average", "sort", "std", "var",
        "trunc", "prod", "sqrt", "log2", "round", "sign", "trace", "triu", "diagflat",
    )],
    ("arccosh", (SHARES + 1.5,), {}), ("vander", (SHARES[0],), {}), ("diag", (SHARES[0],), {}),
    *[(name, (X, Y), {}) for name in (
        "hypot", "logaddexp2", "logaddexp", "fmax", "fmin", "fmod", "divide_no_nan", "inner",
        "vdot", "kron", "heaviside", "append", "divide", "arctan2", "maximum",
    )],
    *[(name, (TIED, ZEROS), {}) for name in (
        "maximum", "minimum", "fmax", "fmin", "hypot", "add", "divide_no_nan")],
    *[(name, (TIED,), {}) for name in ("max", "min", "amax", "median", "sort", "abs", "ptp",
        "prod", "nanmax")],
    *[("clip", (TIED, *bounds), {}) for bounds in ((0.0, 1.0), (-2.0, 0.0))],
    ("hypot", (EDGES, EDGES[::-1].copy() * 0), {}), ("divide_no_nan", (EDGES + 1, EDGES), {}),
    ("heaviside", (EDGES, EDGES + 1), {}), ("power", (SHARES, Y), {}), ("ldexp", (X, 3), {}),
    ("cross", (CUBE[..., :3], CUBE[..., 1:]), {}), ("correlate", (V.astype("float64"), X[0]), {}),
    ("trapezoid", (X,), {"x": Y}), ("diff", (CUBE,), {"n": 2, "axis": 1}), ("rot90", (X,), {}),
    ("average", (X,), {"weights": SHARES, "axis": 1}), ("corrcoef", (X,), {}),
    ("slogdet", (SQUARE.astype("float64"),), {}), ("tril", (CUBE,), {"k": -1}),
    *[(name, (HOLES,), {"axis": axis}) for axis in (None, 1) for name in (
        "nansum", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanprod")],
    *[("quantile", (CUBE, q), {"axis": axis, "method": method}) for q in (0.3, [0.25, 0.7])
      for axis in (None, 1) for method in ("linear", "lower", "midpoint")],
    ("geomspace", (SHARES, SHARES + 2, 4), {"dtype": "float64"}),
    ("linspace", (X, Y, 5), {}), ("logspace", (X, Y, 3), {}),
    ("pad", (X, ((2, 1), (0, 3))), {"mode": "reflect"}),
    ("take", (X, [0, 0, 1]), {"axis": 1}), ("get_item", (X, (slice(None, None, -1), 0)), {}),
]  # fmt: skip


def leaves(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def total(outputs, constant):
    """Add up results with weights, so that no gradients cancel."""
    parts = []
    for one in outputs:
        weights = np.cos(np.arange(np.prod(tuple(one.shape)))).reshape(tuple(one.shape))
        product = one * constant(weights)
        parts.append(product.sum() if constant is torch.tensor else tf.reduce_sum(product))
    return sum(parts)


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_gradients_are_keras_gradients(name):
    compared = 0
    for own, args, kwargs in CASES:
        if own != name:
            continue
        floats = [one for one in args if isinstance(one, np.ndarray) and one.dtype.kind == "f"]
        theirs = [tf.Variable(one) for one in floats]
        with tf.GradientTape() as tape:
            given = iter(theirs)
            inputs = [next(given).value() if _is(one, floats) else one for one in args]
            wanted = total(leaves(getattr(keras.ops, name)(*inputs, **kwargs)), tf.constant)
        wanted = tape.gradient(wanted, theirs)
        ours = [torch.tensor(one, requires_grad=True) for one in floats]
        given = iter(ours)
        inputs = [next(given) if _is(one, floats) else one for one in args]
        found = total(leaves(getattr(ops, name)(*inputs, **kwargs)), torch.tensor)
        if found.requires_grad:
            found.backward()
        for one, other in zip(ours, wanted, strict=True):
            expected = np.zeros(one.shape) if other is None else other.numpy()
            grad = np.zeros(one.shape) if one.grad is None else one.grad.numpy()
            np.testing.assert_allclose(grad, expected, rtol=2e-6, atol=1e-9, err_msg=str(kwargs))
            compared += 1
    assert compared


def _is(value, arrays):
    return any(value is one for one in arrays)
