"""Every operation against Keras's on TensorFlow: values, types and shapes, on random inputs."""

import inspect

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import ops
from tests.kerasish.ops.rest_names import REST_NAMES

NOISE = np.random.default_rng(0)
A = NOISE.normal(size=(3, 4)).astype("float32")
B = NOISE.normal(size=(3, 4)).astype("float32")
D = NOISE.normal(size=(2, 3, 4))
WHOLE = NOISE.integers(-3, 5, (3, 4)).astype("int32")
J = NOISE.integers(1, 5, (3, 4)).astype("int32")
T = NOISE.integers(0, 2, (3, 4)).astype(bool)
P = NOISE.uniform(0.05, 0.9, (3, 4)).astype("float32")
EQUAL = np.array([[1, 3, 3], [2, 2, 0]], "float32")

UNARY = [
    "exp",
    "expm1",
    "log1p",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "arctan",
    "erf",
    "floor",
    "ceil",
    "isnan",
    "isinf",
    "isfinite",
    "negative",
    "absolute",
    "abs",
    "sign",
    "square",
    "relu",
    "relu6",
    "sigmoid",
    "softplus",
    "softsign",
    "silu",
    "gelu",
    "elu",
    "selu",
    "celu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "sum",
    "mean",
    "var",
    "std",
    "prod",
    "max",
    "min",
    "any",
    "all",
    "argmax",
    "argmin",
    "cumsum",
    "cumprod",
    "logsumexp",
    "count_nonzero",
    "norm",
    "zeros_like",
    "ones_like",
    "transpose",
    "squeeze",
    "flip",
    "ravel",
    "size",
    "shape",
    "dtype",
    "stop_gradient",
    "convert_to_tensor",
    "round",
]
FLOATS_ONLY = {
    "norm", "erf", "relu6", "sigmoid", "softplus", "softsign", "silu", "gelu", "elu", "selu",
    "celu", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid", "softmax",
    "log_softmax", "logsumexp", "relu", "tanh", "reciprocal", "isnan", "isinf", "isfinite", "round",
}  # fmt: skip
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "maximum",
    "minimum",
    "arctan2",
    "logaddexp",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "outer",
]
REDUCTIONS = ["sum", "mean", "var", "std", "prod", "max", "min", "any", "all", "logsumexp"]
OF_SHARES = ["log", "log2", "log10", "sqrt", "rsqrt", "arcsin", "arccos", "arctanh"]

CASES = [
    *[(name, (x,), {}) for name in UNARY for x in (A, *(() if name in FLOATS_ONLY else (WHOLE,)))],
    *[(name, (P,), {}) for name in OF_SHARES],
    *[
        (name, pair, {})
        for name in BINARY
        for pair in ((A, B), (A, 2), (2.5, B), (WHOLE, J), (WHOLE, 3), (A, J))
        if not (name == "outer" and not all(isinstance(one, np.ndarray) for one in pair))
    ],
    *[(name, (D,), {"axis": axis, "keepdims": keep}) for name in REDUCTIONS
      for axis in (1, -1, (0, 2)) for keep in (False, True)],
    *[(name, (T,), {}) for name in ("sum", "any", "all", "mean", "logical_not", "square", "prod")],
    *[(name, (EQUAL,), {"axis": axis, "keepdims": keep})
      for name in ("argmax", "argmin") for axis in (None, 0, -1) for keep in (False, True)],
    *[(name, (D,), {"axis": 1}) for name in ("cumsum", "cumprod", "flip", "softmax")],
    ("mod", (WHOLE, J), {}), ("mod", (A, B), {}), ("floor_divide", (WHOLE, J), {}),
    ("floor_divide", (A, B), {}), ("power", (P, B), {}), ("power", (A, 2), {}),
    ("clip", (A, -0.5, 0.5), {}), ("clip", (WHOLE, -1, 2), {}), ("round", (A,), {"decimals": 1}),
    ("where", (T, A, B), {}), ("where", (T, A, 0.0), {}), ("where", (T, WHOLE, J), {}),
    ("cast", (A, "int32"), {}), ("cast", (WHOLE, "float64"), {}), ("cast", (T, "float32"), {}),
    ("max", (A,), {"initial": 1.0}), ("min", (A,), {"axis": 0, "initial": -1.0}),
    ("zeros", ((2, 3),), {}), ("ones", ((2, 3),), {"dtype": "int32"}), ("full", ((2,), 3), {}),
    ("full", ((2,), 2.5), {}), ("eye", (3,), {}), ("eye", (4,), {"k": -1}), ("eye", (2, 4), {}),
    ("arange", (5,), {}), ("arange", (1, 7, 2), {}), ("arange", (0.0, 1.0, 0.25), {}),
    ("linspace", (0.0, 1.0, 7), {}), ("full_like", (A, 3), {}),
    ("reshape", (A, (2, -1)), {}), ("transpose", (D, (1, 0, 2)), {}), ("transpose", (D,), {}),
    ("expand_dims", (A, 1), {}), ("expand_dims", (A, (0, -1)), {}),
    ("squeeze", (D[:, :1], 1), {}), ("concatenate", ([A, B],), {"axis": 1}),
    ("concatenate", ([A, WHOLE],), {}), ("stack", ([A, B],), {"axis": -1}),
    ("split", (D, 2), {"axis": 2}), ("split", (D, [1, 3]), {"axis": 2}), ("unstack", (D,), {}),
    ("unstack", (D,), {"axis": 1}), ("tile", (A, (2, 1)), {}), ("tile", (A, 2), {}),
    ("repeat", (A, 2), {"axis": 1}), ("repeat", (A, 3), {}), ("flip", (A,), {"axis": 0}),
    ("roll", (A, 1), {"axis": 1}), ("roll", (A, 2), {}), ("swapaxes", (D, 0, 2), {}),
    ("moveaxis", (D, 0, -1), {}), ("broadcast_to", (A[:1], (3, 4)), {}),
    ("pad", (A, ((1, 0), (0, 2))), {}), ("pad", (A, ((1, 1), (1, 1))), {}),
    ("pad", (A, ((1, 1), (0, 0))), {"constant_values": 3}),
    ("take", (A, np.array([[0, 2], [-1, 1]])), {"axis": 0}), ("take", (A, np.array([5, 0])), {}),
    ("take_along_axis", (A, np.array([[0], [-1], [2]])), {"axis": 1}),
    ("one_hot", (np.array([0, 2, 5, -1]), 4), {}),
    ("one_hot", (np.array([[0, 2], [1, 1]]), 3), {"axis": 1, "dtype": "int32"}),
    ("matmul", (D, D.transpose(0, 2, 1)), {}), ("matmul", (A, B.T), {}), ("dot", (A, B.T), {}),
    ("dot", (D, A.T.astype("float64")), {}), ("dot", (A, 2.0), {}), ("dot", (A[0], B[0]), {}),
    ("tensordot", (D, D), {"axes": [[1, 2], [1, 2]]}), ("tensordot", (A, B.T), {"axes": 1}),
    ("einsum", ("ij,kj->ik", A, B), {}), ("einsum", ("bij->bj", D), {}),
    ("top_k", (EQUAL, 2), {}), ("in_top_k", (np.array([1, 0, 3]), A, 2), {}),
    ("normalize", (A,), {}), ("normalize", (A,), {"axis": 0, "order": 1}),
    ("norm", (A,), {"ord": 1, "axis": 1}), ("norm", (A,), {"ord": "fro"}),
    ("binary_crossentropy", (T.astype("float32"), P), {}),
    ("binary_crossentropy", (T.astype("float32"), A), {"from_logits": True}),
    ("categorical_crossentropy", (P / P.sum(1, keepdims=True), P), {}),
    ("categorical_crossentropy", (P, A), {"from_logits": True}),
    ("sparse_categorical_crossentropy", (np.array([1, 0, 3]), P), {}),
    ("sparse_categorical_crossentropy", (np.array([1, 0, 3]), A), {"from_logits": True}),
    ("logsumexp", (A,), {"axis": 1}), ("count_nonzero", (WHOLE,), {"axis": 0}),
]  # fmt: skip


