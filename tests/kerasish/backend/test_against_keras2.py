"""`kerasish.backend` gives what `tf_keras.backend` gives: values, dtypes and shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import kerasish
from kerasish import backend
from kerasish.layers import Lambda

rng = np.random.default_rng(3)
DTYPES = ("float32", "float64", "int32", "bool")
FLOATS = DTYPES[:2]
X = rng.normal(size=(2, 3, 4)) * 3
Y = rng.normal(size=(2, 3, 4)) * 3
LABELS = rng.integers(0, 4, (2, 3))
P = np.exp(X) / np.exp(X).sum(-1, keepdims=True)
HOT = np.eye(4)[LABELS]

ONE = ("exp", "log", "sqrt", "square", "abs", "sign", "round", "sin", "cos", "tanh", "sigmoid")
ONE = (*ONE, "softplus", "softsign", "softmax", "l2_normalize", "elu", "hard_sigmoid", "relu")
TWO = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "maximum")
REDUCE = ("sum", "mean", "max", "min", "prod")
WHOLE = ("batch_flatten", "flatten", "transpose", "zeros_like", "ones_like", "argmax", "argmin")

# Name, arrays, keyword arguments, dtypes.
CASES: list[tuple[str, tuple, dict[str, Any], tuple[str, ...]]] = [
    *((name, (X,), {}, FLOATS) for name in ONE),
    *((name, (X, Y), {}, ("float32", "int32")) for name in (*TWO, "minimum")),
    *((n, (X,), o, DTYPES[:3]) for n in REDUCE for o in ({}, {"axis": (0, -1), "keepdims": True})),
    *((n, (X,), o, FLOATS) for n in ("var", "std") for o in ({}, {"axis": 1})),
    *((n, (X > 1,), {"axis": 1}, ("bool",)) for n in ("any", "all", "mean", "var")),
    *((name, (X,), {}, ("float64", "int32")) for name in WHOLE),
    ("cumsum", (X,), {"axis": 1}, DTYPES[:3]),
    ("cumprod", (X,), {"axis": -1}, DTYPES[:3]),
    ("l2_normalize", (X,), {"axis": -1}, FLOATS),
    ("softmax", (X,), {"axis": 1}, FLOATS),
    ("relu", (X,), {"alpha": 0.3, "max_value": 2.0, "threshold": 0.5}, FLOATS),
    ("pow", (X,), {"a": 2}, FLOATS),
    ("clip", (X,), {"min_value": -1, "max_value": 2}, FLOATS),
    ("clip", (X,), {"min_value": 1, "max_value": -2}, FLOATS),
    ("cast", (X,), {"dtype": "int32"}, FLOATS),
    ("reshape", (X,), {"shape": (-1, 6)}, FLOATS),
    ("permute_dimensions", (X,), {"pattern": (2, 0, 1)}, FLOATS),
    ("expand_dims", (X,), {"axis": 1}, FLOATS),
    ("squeeze", (X[:, :1],), {"axis": 1}, FLOATS),
    ("repeat", (X[0],), {"n": 3}, FLOATS),
    ("repeat_elements", (X,), {"rep": 2, "axis": 1}, FLOATS),
    ("reverse", (X,), {"axes": (0, 2)}, FLOATS),
    ("tile", (X,), {"n": (1, 2, 1)}, FLOATS),
    ("gather", (X[0], LABELS % 3), {}, ()),
    ("one_hot", (LABELS,), {"num_classes": 3}, ()),
    ("dot", (X, Y[0].T), {}, FLOATS),
    ("dot", (X, Y.transpose(0, 2, 1)), {}, FLOATS),
    ("batch_dot", (X, Y.transpose(0, 2, 1)), {}, FLOATS),
    ("batch_dot", (X, Y), {"axes": 2}, FLOATS),
    ("batch_dot", (X, Y), {"axes": (1, 1)}, FLOATS),
    ("batch_dot", (X[:, 0], Y[:, 0]), {"axes": 1}, FLOATS),
    ("batch_dot", (X, Y[:, 0]), {"axes": (2, 1)}, FLOATS),
    ("binary_crossentropy", (HOT, P), {}, FLOATS),
    ("binary_crossentropy", (HOT, X), {"from_logits": True}, FLOATS),
    ("categorical_crossentropy", (HOT, P * 2), {}, FLOATS),
    ("categorical_crossentropy", (HOT, X), {"from_logits": True}, FLOATS),
    ("sparse_categorical_crossentropy", (LABELS, P), {}, ()),
    ("sparse_categorical_crossentropy", (LABELS, X), {"from_logits": True}, ()),
]


def test_functions_agree() -> None:
    """Values, dtypes and shapes on tensors and on arrays; the shapes and values of symbols."""
    import tensorflow as tf

    keras2 = pytest.importorskip("tf_keras").backend
    failed: list[tuple] = []
    for name, arrays, options, dtypes in CASES:
        for dtype in dtypes or (None,):
            given = [a if dtype is None else a.astype(dtype) for a in arrays]
            what = f"{name} {options} {dtype}"
            expected = getattr(keras2, name)(*map(tf.constant, given), **options).numpy()
            ours = getattr(backend, name)
            results = [ours(*given, **options), ours(*map(torch.tensor, given), **options)]
            if name not in ("flatten", "transpose", "dot", "permute_dimensions") and dtype:
                results.append(_through_a_model(ours, given, options))
            tolerance = 1e-10 if expected.dtype == np.float64 else 1e-5
            for result in results:
                got = result.numpy()
                if got.dtype != expected.dtype or got.shape != expected.shape:
                    failed.append((what, got.dtype, expected.dtype, got.shape, expected.shape))
                elif not np.allclose(got, expected, tolerance, tolerance, equal_nan=True):
                    failed.append((what, np.abs(got - expected).max()))
    assert not failed


def _through_a_model(function: Any, arrays: list[np.ndarray], options: dict) -> torch.Tensor:
    inputs = [
        kerasish.Input(batch_shape=a.shape, dtype=str(a.dtype), name=f"in_{i}")
        for i, a in enumerate(arrays)
    ]
    outputs = function(*inputs, **options)
    result = kerasish.Model(inputs, outputs)([torch.tensor(a) for a in arrays])
    assert outputs.shape == tuple(result.shape)
    assert outputs.dtype == str(result.dtype).removeprefix("torch.")
    return result


def test_symbols_keep_unknown_sizes() -> None:
    x = kerasish.Input((3, 4))
    assert backend.sum(x, axis=-1).shape == (None, 3)
    assert backend.batch_flatten(x).shape == (None, 12)
    assert backend.concatenate([x, x * 2], axis=1).shape == (None, 6, 4)
    assert backend.argmax(x).dtype == "int64"


def test_in_a_lambda_layer_with_gradients() -> None:
    layer = Lambda(lambda x: backend.sum(backend.square(x), axis=-1))
    x = torch.tensor(X, requires_grad=True)
    backend.mean(layer(x)).backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), 2 * X / 6, 1e-5)


def test_values_are_read_and_written() -> None:
    weight = backend.variable([[1, 2]])
    assert weight.dtype == torch.float32
    assert weight.requires_grad
    backend.set_value(weight, [[3, 4]])
    assert backend.get_value(weight).tolist() == [[3, 4]]
    with pytest.raises(ValueError, match=r"Received: \(1,\) for \(1, 2\)"):
        backend.set_value(weight, [1])


def test_a_missing_name_tells_what_to_write() -> None:
    with pytest.raises(AttributeError, match=r"torch\.autograd\.grad"):
        backend.gradients  # noqa: B018
