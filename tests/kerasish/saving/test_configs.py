"""Configs in both directions, compared with those that Keras writes and reads."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from kerasish import constraints, regularizers
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.saving import (
    deserialize_keras_object,
    register_keras_serializable,
    serialize_keras_object,
)
from kerasish.saving.registry import DTypePolicy, ObjectSharingScope, builtin

VALUES = [
    None,
    True,
    3,
    2.5,
    "text",
    b"bytes",
    (1, (2, "a"), [3]),
    [1, None, {"a": (1,)}],
    {"x": {"y": slice(1, None, 2)}},
    slice(None),
    Ellipsis,
    np.float32(2.5),
    np.int64(3),
    np.array(4.0),
    np.arange(6.0).reshape(2, 3),
    np.array([1, 2], "int8"),
    np.array([True, False]),
    {"class_name": "Fake"},
]


def _same(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values(value):
    config = serialize_keras_object(value)
    assert _same(config, keras.saving.serialize_keras_object(value))
    again = deserialize_keras_object(config)
    assert _same(again, keras.saving.deserialize_keras_object(config))
    from_json = json.loads(json.dumps(config))
    assert _same(deserialize_keras_object(from_json), again)


def test_a_float_of_numpy_becomes_one_of_python():
    assert type(serialize_keras_object(np.float64(2.5))) is float


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int64", "bool"])
def test_tensors(dtype):
    values = [[1, 0], [0, 1]]
    ours = torch.tensor(values).to(getattr(torch, dtype)).requires_grad_("float" in dtype)
    theirs = tf.cast(tf.constant(values), dtype)
    config = serialize_keras_object(ours)
    assert config == keras.saving.serialize_keras_object(theirs)
    again = deserialize_keras_object(config)
    assert again.dtype == ours.dtype
    assert torch.equal(again, ours)
    returned = keras.saving.deserialize_keras_object(config)
    assert returned.dtype.name == dtype


def test_shapes_and_dtypes_of_torch():
    assert serialize_keras_object(torch.Size([2, 3])) == (2, 3)
    assert serialize_keras_object(torch.bfloat16) == "bfloat16"
    with pytest.raises(ValueError, match="meta device"):
        serialize_keras_object(torch.ones(2, device="meta"))


def test_symbolic_tensors():
    config = serialize_keras_object(KerasTensor((None, 3), "float16"))
    assert config == keras.saving.serialize_keras_object(keras.KerasTensor((None, 3), "float16"))
    config["config"]["keras_history"] = ["dense", 0, 0]
    tensor = deserialize_keras_object(json.loads(json.dumps(config)))
    assert isinstance(tensor, KerasTensor)
    assert (tensor.shape, tensor.dtype) == ((None, 3), "float16")
    assert tensor._pre_serialization_keras_history == ["dense", 0, 0]


def test_a_symbolic_tensor_says_which_call_of_which_layer_gave_it():
    layer = SimpleNamespace(name="dense", _inbound_nodes=[])
    for _ in range(2):
        outputs = [KerasTensor((None, 3)), KerasTensor((None, 4))]
        layer._inbound_nodes.append(Node(layer, (), {}, outputs))
    config = serialize_keras_object(outputs[1])
    assert config["config"]["keras_history"] == ["dense", 1, 1]

    inputs = keras.Input((3,))
    dense = keras.layers.Dense(4, name="dense")
    dense(inputs)
    theirs = keras.saving.serialize_keras_object(dense(inputs))
    assert config["config"].keys() == theirs["config"].keys()
    assert theirs["config"]["keras_history"] == ["dense", 1, 0]


@pytest.mark.parametrize("name", ["float32", "float64", "bfloat16", "mixed_float16"])
def test_dtype_policies(name):
    theirs = keras.DTypePolicy(name)
    config = keras.saving.serialize_keras_object(theirs)
    ours = deserialize_keras_object(config)
    assert isinstance(ours, DTypePolicy)
    assert serialize_keras_object(ours) == config
    assert ours == DTypePolicy(name)
    assert (ours.name, ours.compute_dtype, ours.variable_dtype) == (
        theirs.name,
        theirs.compute_dtype,
        theirs.variable_dtype,
    )
    keras_2 = {"class_name": "Policy", "config": {"name": name, "loss_scale": None}}
    assert deserialize_keras_object(keras_2) == ours


def test_policies_that_are_not_supported():
    with pytest.raises(ValueError, match=r"Received: .*'int8_from_float32'"):
        DTypePolicy("int8_from_float32")
    with pytest.raises(TypeError, match="Received: name=3"):
        DTypePolicy(3)
    config = keras.saving.serialize_keras_object(
        keras.dtype_policies.QuantizedDTypePolicy("int8", "float32")
    )
    with pytest.raises(TypeError, match="no class 'QuantizedDTypePolicy'"):
        deserialize_keras_object(config)


class Dense:
    """A stand-in that takes and gives Keras's config of a layer."""

    built = False

    def __init__(self, **config):
        self.config = config
        self.build_config = None
        for key, get in (("regularizer", regularizers.get), ("constraint", constraints.get)):
            for part in ("kernel", "bias"):
                setattr(self, f"{part}_{key}", get(config[f"{part}_{key}"]))

    def get_config(self):
        return {
            **self.config,
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def get_build_config(self):
        return self.build_config

    def build_from_config(self, config):
        self.build_config = config


def _keras_dense():
    layer = keras.layers.Dense(
        3, kernel_regularizer="l2", kernel_constraint="max_norm", activation="silu"
    )
    layer.build((None, 4))
    return layer


@pytest.mark.usefixtures("own_table")
def test_a_layer_in_both_directions():
    builtin("keras.layers")(Dense)
    config = keras.saving.serialize_keras_object(_keras_dense())
    layer = deserialize_keras_object(config)
    assert isinstance(layer, Dense)
    assert isinstance(layer.kernel_regularizer, regularizers.L2)
    assert isinstance(layer.kernel_constraint, constraints.MaxNorm)
    assert layer.build_config == {"input_shape": (None, 4)}
    assert serialize_keras_object(layer) == config
    returned = keras.saving.deserialize_keras_object(serialize_keras_object(layer))
    assert returned.kernel.shape == (4, 3)


@pytest.mark.usefixtures("own_table")
@pytest.mark.parametrize("path", [None, "keras.src.layers.core.dense", "tf_keras.src.layers.core"])
def test_layers_of_older_files(path):
    builtin("keras.layers")(Dense)
    config = {"class_name": "Dense", "config": _keras_dense().get_config()}
    if path is not None:
        config["module"] = path
    assert isinstance(deserialize_keras_object(config), Dense)


@pytest.mark.usefixtures("own_table")
def test_built_and_compiled_objects():
    calls = []

    @builtin("keras", "keras.models.Thing")
    class Thing:
        def __init__(self, built):
            self.built = built

        def get_config(self):
            return {"built": self.built}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

        def build_from_config(self, config):
            calls.append(("build", config))

        def compile_from_config(self, config):
            calls.append(("compile", config))

        def get_build_config(self):
            return {"shape": (1, np.float32(2))}

        def get_compile_config(self):
            return {"loss": "mse"}

    for built in (False, True):
        config = serialize_keras_object(Thing(built))
        assert config["build_config"] == {"shape": (1, 2.0)}
        assert config["compile_config"] == {"loss": "mse"}
        assert deserialize_keras_object(config).built is built
    assert [name for name, _ in calls] == ["build", "compile", "compile"]


@pytest.mark.usefixtures("own_table")
def test_classes_that_keras_does_not_export_carry_their_name_twice():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    functional = keras.Model(model.inputs, model.outputs)
    theirs = keras.saving.serialize_keras_object(functional)

    inputs = kerasish.Input((2,))
    model = kerasish.Model(inputs, kerasish.layers.Dense(1)(inputs))
    ours = serialize_keras_object(model)
    for key in ("module", "class_name", "registered_name"):
        assert ours[key] == theirs[key]


def test_keras_2_tuples():
    config = {
        "class_name": "__tuple__",
        "items": [None, 3, {"class_name": "__tuple__", "items": []}],
    }
    assert deserialize_keras_object(config) == (None, 3, ())


@register_keras_serializable("test_configs")
class Counter:
    def __init__(self, start):
        self.start = start

    def get_config(self):
        return {"start": self.start}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@register_keras_serializable("test_configs")
def doubled(x):
    return 2 * x


def test_objects_of_the_user():
    config = serialize_keras_object(Counter((1, 2)))
    assert config == {
        "module": __name__,
        "class_name": "Counter",
        "config": {"start": (1, 2)},
        "registered_name": "test_configs>Counter",
    }
    assert deserialize_keras_object(config).start == (1, 2)
    keras_2 = {"class_name": "test_configs>Counter", "config": {"start": 3}}
    assert deserialize_keras_object(keras_2).start == 3
    assert deserialize_keras_object("test_configs>doubled") is doubled
    assert deserialize_keras_object(serialize_keras_object(doubled)) is doubled
    # Keras up to 3.6 left the package out.
    old = {"module": "builtins", "class_name": "function", "config": "doubled"}
    assert deserialize_keras_object(old) is doubled


def test_from_the_main_script(monkeypatch):
    monkeypatch.setattr(Counter, "__module__", "__main__")
    config = serialize_keras_object(Counter(1))
    assert config["module"] is None
    assert deserialize_keras_object(config).start == 1
    config["registered_name"] = "test_configs>Gone"
    config["class_name"] = "L2"
    with pytest.raises(TypeError, match="no class 'L2'"):
        deserialize_keras_object(config)


def test_objects_that_are_met_twice():
    counter = Counter(1)
    with ObjectSharingScope():
        config = serialize_keras_object([counter, Counter(1), counter])
    assert [("shared_object_id" in one) for one in config] == [True, False, True]
    with ObjectSharingScope():
        first, second, third = deserialize_keras_object(config)
    assert first is third
    assert first is not second
    first, _, third = deserialize_keras_object(config)
    assert first is not third


def test_the_given_config_is_not_changed():
    config = serialize_keras_object(regularizers.L1L2(0.1, 0.2))
    before = json.dumps(config)
    deserialize_keras_object(config)
    assert json.dumps(config) == before


def _lambda_and_partial():
    import functools

    return [
        (
            lambda x: x,
            ValueError,
            r"A lambda can't be saved.*register.*Received: .*<lambda>.*test_c",
        ),
        (functools.partial(print), TypeError, "get_config"),
        (Counter, TypeError, "Only instances"),
        (object(), TypeError, "get_config"),
        ({1, 2}, TypeError, "get_config"),
        (np.sin, TypeError, "Received: <ufunc 'sin'>"),
        (torch.cos, TypeError, r"kerasish\.activations.*Received: .*cos"),
        (len, TypeError, "Received: <built-in function len>"),
        (DTypePolicy, TypeError, "Only instances"),
    ]


@pytest.mark.parametrize(("value", "error", "message"), _lambda_and_partial())
def test_what_can_not_be_written(value, error, message):
    with pytest.raises(error, match=message):
        serialize_keras_object(value)
    with pytest.raises(error, match=message):
        serialize_keras_object({"a": [value]})


def test_classes_of_ours_need_a_name(monkeypatch):
    class Forgotten(Counter):
        __module__ = "kerasish.layers.forgotten"

    with pytest.raises(TypeError, match="Forgotten has no name in Keras"):
        serialize_keras_object(Forgotten(1))


def test_get_config_has_to_give_a_dictionary(monkeypatch):
    monkeypatch.setattr(Counter, "get_config", lambda self: [1])
    with pytest.raises(TypeError, match=r"Counter\.get_config.*Received: \[1\]"):
        serialize_keras_object(Counter(1))


def test_a_function_with_the_name_of_a_builtin_is_not_taken_for_it_silently():
    def relu(x):
        return x

    with pytest.warns(UserWarning, match="also that of a function of Keras"):
        config = serialize_keras_object(relu)
    assert config == keras.saving.serialize_keras_object(relu)


def test_public_names():
    assert set(kerasish.saving.__all__) >= {
        name
        for name in dir(keras.saving)
        if not name.startswith("_") and "model" not in name and "weights" not in name
    } - {"KerasFileEditor"}
