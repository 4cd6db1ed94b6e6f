"""Values and derivatives of every activation against Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import activations

# Kinks of any of the functions, their neighbours, and values that overflow a naive formula.
KINKS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0, 1.5, -1.5]
LARGE = [12.0, 21.0, 35.0, 60.0, 90.0, 300.0, 1e4, 1e8, 1e-3, 1e-8]
TOLERANCE = {"float32": (1e-6, 1e-6), "float64": (1e-12, 1e-12)}

CASES = [
    ("celu", {}),
    ("celu", {"alpha": 0.4}),
    ("elu", {}),
    ("elu", {"alpha": 0.3}),
    ("exponential", {}),
    ("gelu", {}),
    ("gelu", {"approximate": True}),
    ("glu", {}),
    ("glu", {"axis": 0}),
    ("hard_shrink", {}),
    ("hard_shrink", {"threshold": 1.5}),
    ("hard_sigmoid", {}),
    ("hard_silu", {}),
    ("hard_swish", {}),
    ("hard_tanh", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("linear", {}),
    ("log_sigmoid", {}),
    ("log_softmax", {}),
    ("log_softmax", {"axis": 0}),
    ("log_softmax", {"axis": None}),
    ("log_softmax", {"axis": (0, 1)}),
    ("mish", {}),
    ("relu", {}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 6}),
    ("relu", {"max_value": 3.0}),
    ("relu", {"threshold": 1.5}),
    ("relu", {"threshold": -1.5}),
    ("relu", {"negative_slope": 0.3, "max_value": 6.0}),
    ("relu", {"negative_slope": 0.3, "max_value": 2.0, "threshold": 1.0}),
    ("relu", {"max_value": 6.0, "threshold": 0.5}),
    ("relu6", {}),
    ("selu", {}),
    ("sigmoid", {}),
    ("silu", {}),
    ("swish", {}),
    ("soft_shrink", {}),
    ("soft_shrink", {"threshold": 1.5}),
    ("softmax", {}),
    ("softmax", {"axis": 1}),
    ("softmax", {"axis": None}),
    ("softmax", {"axis": (0, 2)}),
    ("softplus", {}),
    ("softsign", {}),
    ("sparse_plus", {}),
    ("sparse_sigmoid", {}),
    ("sparsemax", {}),
    ("sparsemax", {"axis": 0}),
    ("squareplus", {}),
    ("squareplus", {"b": 0.5}),
    ("tanh", {}),
    ("tanh_shrink", {}),
    ("threshold", {"threshold": 0.5, "default_value": -2.0}),
]


def _inputs(name, dtype):
    rng = np.random.default_rng(7)
    blocks = [rng.normal(0, 2, 48)]
    if name in ("softmax", "log_softmax", "sparsemax"):
        blocks.append(rng.choice([-2.0, 0.0, 0.25, 1.0], 24))  # ties
        blocks.append(rng.normal(0, 60, 24))
    else:
        # Values that the exponential of float32 can hold.
        large = [min(v, 80.0) for v in LARGE] if name == "exponential" else LARGE
        blocks.append(np.array(KINKS + large + [-v for v in large]))
        blocks.append(rng.normal(0, 0.01, 14))
    return np.concatenate(blocks).reshape(4, 8, 3).astype(dtype)


def _keras(function, x, upstream, kwargs):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x, **kwargs)
        loss = tf.reduce_sum(y * upstream(y.shape))
    return y.numpy(), tape.gradient(loss, x).numpy()


def _upstream(dtype):
    return lambda shape: np.random.default_rng(3).normal(size=tuple(shape)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "kwargs"), CASES, ids=str)
def test_equals_keras(name, kwargs, dtype):
    x = _inputs(name, dtype)
    if name == "glu" and kwargs.get("axis", -1) == -1:
        x = x.reshape(4, 4, 6)
    upstream = _upstream(dtype)
    expected, expected_gradient = _keras(getattr(keras.activations, name), x, upstream, kwargs)
    if name == "celu":
        # Keras on TensorFlow adds the derivatives of both branches at 0; the derivative is 1.
        expected_gradient[x == 0] /= 2
    if name == "selu" and dtype == "float32":
        # TensorFlow chooses the side by the rounded result, which is 0 for the least values.
        tiny = np.abs(x) == np.float32(1e-8)
        assert tiny.sum() == 2
        x, expected = np.where(tiny, 0, x), np.where(tiny, 0, expected)
        expected_gradient[tiny] = _keras(keras.activations.selu, x, upstream, {})[1][tiny]
    tensor = torch.tensor(x, requires_grad=True)
    result = getattr(activations, name)(tensor, **kwargs)
    (result * torch.from_numpy(upstream(result.shape))).sum().backward()
    rtol, atol = TOLERANCE[dtype]
    if name == "gelu" and kwargs and dtype == "float32":
        atol = 5e-6  # the derivative takes 1 - tanh^2, of which 1e-7 is rounding
    assert result.dtype == tensor.dtype
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=rtol, atol=atol)
    np.testing.assert_allclose(tensor.grad.numpy(), expected_gradient, rtol=rtol, atol=atol)


def test_every_function_of_keras_is_here_and_compared():
    theirs = {name for name in dir(keras.activations) if not name.startswith("_")}
    ours = set(activations.__all__)
    assert ours == theirs
    assert {name for name, _ in CASES} == theirs - {"get", "serialize", "deserialize"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["softplus", "gelu", "selu", "sparse_plus", "hard_silu", "mish"])
def test_half_precision_is_near_float32(name, dtype):
    x = torch.linspace(-9, 14, 47)
    function = getattr(activations, name)
    result = function(x.to(dtype))
    assert result.dtype == dtype
    torch.testing.assert_close(result.float(), function(x.to(dtype).float()), rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    "value", [[-1.0, 0.5, 2.0], [[-4, 2], [3, 0]], 1.5, -2, np.float64(0.25), np.ones((2, 1))]
)
@pytest.mark.parametrize("name", ["relu", "relu6", "linear"])
def test_lists_arrays_and_numbers_are_taken(name, value):
    expected = getattr(keras.activations, name)(keras.ops.convert_to_tensor(value))
    result = getattr(activations, name)(value)
    assert keras.backend.standardize_dtype(expected.dtype) == str(result.dtype).split(".")[1]
    np.testing.assert_allclose(result.numpy(), expected.numpy())


def test_an_array_that_can_not_be_written_to_is_taken():
    x = np.array([-1.0, 2.0])
    x.setflags(write=False)
    assert activations.relu(x).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("name", ["softmax", "sparsemax"])
def test_where_keras_gives_distributions_so_do_we(name):
    x = torch.tensor([[3.0, 0.5, -1.0], [0.0, 9.0, 2.0]])
    result = getattr(activations, name)(x)
    torch.testing.assert_close(result.sum(-1), torch.ones(2))


def test_glu_refuses_an_odd_axis():
    with pytest.raises(ValueError, match=r"Received: shape=\(2, 3\), axis=-1"):
        activations.glu(torch.zeros(2, 3))


def test_softmax_over_one_entry_warns_as_in_keras():
    with pytest.warns(UserWarning, match="size 1"):
        keras.activations.softmax(np.zeros((3, 1), "float32"))
    with pytest.warns(UserWarning, match=r"axis -1 .* \(3, 1\).*one entry") as record:
        activations.softmax(torch.zeros(3, 1))
    assert record[0].filename == __file__


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_keras_2_alpha(name):
    x = torch.tensor([-2.0, 1.0])
    function = getattr(activations, name)
    with pytest.warns(DeprecationWarning, match="negative_slope") as record:
        result = function(x, alpha=0.3)
    assert len(record) == 1
    assert record[0].filename == __file__
    torch.testing.assert_close(result, function(x, negative_slope=0.3))
    with pytest.raises(ValueError, match=r"Received: negative_slope=0\.1, alpha=0\.3"):
        function(x, negative_slope=0.1, alpha=0.3)
