"""What is not what old Keras writes, or has no equivalent, is refused by the layer's name."""

import json

import pytest

from tests.golden.old_configs import (
    bare_list,
    called,
    functional,
    keras2,
    keras2_dense,
    keras2_input,
    keras2_recurrent,
    wrapper,
)
from weight_port.errors import WeightPortError
from weight_port.legacy_config import LegacyConfigError, modernize


def lstm(**more):
    return keras2_recurrent("LSTM", "lstm_1", 4, **more)


def dense(**more):
    return keras2_dense("dense_1", 2, **more)


def graph(*entries, **more):
    config = functional("model_1", [keras2_input("x", (3,)), *entries], ["x"], [["dense_1", 0, 0]])
    config["config"].update(more)
    return config


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            lstm(time_major=True),
            r"'lstm_1' \(LSTM\).*`time_major`.*Received: \{'time_major': True\}",
        ),
        (lstm(num_constants=2), r"'lstm_1' \(LSTM\).*`num_constants`"),
        (dense(dynamic=True), r"'dense_1' \(Dense\).*`dynamic`"),
        (keras2("BatchNormalization", "bn", renorm=True), r"'bn'.*`renorm`"),
        (keras2("BatchNormalization", "bn", virtual_batch_size=8), r"'bn'.*`virtual_batch_size`"),
        (keras2("BatchNormalization", "bn", axis=[1, 2]), r"'bn'.*one axis"),
        (keras2("Embedding", "words", sparse=True), r"'words'.*`sparse`"),
        (keras2("MultiRNNCell", "cells"), r"'cells' \(MultiRNNCell\).*StackedRNNCells"),
        (keras2("LocallyConnected1D", "local"), r"'local'.*removed in Keras 3"),
        (keras2("TFOpLambda", "op", function="math.tanh"), r"'op' \(TFOpLambda\).*Functional"),
        # Wrong types.
        (dense(activation=3), r"'dense_1' \(Dense\).*`activation`.*Received: 3"),
        (dense(kernel_initializer=[1]), r"'dense_1'.*`kernel_initializer`.*Received: \[1\]"),
        (dense(kernel_initializer={"config": {}}), r"'dense_1'.*`kernel_initializer`"),
        (dense(bias_regularizer={"class_name": "L2", "config": 3}), r"'dense_1'.*bias_regularizer"),
        (dense(dtype=32), r"'dense_1'.*`dtype`.*Received: 32"),
        (dense(dtype={"class_name": "os.system", "config": {"name": "ls"}}), r"'dense_1'.*`dtype`"),
        (keras2("StackedRNNCells", "cells", cells="LSTM"), r"'cells'.*`cells`.*Received: 'LSTM'"),
        (keras2("Lambda", "code", function=3), r"'code' \(Lambda\).*`function`"),
        ({"class_name": "Dense"}, "class_name and a config"),
        ({"class_name": 3, "config": {}}, "class_name and a config"),
        ({"class_name": "Dense", "config": {"name": 5}}, r"\(Dense\).*`name`.*Received: 5"),
        ({"class_name": "Dense", "config": [1]}, r"\(Dense\).*`config`"),
        ("Dense", "takes an object as `layer`.*Received: 'Dense'"),
        (None, "takes an object as `layer`.*Received: None"),
        (wrapper("Bidirectional", "both", {"class_name": "LSTM", "config": 3}), r"\(LSTM\)"),
        (wrapper("TimeDistributed", "each", lstm(time_major=True)), r"'lstm_1'.*`time_major`"),
    ],
)
def test_layer(entry, message):
    for config in (bare_list(entry), bare_list(wrapper("TimeDistributed", "td", entry))):
        if config["config"][0] is not entry and not isinstance(entry, dict):
            continue  # a layer within a layer that is no object is an argument of another kind
        if config["config"][0] is not entry and not {"class_name", "config"} <= set(entry):
            continue
        with pytest.raises(LegacyConfigError, match=message) as caught:
            modernize(config, "2.2.4")
        assert "Received: " in str(caught.value).splitlines()[-1]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (graph(called(dense(), ["nowhere", 0, 0])), r"'dense_1' \(Dense\).*not in the model"),
        (graph(called(dense(), ["x", -1, 0])), r"'dense_1'.*call that there is not"),
        (graph(called(dense(), ["x", 0, -1])), r"'dense_1'.*call that there is not"),
        (graph({**dense(), "inbound_nodes": 3}), r"'dense_1'.*`inbound_nodes`.*Received: 3"),
        (graph({**dense(), "inbound_nodes": [3]}), r"'dense_1'.*`inbound_nodes`.*Received: 3"),
        (graph({**dense(), "inbound_nodes": [[["x", 0, 0, 7]]]}), r"'dense_1'.*`inbound_nodes`"),
        (graph({**dense(), "inbound_nodes": [{"args": [], "kwargs": {}}]}), "form of Keras 3"),
        (graph({"class_name": "Dense", "config": {}}), r"'?model_1'?.*without a name"),
        (graph(layers="all"), r"`layers`.*Received: 'all'"),
        (graph(called(dense(), "x"), output_layers="dense_1"), r"Received: 'dense_1'"),
        (graph(called(dense(), "x"), output_layers=[["no", 0, 0]]), "not in the model"),
        ({"class_name": "Sequential", "config": {"name": "s"}}, r"\(Sequential\).*`layers`"),
        ({"class_name": "Sequential", "config": 3}, r"\(Sequential\).*`config`"),
        (3, "class_name and a config.*Received: 3"),
        ({"config": {}}, "class_name and a config"),
    ],
)
def test_model(config, message):
    with pytest.raises(LegacyConfigError, match=message) as caught:
        modernize(config, "2.2.4")
    assert isinstance(caught.value, WeightPortError)


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "entry",
    [
        dense(activation=[LONG] * 1000),
        keras2("Dense", LONG, dtype={LONG: {LONG: [LONG] * 9}}),
        {"class_name": LONG, "config": {"name": LONG, "dtype": 3}},
        keras2("Dense", "dense_1", dynamic=LONG),
    ],
)
def test_messages_are_short(entry):
    with pytest.raises(LegacyConfigError) as caught:
        modernize(bare_list(entry), "2.2.4")
    assert len(str(caught.value)) < 2000


