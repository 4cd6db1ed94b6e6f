"""Regularizers against Keras's: values, derivatives, configs and lookup."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import regularizers
from kerasish.saving import (
    custom_object_scope,
    deserialize_keras_object,
    register_keras_serializable,
    serialize_keras_object,
)

CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L1", {"l1": None}),
    ("L1", {"l1": 0}),
    ("L2", {}),
    ("L2", {"l2": 0.07}),
    ("L2", {"l2": None}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1}),
    ("L1L2", {"l2": 0.2}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {"l1": None, "l2": None}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
    ("l1", {"l1": 0.5}),
    ("l2", {"l2": 0.5}),
    ("l1_l2", {"l1": 0.5, "l2": 0.25}),
    ("orthogonal_regularizer", {"factor": 0.5}),
]


def _penalty(regularizer, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = regularizer(x)
    gradient = tape.gradient(y, x)
    return y.numpy(), np.zeros(x.shape) if gradient is None else gradient.numpy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_penalty_and_derivative(name, arguments, dtype):
    x = np.random.default_rng(5).normal(size=(6, 4)).astype(dtype)
    x[1, 2] = 0.0
    theirs = getattr(keras.regularizers, name)(**arguments)
    ours = getattr(regularizers, name)(**arguments)
    tensor = torch.tensor(x, requires_grad=True)
    penalty = ours(tensor)
    penalty.backward() if penalty.requires_grad else None
    gradient = np.zeros_like(x) if tensor.grad is None else tensor.grad.numpy()
    tolerance = 1e-6 if dtype == "float32" else 1e-12
    if name.lower().startswith("orthogonal") and dtype == "float64":
        # Keras on TensorFlow refuses other dtypes than float32 here.
        x, tolerance = x.astype("float32"), 1e-6
    expected, expected_gradient = _penalty(theirs, x)
    assert penalty.shape == ()
    assert penalty.dtype == tensor.dtype
    np.testing.assert_allclose(penalty.detach().numpy(), expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=tolerance, atol=tolerance)
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_configs_are_those_of_keras_and_read_by_both(name, arguments):
    theirs = getattr(keras.regularizers, name)(**arguments)
    ours = getattr(regularizers, name)(**arguments)
    config = keras.saving.serialize_keras_object(theirs)
    assert serialize_keras_object(ours) == config
    assert regularizers.serialize(ours) == config
    for read in (regularizers.get, regularizers.deserialize, deserialize_keras_object):
        again = read(config)
        assert type(again) is type(ours)
        assert again.get_config() == ours.get_config()
    returned = keras.regularizers.get(regularizers.serialize(ours))
    assert type(returned) is type(theirs)
    assert returned.get_config() == theirs.get_config()


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2", "OrthogonalRegularizer"])
def test_compiled_without_a_graph_break(name):
    regularizer = getattr(regularizers, name)(0.3)
    compiled = torch.compile(regularizer.__call__, fullgraph=True, backend="aot_eager")
    x = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(compiled(x), regularizer(x))


def test_orthogonal_edge_cases():
    regularizer = regularizers.OrthogonalRegularizer(0.5)
    x = torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 1.0]], requires_grad=True)
    penalty = regularizer(x)
    expected = keras.regularizers.OrthogonalRegularizer(0.5)(x.detach().numpy())
    np.testing.assert_allclose(penalty.item(), float(expected), rtol=1e-6)
    penalty.backward()
    assert torch.isfinite(x.grad).all()
    assert regularizer(torch.ones(1, 5)).item() == 0.0
    with pytest.raises(ValueError, match=r"Received: shape=\(3,\)"):
        regularizer(torch.ones(3))
    with pytest.raises(ValueError, match="Received: mode='diagonal'"):
        regularizers.OrthogonalRegularizer(mode="diagonal")


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "0.1", [0.1]])
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("L1", "l1"),
        ("L2", "l2"),
        ("L1L2", "l1"),
        ("L1L2", "l2"),
        ("OrthogonalRegularizer", "factor"),
    ],
)
def test_bad_factors_are_refused_as_in_keras(name, argument, value):
    with pytest.raises(ValueError):
        getattr(keras.regularizers, name)(**{argument: value})
    with pytest.raises(ValueError, match=f"{name}.*{argument}.*Received: {argument}="):
        getattr(regularizers, name)(**{argument: value})


@pytest.mark.parametrize(("name", "argument"), [("l1", "l1"), ("l2", "l2"), ("L1", "l1")])
def test_keras_2_argument(name, argument):
    with pytest.warns(DeprecationWarning, match=f"called {argument} since") as record:
        regularizer = getattr(regularizers, name)(l=0.25)
    assert len(record) == 1
    assert record[0].filename == __file__
    assert regularizer.get_config() == {argument: 0.25}
    with pytest.raises(TypeError, match="Received: factor"):
        getattr(regularizers, name)(factor=0.25)


def test_every_name_of_keras_is_here():
    theirs = {name for name in dir(keras.regularizers) if not name.startswith("_")}
    assert set(regularizers.__all__) == theirs


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2", "OrthogonalRegularizer"])
@pytest.mark.parametrize("spelling", ["class", "snake", "instance"])
def test_get(name, spelling):
    cls = getattr(regularizers, name)
    snake = keras.src.utils.naming.to_snake_case(name)
    identifier = {"class": cls, "snake": snake, "instance": cls()}[spelling]
    found = regularizers.get(identifier)
    assert type(found) is cls
    assert found.get_config() == keras.regularizers.get(snake).get_config()


def test_get_takes_none_and_callables_and_names_what_it_does_not_know():
    def penalty(x):
        return x.sum()

    assert regularizers.get(None) is None
    assert regularizers.get(penalty) is penalty
    assert type(regularizers.get("l1_l2")) is regularizers.L1L2
    with pytest.raises(
        ValueError, match=r"regularizer 'l22'\. Did you mean .*'l2'.*Received: 'l22'"
    ):
        regularizers.get("l22")
    with pytest.raises(ValueError, match=r"Received: 0\.1"):
        regularizers.get(0.1)


@register_keras_serializable("test_regularizers")
class Mean(regularizers.Regularizer):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * x.mean()

    def get_config(self):
        return {"factor": self.factor}


class Unregistered(Mean):
    pass


def test_regularizers_of_the_user():
    config = regularizers.serialize(Mean(0.5))
    assert config["registered_name"] == "test_regularizers>Mean"
    assert regularizers.get(config).factor == 0.5
    config = regularizers.serialize(Unregistered(0.25))
    with pytest.raises(TypeError, match=r"no class 'Unregistered'.*custom_objects"):
        regularizers.get(config)
    with custom_object_scope({"Unregistered": Unregistered}):
        assert type(regularizers.get(config)) is Unregistered
    assert regularizers.deserialize(config, {"Unregistered": Unregistered}).factor == 0.25


def test_base_class():
    base = regularizers.Regularizer()
    assert base(torch.ones(2)) == 0.0
    with pytest.raises(NotImplementedError, match="Regularizer has to override"):
        base.get_config()
