"""Configurations of models: subclasses, custom objects, old and hostile ones."""

import inspect
import json

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import Model, layers
from kerasish.models import model_from_json
from tests.kerasish.model_checker import assert_same, build_both, random_weights
from tests.kerasish.model_zoo import MODELS, SEQUENCES, TOKENS, VECTORS, encoder_decoder, nested


@pytest.fixture(autouse=True)
def clean_registry():
    kerasish.utils.clear_session()
    before = dict(kerasish.utils.get_custom_objects())
    yield
    kerasish.utils.get_custom_objects().clear()
    kerasish.utils.get_custom_objects().update(before)


def test_direct_round_trip_keeps_tuples():
    make = next(make for make in MODELS if make.__name__ == "tuples")
    model = make(kerasish)
    again = Model.from_config(model.get_config())
    assert isinstance(again, kerasish.Functional)
    assert isinstance(again.output, tuple)
    again.set_weights(model.get_weights())
    assert_same(again(MODELS[make]), model(MODELS[make]))


@pytest.mark.parametrize("make", [nested, encoder_decoder])
def test_configurations_change_hands_directly(make):
    theirs, ours = build_both(make)
    x = MODELS[make]
    one = Model.from_config(theirs.get_config())
    two = keras.Model.from_config(ours.get_config())
    for model in (one, two):
        model.set_weights(theirs.get_weights())
    assert_same(one([torch.tensor(v) for v in x]), two(x))


def test_a_saved_model_is_a_functional_of_keras():
    config = json.loads(nested(kerasish).to_json())
    assert (config["class_name"], config["module"]) == ("Functional", "keras.src.models.functional")
    inner = next(one for one in config["config"]["layers"] if one["name"] == "body")
    assert (inner["class_name"], inner["module"]) == ("Functional", "keras.src.models.functional")


def test_json_options_are_those_of_json():
    text = nested(kerasish).to_json(indent=2)
    assert "\n  " in text
    assert json.loads(text) == json.loads(nested_again())


def nested_again():
    kerasish.utils.clear_session()
    return nested(kerasish).to_json()


def functional_subclass(n):
    @n.utils.register_keras_serializable("tests")
    class Custom(n.Model):
        pass

    inputs = n.Input((3,))
    return Custom(inputs, n.layers.Dense(2)(inputs), name="custom")


def test_a_subclass_with_functional_constructor_keeps_its_class():
    theirs, ours = build_both(functional_subclass)
    one, two = json.loads(theirs.to_json()), json.loads(ours.to_json())
    assert two["registered_name"] == one["registered_name"] == "tests>Custom"
    assert two["class_name"] == one["class_name"] == "Custom"
    read = model_from_json(ours.to_json())
    assert type(read).__name__ == "Custom"
    assert isinstance(read, kerasish.Functional)
    read.set_weights(ours.get_weights())
    assert_same(read(VECTORS), ours(VECTORS))
    assert isinstance(model_from_json(ours.to_json()), type(read).__mro__[1])


def test_a_subclass_is_described_by_its_arguments():
    @kerasish.utils.register_keras_serializable("tests")
    class Classifier(Model):
        def __init__(self, units, activation="relu", **kwargs):
            super().__init__(**kwargs)
            self.hidden = layers.Dense(units, activation=activation)
            self.head = layers.Dense(2)

        def call(self, inputs):
            return self.head(self.hidden(inputs))

    model = Classifier(4, activation="tanh", name="classifier")
    model(VECTORS)
    read = model_from_json(model.to_json())
    assert (read.name, read.hidden.units) == ("classifier", 4)
    read(VECTORS)
    read.set_weights(model.get_weights())
    assert_same(read(VECTORS), model(VECTORS))


def test_a_subclass_that_describes_its_graph_is_described_by_its_arguments():
    @kerasish.utils.register_keras_serializable("tests")
    class Tagger(Model):
        def __init__(self, units, **kwargs):
            inputs = kerasish.Input((8, 2))
            super().__init__(inputs=inputs, outputs=layers.LSTM(units)(inputs), **kwargs)

    model = Tagger(4, name="tagger")
    assert model.get_config()["units"] == 4
    read = model_from_json(model.to_json())
    assert type(read).__name__ == "Tagger"
    read.set_weights(model.get_weights())
    assert_same(read(SEQUENCES), model(SEQUENCES))


