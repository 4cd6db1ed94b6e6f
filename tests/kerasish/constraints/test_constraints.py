"""Constraints against Keras's: values, derivatives, configs and lookup."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import constraints
from kerasish.saving import (
    deserialize_keras_object,
    register_keras_serializable,
    serialize_keras_object,
)

CASES = [
    ("Constraint", {}),
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.7, "axis": 1}),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1, 2]}),
    ("MaxNorm", {"max_value": 1.5, "axis": -1}),
    ("MaxNorm", {"max_value": 1.5, "axis": None}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 2}),
    ("UnitNorm", {"axis": [1, 3]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8}),
    ("MinMaxNorm", {"min_value": 3.0, "max_value": 4.0, "rate": 0.3, "axis": [0, 1, 2]}),
    ("max_norm", {"max_value": 3}),
    ("min_max_norm", {"rate": 0.5}),
    ("non_neg", {}),
    ("unit_norm", {"axis": 1}),
]


def _pair(name, arguments):
    return getattr(constraints, name)(**arguments), getattr(keras.constraints, name)(**arguments)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_projection(name, arguments, dtype):
    rng = np.random.default_rng(3)
    w = rng.normal(size=(3, 2, 4, 5)).astype(dtype)
    w[:, :, 0] *= 1e-4
    w[:, :, 1] *= 30
    w[..., 2] = 0.0
    w[0, 0, 0, 0] = -0.0
    ours, theirs = _pair(name, arguments)
    expected = theirs(tf.constant(w)).numpy()
    result = ours(torch.from_numpy(w))
    tolerance = 1e-6 if dtype == "float32" else 1e-12
    assert result.dtype == torch.from_numpy(w).dtype
    np.testing.assert_allclose(result.numpy(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_configs_are_those_of_keras_and_read_by_both(name, arguments):
    ours, theirs = _pair(name, arguments)
    config = keras.saving.serialize_keras_object(theirs)
    assert serialize_keras_object(ours) == config
    assert constraints.serialize(ours) == config
    config = json.loads(json.dumps(config))
    for read in (constraints.get, constraints.deserialize, deserialize_keras_object):
        again = read(config)
        assert type(again) is type(ours)
        assert again.get_config() == ours.get_config()
    assert keras.constraints.get(constraints.serialize(ours)).get_config() == theirs.get_config()


def test_every_name_of_keras_is_here():
    theirs = {name for name in dir(keras.constraints) if not name.startswith("_")}
    assert set(constraints.__all__) == theirs


def test_arrays_are_taken():
    w = np.array([[3.0, -1.0], [4.0, 0.5]])
    for name in ("MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"):
        ours, theirs = _pair(name, {})
        np.testing.assert_allclose(ours(w).numpy(), theirs(w), rtol=1e-12)


@pytest.mark.parametrize("name", ["MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"])
@pytest.mark.parametrize("spelling", ["class", "snake", "camel", "instance"])
def test_get(name, spelling):
    cls = getattr(constraints, name)
    snake = keras.src.utils.naming.to_snake_case(name)
    identifier = {"class": cls, "snake": snake, "camel": name, "instance": cls()}[spelling]
    found = constraints.get(identifier)
    assert type(found) is cls
    assert found.get_config() == keras.constraints.get(snake).get_config()


def test_get_takes_none_and_callables_and_names_what_it_does_not_know():
    def clip(w):
        return w.clamp(-1, 1)

    assert constraints.get(None) is None
    assert constraints.get(clip) is clip
    with pytest.raises(ValueError, match=r"constraint 'maxnorm'\. Did you mean.*'max_norm'"):
        constraints.get("maxnorm")
    with pytest.raises(ValueError, match="Received: 2"):
        constraints.get(2)


@register_keras_serializable("test_constraints")
class Clip(constraints.Constraint):
    def __init__(self, limit):
        self.limit = limit

    def __call__(self, w):
        return w.clamp(-self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


def test_constraints_of_the_user():
    config = constraints.serialize(Clip(0.5))
    assert config["registered_name"] == "test_constraints>Clip"
    assert constraints.get(config)(torch.tensor([2.0])).item() == 0.5