def test_name_of_an_unknown_operation_is_short():
    layer = called(keras2("TFOpLambda", "op", function=LONG), "x")
    with pytest.raises(LegacyConfigError) as caught:
        modernize(graph(layer), "2.4.0")
    assert len(str(caught.value)) < 2000


CODE = "4wEAAAAAAAAA"


@pytest.mark.parametrize(
    "config",
    [
        {"function": [CODE, None, None], "function_type": "lambda"},
        {"function": CODE, "function_type": "lambda"},
        {"function": [CODE, None, None], "module": "os"},
        {"function": "system", "function_type": "function", "module": "os"},
        {
            "function": "twice",
            "function_type": "function",
            "output_shape": [CODE, None, None],
            "output_shape_type": "lambda",
        },
    ],
)
def test_code_never_arrives(config):
    """Neither the code of a lambda nor the name of a module is in the new configuration."""
    new = modernize(bare_list(keras2("Lambda", "code", arguments={}, **config)), "2.2.4")
    text = json.dumps(new)
    assert CODE not in text
    assert '"os"' not in text


def test_functions_of_lambdas():
    import torch

    from kerasish.saving import deserialize_keras_object

    function = {"function": [CODE, None, None], "function_type": "lambda", "module": "__main__"}
    by_code = modernize(bare_list(keras2("Lambda", "code", (3,), **function)), "2.2.4")
    with pytest.raises(ValueError, match=r"'code' \(Lambda\).*custom_objects"):
        deserialize_keras_object(by_code)
    named = {"function": "twice", "function_type": "function", "module": "my.module"}
    by_name = modernize(bare_list(keras2("Lambda", "code", (3,), **named)), "2.2.4")
    x = torch.ones(2, 3)
    for config, name in ((by_code, "code"), (by_name, "twice")):
        model = deserialize_keras_object(config, custom_objects={name: lambda x: 2 * x})
        assert torch.equal(model(x), 2 * x)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("float64", "float64"),
        ({"class_name": "Policy", "config": {"name": "float16"}}, "float16"),
        (
            {"class_name": "PolicyV1", "config": {"name": "mixed_float16", "loss_scale": None}},
            "mixed_float16",
        ),
        ({"class_name": "Policy", "config": {"name": "_infer"}}, None),
    ],
)
def test_dtypes(old, new):
    import keras

    config = modernize(bare_list(dense(dtype=old)), "2.2.4-tf")["config"]["layers"][0]["config"]
    layer = keras.layers.Dense.from_config(config)
    assert layer.dtype_policy.name == (new or "float32")


def test_initializers():
    import keras

    def scaling(distribution):
        config = {"scale": 2.0, "mode": "fan_in", "distribution": distribution, "seed": None}
        return {"class_name": "VarianceScaling", "config": config}

    zeros = {"class_name": "Constant", "config": {"value": 1, "dtype": "float32"}}
    old = dense(kernel_initializer=scaling("normal"), bias_initializer=zeros)
    layer = keras.layers.Dense.from_config(
        modernize(bare_list(old), "2.1.0")["config"]["layers"][0]["config"]
    )
    assert layer.kernel_initializer.distribution == "truncated_normal"
    assert layer.bias_initializer.value == 1
    uniform = modernize(bare_list(dense(kernel_initializer=scaling("uniform"))), "2.1.0")
    kept = uniform["config"]["layers"][0]["config"]["kernel_initializer"]["config"]
    assert kept["distribution"] == "uniform"


def test_objects_of_ones_own_are_kept():
    entry = {
        "class_name": "Mine",
        "module": "__main__",
        "registered_name": "mine>Mine",
        "config": {"name": "mine", "layer": 3, "cell": "x", "activation": "hard_sigmoid"},
    }
    new = modernize(bare_list(entry), "2.15.0")["config"]["layers"][0]
    assert new["registered_name"] == "mine>Mine"
    assert new["config"] == {**entry["config"], "activation": "keras2_hard_sigmoid"}
