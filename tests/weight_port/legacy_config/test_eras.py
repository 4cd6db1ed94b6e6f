"""What an absent argument meant, by the version of Keras that wrote the file."""

import json

import pytest

from tests.golden.old_configs import bare_list, keras2_recurrent
from weight_port.legacy_config import KERAS2_HARD_SIGMOID, LegacyConfigError, modernize

HARD = KERAS2_HARD_SIGMOID


def layer(class_name, *absent, **more):
    entry = keras2_recurrent(class_name, "layer_1", 4, batch_input_shape=[None, 5, 3], **more)
    for key in absent:
        entry["config"].pop(key, None)
    return entry


def modern(entry, version):
    return modernize(bare_list(entry), version)["config"]["layers"][0]["config"]


@pytest.mark.parametrize(
    ("class_name", "version", "expected"),
    [
        ("LSTM", "2.0.8", HARD),
        ("LSTM", "2.2.5", HARD),
        ("GRU", "2.2.4", HARD),
        ("LSTM", "2.2.4-tf", HARD),
        ("LSTM", "2.3.0", "sigmoid"),
        ("GRU", "2.3.1", "sigmoid"),
        ("LSTM", "2.3.0-tf", "sigmoid"),
        ("GRUCell", "2.15.0", "sigmoid"),
        ("LSTMCell", "2.2.0", HARD),
        ("ConvLSTM2D", "2.2.4", HARD),
        ("ConvLSTM2D", "2.3.1", HARD),
        ("ConvLSTM2D", "2.15.0", HARD),
    ],
)
def test_default_of_the_gates(class_name, version, expected):
    entry = layer(class_name, "recurrent_activation", "implementation")
    assert modern(entry, version)["recurrent_activation"] == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.0.6", False),
        ("2.2.4", False),
        ("2.3.1", False),
        ("2.2.4-tf", False),
        ("2.3.0-tf", True),
        ("2.4.0", True),
        ("2.11.0", True),
    ],
)
@pytest.mark.parametrize("class_name", ["GRU", "GRUCell"])
def test_default_of_the_reset_gate(class_name, version, expected):
    assert modern(layer(class_name, "reset_after"), version)["reset_after"] is expected


@pytest.mark.parametrize("class_name", ["LSTM", "GRU", "ConvLSTM3D", "SimpleRNN"])
def test_what_is_given_stays(class_name):
    given = {"recurrent_activation": "relu", "reset_after": True}
    found = modern(layer(class_name, **given), "2.1.0")
    assert {key: found[key] for key in given} == given


def test_defaults_are_those_of_tf_keras():
    """The newest tf-keras, whose constructors tell their defaults."""
    import inspect

    import tf_keras

    for name in ("LSTM", "GRU", "LSTMCell", "GRUCell", "ConvLSTM1D", "ConvLSTM2D"):
        parameters = inspect.signature(getattr(tf_keras.layers, name)).parameters
        default = parameters["recurrent_activation"].default
        entry = layer(name, "recurrent_activation", "reset_after", "implementation")
        found = modern(entry, tf_keras.__version__)
        assert found["recurrent_activation"] == {"hard_sigmoid": HARD}.get(default, default), name
        if "reset_after" in parameters:
            assert found["reset_after"] is parameters["reset_after"].default


def test_version_that_is_needed_and_not_known():
    entry = layer("GRU", "recurrent_activation")
    with pytest.raises(LegacyConfigError, match=r"'layer_1' \(GRU\).*recurrent_activation.*keras_"):
        modernize(bare_list(entry))
    config = {**bare_list(entry), "keras_version": "2.2.4"}
    found = modernize(config)["config"]["layers"][0]["config"]
    assert found["recurrent_activation"] == HARD


@pytest.mark.parametrize("version", ["", "two", 2, ["2.2.4"], "2.2.4 or so", "9999.0"])
def test_not_a_version(version):
    with pytest.raises(LegacyConfigError, match="version of Keras"):
        modernize(bare_list(layer("LSTM")), version)


def test_keras3_stays_as_it_is():
    import keras

    x = keras.Input((5, 3))
    model = keras.Model(x, keras.layers.LSTM(4, recurrent_activation="hard_sigmoid")(x))
    config = json.loads(model.to_json())
    for version in (keras.__version__, None):
        assert modernize(config, version) == config
    assert modernize(config, keras.__version__) is not config


@pytest.mark.parametrize("class_name", ["CuDNNLSTM", "CuDNNGRU"])
@pytest.mark.parametrize("version", ["2.1.6", "2.2.4-tf", None])
def test_layers_of_cudnn(class_name, version):
    entry = layer(class_name, time_major=False)
    new = modernize(bare_list(entry), version)["config"]["layers"][0]
    assert new["class_name"] == class_name.removeprefix("CuDNN")
    expected = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}
    if class_name == "CuDNNGRU":
        expected["reset_after"] = True
    assert {key: new["config"].get(key) for key in expected} == expected
    assert "time_major" not in new["config"]
