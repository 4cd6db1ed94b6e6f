"""Models of tf-keras and the models made from their configurations compute the same."""

import json

import keras
import pytest
import tf_keras

from kerasish import layers
from tests.golden.architectures import ARCHITECTURES
from tests.golden.index import layer_classes
from tests.weight_port.legacy_config.running import check_same, configs_of
from weight_port.legacy_config import modernize


def make(name):
    tf_keras.backend.clear_session()
    return ARCHITECTURES[name](tf_keras)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.filterwarnings("ignore")
def test_model(name, tmp_path):
    theirs = make(name)
    for form, config in configs_of(theirs, tmp_path).items():
        before = json.dumps(config)
        if set(layer_classes(config)) <= set(layers.__all__):
            ours = check_same(theirs, config)
            assert ours.name == theirs.name, form
            names = [one.name for one in theirs.layers]
            assert {one.name for one in ours.layers} >= set(names) - input_names(theirs), form
        else:
            check_layers_in_keras3(config)
        assert json.dumps(config) == before, "changed its argument"


def input_names(model):
    return {one.name for one in model.layers if type(one).__name__ == "InputLayer"}


def check_layers_in_keras3(config):
    """Real Keras 3 makes every layer from the new configuration."""
    made = 0
    for entry in modernize(config, tf_keras.__version__)["config"]["layers"]:
        cls = getattr(keras.layers, entry["class_name"])
        assert cls.from_config(entry["config"]).name == entry["config"]["name"]
        made += 1
    assert made > 2


def test_batch_normalization_and_layer_normalization_keep_their_axis():
    model = tf_keras.Sequential(
        [
            tf_keras.Input((4, 3)),
            tf_keras.layers.BatchNormalization(axis=1),
            tf_keras.layers.LayerNormalization(axis=1),
        ]
    )
    _, first, second = modernize(json.loads(model.to_json()))["config"]["layers"]
    assert keras.layers.BatchNormalization.from_config(first["config"]).axis == 1
    assert keras.layers.LayerNormalization.from_config(second["config"]).axis in (1, [1])


@pytest.mark.parametrize(
    "layer",
    [
        tf_keras.layers.LeakyReLU(0.3),
        tf_keras.layers.ThresholdedReLU(0.7),
        tf_keras.layers.ReLU(2.0, 0.1, 0.5),
        tf_keras.layers.ELU(0.7),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_activation_layers_in_keras3(layer):
    import numpy as np

    model = tf_keras.Sequential([tf_keras.Input((4,)), layer])
    x = np.linspace(-3, 3, 24, dtype="float32").reshape(6, 4)
    x[0, 0] = 0.7
    entry = modernize(json.loads(model.to_json()))["config"]["layers"][-1]
    new = getattr(keras.layers, entry["class_name"]).from_config(entry["config"])
    np.testing.assert_allclose(np.asarray(new(x)), np.asarray(layer(x)), rtol=1e-6, atol=1e-6)


def test_models_called_twice_and_models_within_models():
    """Old Keras counts the calls of a model from 1, if it knew its input when it was made."""
    tf_keras.backend.clear_session()
    k = tf_keras

    def known(name):
        return k.Sequential([k.Input((3,)), k.layers.Dense(3, activation="tanh")], name=name)

    def unknown(name):
        return k.Sequential([k.layers.Dense(3, activation="elu")], name=name)

    a = k.Input((3,), name="a")
    inner = k.Model(a, known("first")(unknown("second")(a)), name="inner")
    x, y = k.Input((3,), name="x"), k.Input((3,), name="y")
    third, fourth = known("third"), unknown("fourth")
    left, right = inner(x), inner(y)
    outputs = [k.layers.Subtract()([left, right]), third(left), fourth(right), inner(third(right))]
    outputs += [fourth(x), third(fourth(y))]
    model = k.Model([x, y], outputs)
    check_same(model, json.loads(model.to_json()))


def test_structures_and_call_arguments():
    tf_keras.backend.clear_session()
    k = tf_keras
    x, mask_of = k.Input((5, 3), name="masked"), k.Input((5, 3), name="other")
    states = k.layers.LSTM(4, return_state=True)(k.layers.Masking()(x))
    dropped = k.layers.Dropout(0.9)(mask_of, training=False)
    y = k.layers.LSTM(4, return_sequences=True)(dropped, initial_state=states[1:])
    model = k.Model({"x": x, "other": mask_of}, {"y": y, "h": states[1]})
    import numpy as np
    import torch

    from tests.golden.architectures import randomize
    from tests.weight_port.legacy_config.running import built

    randomize(model)
    ours = built(json.loads(model.to_json()))
    ours.set_weights(model.get_weights())
    rng = np.random.default_rng(0)
    given = {key: rng.normal(size=(2, 5, 3)).astype("float32") for key in ("x", "other")}
    given["x"][0, 3:] = 0
    expected = model(given)
    result = ours({key: torch.as_tensor(value) for key, value in given.items()})
    assert set(result) == set(expected) == {"y", "h"}
    for key, value in expected.items():
        np.testing.assert_allclose(result[key].detach().numpy(), value, rtol=1e-5, atol=1e-6)