def compare(found, wanted):
    if isinstance(wanted, (list, tuple)) and not isinstance(wanted, (str, bytes)):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            compare(one, other)
    elif hasattr(wanted, "dtype"):
        wanted = keras.ops.convert_to_numpy(wanted)
        assert isinstance(found, torch.Tensor)
        assert str(found.dtype).removeprefix("torch.") == wanted.dtype.name
        assert tuple(found.shape) == wanted.shape
        tolerance = {"float64": 1e-12, "float16": 4e-4}.get(wanted.dtype.name, 2e-6)
        np.testing.assert_allclose(found.numpy(), wanted, rtol=tolerance * 10, atol=tolerance)
    else:
        assert found == wanted


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_it_is_keras_operation(name):
    for case, args, kwargs in CASES:
        if case == name:
            converted = [
                keras.ops.convert_to_tensor(one) if isinstance(one, np.ndarray) else one
                for one in args
            ]
            if name in ("concatenate", "stack"):
                converted = [[keras.ops.convert_to_tensor(one) for one in args[0]]]
            try:
                wanted = getattr(keras.ops, name)(*converted, **kwargs)
                compare(getattr(ops, name)(*args, **kwargs), wanted)
            except AssertionError as error:
                kinds = [getattr(one, "dtype", one) for one in args]
                raise AssertionError(f"{name}{kinds}{kwargs}: {error}") from error


def test_no_operation_is_without_a_case():
    public = {
        name
        for name, value in vars(ops).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    # Other files look whether these have cases: test_numpy_names.py and test_rest_names.py.
    elsewhere = {"convert_to_numpy", "is_tensor", "resize", "glu", *dir(keras.ops.numpy)}
    elsewhere |= REST_NAMES
    assert public - elsewhere - {name for name, _, _ in CASES} == set()
    assert public - {"resize"} <= set(dir(keras.ops))


def test_symbols_become_steps():
    x = kerasish.Input((4,))
    joined = ops.concatenate([ops.mean(x, axis=-1, keepdims=True), ops.exp(x)], axis=-1)
    assert joined.shape == (None, 5)
    both = ops.where(ops.greater(joined, 1.0), joined, ops.zeros_like(joined))
    model = kerasish.Model(x, ops.einsum("ij,kj->ik", both, both))
    wanted = np.concatenate([A.mean(-1, keepdims=True), np.exp(A)], -1)
    wanted = np.where(wanted > 1, wanted, 0)
    np.testing.assert_allclose(model.predict(A, verbose=0), wanted @ wanted.T, rtol=1e-5)


def test_gradients_and_compilation():
    x = torch.tensor(A, requires_grad=True)
    ops.sum(ops.square(x) * ops.stop_gradient(x)).backward()
    np.testing.assert_allclose(x.grad, 2 * A * A, rtol=1e-6)

    def step(x):
        return ops.matmul(ops.softmax(x), ops.transpose(ops.clip(x, 0.0, 1.0)))

    compiled = torch.compile(step, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), step(x))


def test_errors_say_what_was_received():
    with pytest.raises(ValueError, match=r"axes of size 1\. Received: axis=0 of shape \(3, 4\)"):
        ops.squeeze(A, 0)
    with pytest.raises(ValueError, match=r"equal parts\. Received: indices_or_sections=3"):
        ops.split(A, 3, axis=1)