def test_a_subclass_that_nobody_registered_is_refused():
    class Unknown(Model):
        pass

    inputs = kerasish.Input((3,))
    text = Unknown(inputs, layers.Dense(2)(inputs)).to_json()
    with pytest.raises(TypeError, match="no class 'Unknown'"):
        model_from_json(text)
    assert isinstance(model_from_json(text, custom_objects={"Unknown": Unknown}), Unknown)


def test_custom_layers_inside():
    class Double(layers.Layer):
        def call(self, inputs):
            return 2 * inputs

    inputs = kerasish.Input((3,))
    model = Model(inputs, Double()(inputs))
    with pytest.raises(TypeError, match="no class 'Double'"):
        model_from_json(model.to_json())
    with kerasish.utils.custom_object_scope({"Double": Double}):
        read = model_from_json(model.to_json())
    np.testing.assert_array_equal(read(VECTORS), 2 * VECTORS)


def test_training_flags():
    """Keras writes out the default; a flag that was given stays."""

    def make(n):
        inputs = n.Input((3,))
        dropout = n.layers.Dropout(0.5)
        return n.Model(inputs, [dropout(inputs), dropout(inputs, training=True)])

    text = make(keras).to_json()
    assert text.count('"training": false') == 1
    read = model_from_json(text)
    x = torch.ones(200, 3)
    inactive, always = read(x)
    assert torch.equal(inactive, x)
    assert not torch.equal(always, x)
    assert not torch.equal(read(x, training=True)[0], x)


def masked_branches(n):
    """Masks made in all ways, joined in both."""
    tokens, vectors = n.Input((4,), dtype="int32"), n.Input((4, 2))
    a = n.layers.Embedding(6, 3, mask_zero=True)(tokens)
    b = n.layers.Masking()(vectors)
    joined = n.layers.Concatenate()([a, b])
    added = n.layers.Add()([a, n.layers.Dense(3)(b)])
    rnn = n.layers.Bidirectional(n.layers.GRU(2, return_sequences=True))
    return n.Model([tokens, vectors], [n.layers.LSTM(2)(joined), n.layers.LSTM(2)(rnn(added))])


def test_keras_writes_the_steps_that_compute_masks():
    theirs = masked_branches(keras)
    theirs.set_weights(random_weights(theirs))
    tokens = TOKENS.astype("int32")
    x = [tokens, np.random.default_rng(0).normal(size=(len(tokens), 4, 2)).astype("float32")]
    x[1][0, 2:] = x[1][1, :1] = 0
    read = model_from_json(theirs.to_json())
    read.set_weights(theirs.get_weights())
    assert_same(read([torch.tensor(v) for v in x]), theirs(x))
    # And once more through a configuration of ours, which has the steps, too.
    again = model_from_json(read.to_json())
    again.set_weights(theirs.get_weights())
    assert_same(again([torch.tensor(v) for v in x]), theirs(x))


def test_explicit_masks():
    def make(n):
        steps, tokens = n.Input((4, 2)), n.Input((4,), dtype="int32")
        return n.Model([steps, tokens], n.layers.LSTM(3)(steps, mask=tokens > 0))

    theirs, ours = build_both(make)
    x = [
        np.random.default_rng(0).normal(size=(4, 4, 2)).astype("float32"),
        TOKENS[:4].astype("int32"),
    ]
    assert_same(ours([torch.tensor(v) for v in x]), theirs(x))
    read = model_from_json(theirs.to_json())
    read.set_weights(theirs.get_weights())
    assert_same(read([torch.tensor(v) for v in x]), theirs(x))


def keras_2_config():
    """A configuration as Keras 2 wrote it, without modules."""
    dense = {"name": "dense", "trainable": True, "dtype": "float32", "units": 2}
    return {
        "class_name": "Functional",
        "config": {
            "name": "model",
            "layers": [
                {
                    "class_name": "InputLayer",
                    "config": {"batch_input_shape": [None, 3], "dtype": "float32", "name": "x"},
                    "name": "x",
                    "inbound_nodes": [],
                },
                {
                    "class_name": "Dense",
                    "config": dense,
                    "name": "dense",
                    "inbound_nodes": [[["x", 0, 0, {}]]],
                },
                {
                    "class_name": "Concatenate",
                    "config": {"name": "join", "axis": -1},
                    "name": "join",
                    "inbound_nodes": [[["x", 0, 0, {}], ["dense", 0, 0, {}]]],
                },
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["join", 0, 0]],
        },
    }


def test_keras_2():
    theirs = keras.models.Model.from_config(keras_2_config()["config"])
    ours = model_from_json(json.dumps(keras_2_config()))
    weights = random_weights(theirs)
    theirs.set_weights(weights)
    ours.set_weights(weights)
    assert_same(ours([torch.tensor(VECTORS)]), theirs([VECTORS]))


def deep_models(depth):
    config = json.loads(nested_sequential(1).to_json())
    for _ in range(depth):
        config = {**config, "config": {**config["config"], "layers": [config]}}
    return json.dumps(config)


def nested_sequential(depth):
    model = kerasish.Sequential([kerasish.Input((3,)), layers.Dense(2)])
    for _ in range(depth):
        model = kerasish.Sequential([model])
    return model


def changed(**changes):
    config = json.loads(encoder_decoder(kerasish).to_json())
    config["config"].update(changes)
    return json.dumps(config)


def with_call(args):
    config = json.loads(encoder_decoder(kerasish).to_json())
    config["config"]["layers"][-1]["inbound_nodes"] = [{"args": args, "kwargs": {}}]
    return json.dumps(config)


def symbol(*address):
    inner = {"shape": [None, 4, 5], "dtype": "float32", "keras_history": list(address)}
    return {"class_name": "__keras_tensor__", "config": inner}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lambda: "[" * 100_000, "not .*Received: '\\[\\["),
        (lambda: '{"a":' * 100_000 + "1" + "}" * 100_000, 'Received: \'{"a"'),
        (lambda: deep_models(300), "levels deep"),
        (lambda: deep_models(45), "levels deep"),
        (
            lambda: changed(input_layers=[[[["x"] * 3]] * 1]),
            r"addressed by \[layer, call, output\]",
        ),
        (lambda: with_call([[[[1]]] * 2]), "can't be|Received"),
        (lambda: "no json", "Received: 'no json'"),
        (lambda: None, "Received: None"),
        (lambda: "[1, 2]", "a class_name and a config"),
        (lambda: "{}", "a class_name and a config"),
        (lambda: changed(layers={}), "has the parts"),
        (lambda: changed(layers=[3]), "has a name"),
        (lambda: changed(output_layers=[["nobody", 0, 0]]), "addressed by .*'nobody'"),
        (lambda: changed(output_layers=[["head", "0", 0]]), "Received: .*'0'"),
        (lambda: changed(output_layers=[["head", 7, 0]]), "Received"),
        (lambda: changed(output_layers=[["head", 0, 5]]), r"has 1 outputs.*\['head', 0, 5\]"),
        (lambda: changed(output_layers=[["head", -1, 0]]), "Received"),
        (lambda: with_call([symbol("head", 0, 0)]), r"whose inputs no call makes.*\['head'\]"),
        (lambda: with_call([symbol("nobody", 0, 0)]), "addressed by .*'nobody'"),
        (lambda: with_call([{"class_name": "__keras_tensor__", "config": 3}]), "Received"),
    ],
)
def test_hostile_texts(text, message):
    text = text()
    with pytest.raises(ValueError, match=message):
        model_from_json(text)


def test_from_config_checks_the_depth_too():
    config = json.loads(changed())["config"]
    deep = "x"
    for _ in range(5000):
        deep = [deep]
    config["input_layers"] = deep
    with pytest.raises(ValueError, match=r"levels deep"):
        Model.from_config(config)


def test_signatures():
    for name in ("to_json", "from_config", "get_config"):
        ours = inspect.signature(getattr(Model, name)).parameters
        theirs = inspect.signature(getattr(keras.Model, name)).parameters
        assert list(ours) == list(theirs)
    ours = inspect.signature(model_from_json).parameters
    assert list(ours) == list(inspect.signature(keras.models.model_from_json).parameters)
