"""Outputs of real Keras, of kerasish and of torch, compared; causes found by recomputation."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
import torch
from torch import nn

import kerasish
from weight_port.errors import WeightPortError
from weight_port.torch import load_keras_weights
from weight_port.verify import KerasSide, Verdict, compare_outputs, random_inputs
from weight_port.verify.torch_side import TorchSide


def model(lib: Any, recurrent: Any, mask_zero: bool = False, norm: bool = False) -> Any:
    """Embedding, a recurrent layer and the layers behind it."""
    lib_layers = lib.layers
    inputs = lib.Input((None,), dtype="int32", name="tokens")
    x = lib_layers.Embedding(11, 5, mask_zero=mask_zero, name="embedding")(inputs)
    x = recurrent(x)
    if norm:
        x = lib_layers.BatchNormalization(name="norm")(x)
    x = lib_layers.Dense(3, activation="gelu", name="dense")(x)
    return lib.Model(inputs, x)


def randomize(built: Any, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=w.shape) for w in built.weights]
    named = zip(built.weights, values, strict=True)
    built.set_weights([np.abs(v) + 0.1 if "variance" in w.path else v for w, v in named])


def pair(settings_a: dict[str, Any], settings_b: dict[str, Any], cls: str = "GRU", **kwargs: Any):
    """A model of Keras and one of kerasish with the same weights."""
    a = model(keras, getattr(keras.layers, cls)(6, name="rnn", **settings_a), **kwargs)
    b = model(kerasish, getattr(kerasish.layers, cls)(6, name="rnn", **settings_b), **kwargs)
    randomize(a)
    if [w.shape for w in a.get_weights()] == [tuple(w.shape) for w in b.get_weights()]:
        b.set_weights(a.get_weights())
    return a, b


def test_equal_models_agree_in_every_layer() -> None:
    a, b = pair({}, {}, mask_zero=True)
    result = compare_outputs(KerasSide(a), KerasSide(b))
    assert [layer.path for layer in result.layers] == ["embedding", "rnn", "dense"]
    assert result.good
    assert result.first_different is None
    assert not result.only_a
    assert not result.only_b


CHANGES = [
    ("recurrent_activation", "GRU", {}, {"recurrent_activation": "hard_sigmoid"}),
    ("recurrent_activation", "LSTM", {"recurrent_activation": "hard_sigmoid"}, {}),
    ("activation", "LSTM", {}, {"activation": "relu"}),
    ("activation", "SimpleRNN", {"activation": "relu"}, {}),
    ("go_backwards", "GRU", {}, {"go_backwards": True}),
    ("go_backwards", "SimpleRNN", {"go_backwards": True}, {}),
]


@pytest.mark.parametrize(("cause", "cls", "in_a", "in_b"), CHANGES)
def test_a_setting_is_found(cause: str, cls: str, in_a: dict, in_b: dict) -> None:
    a, b = pair(in_a, in_b, cls)
    result = compare_outputs(KerasSide(a), KerasSide(b))
    first = result.first_different
    assert first is not None
    assert (first.path, first.inputs_agree) == ("rnn", True)
    assert [d.hypothesis for d in result.diagnoses] == [cause]


def test_a_mask_that_is_ignored() -> None:
    a, _ = pair({}, {}, mask_zero=True)
    b = model(kerasish, kerasish.layers.GRU(6, name="rnn"))
    b.set_weights(a.get_weights())
    result = compare_outputs(KerasSide(a), KerasSide(b))
    assert [d.hypothesis for d in result.diagnoses] == ["mask_ignored"]


@pytest.mark.parametrize("cls", ["GRU", "LSTM"])
@pytest.mark.parametrize("old_first", [True, False])
def test_hard_sigmoid_of_keras_2_and_of_keras_3(cls: str, old_first: bool) -> None:
    settings = {"recurrent_activation": "hard_sigmoid", "name": "rnn"}
    old = model(tf_keras, getattr(tf_keras.layers, cls)(6, **settings))
    new = model(keras, getattr(keras.layers, cls)(6, **settings))
    randomize(new)
    old.set_weights(new.get_weights())
    a, b = (old, new) if old_first else (new, old)
    (found,) = compare_outputs(KerasSide(a), KerasSide(b)).diagnoses
    assert found.hypothesis == "recurrent_activation"
    words = ["hard_sigmoid of Keras 2", "hard_sigmoid"]
    first, second = words if old_first else reversed(words)
    assert found.sentence == f"The gates of a have the activation {first}, those of b {second}."


def test_reset_after_with_a_bias_of_each_kind() -> None:
    """Their biases have other shapes; without a bias, the weights are equal and the cells not."""
    a = model(keras, keras.layers.GRU(6, name="rnn", use_bias=False))
    b = model(keras, keras.layers.GRU(6, name="rnn", use_bias=False, reset_after=False))
    randomize(a)
    b.set_weights(a.get_weights())
    result = compare_outputs(KerasSide(a), KerasSide(b), names={"rnn": "rnn"})
    assert [d.hypothesis for d in result.diagnoses] == ["reset_after"]
    assert "a has reset_after=True, b False" in result.diagnoses[0].sentence


class Tagger(nn.Module):
    """The torch side: other names, time first, channels first."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(11, 5)
        self.recurrent = nn.GRU(5, 6)
        self.scale = nn.BatchNorm1d(6)
        self.head = nn.Linear(6, 3)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        out, _ = self.recurrent(self.table(tokens).swapaxes(0, 1))
        return nn.functional.gelu(self.head(self.scale(out[-1])), approximate="tanh")


def test_a_torch_module_by_hooks() -> None:
    a = model(keras, keras.layers.GRU(6, name="rnn"), norm=True)
    randomize(a)
    module = Tagger().train()
    for name, target in (("embedding", module.table), ("rnn", module.recurrent)):
        load_keras_weights(target, a.get_layer(name).get_weights())
    load_keras_weights(module.scale, a.get_layer("norm").get_weights())
    load_keras_weights(module.head, a.get_layer("dense").get_weights())
    result = compare_outputs(KerasSide(a), TorchSide(module))
    found = {layer.path: layer for layer in result.layers}
    assert [layer.path_b for layer in result.layers] == ["table", "recurrent", "scale", "head"]
    assert found["embedding"].verdict is Verdict.EQUAL
    assert found["rnn"].verdict.good
    assert found["rnn"].note == "the last step of b was taken"
    # torch's epsilon is another, and the head of the module has no activation inside.
    assert [d.hypothesis for d in result.diagnoses] == ["epsilon", "activation"]
    assert "a has epsilon=0.001, b 1e-05." in result.diagnoses[0].sentence
    assert "a has the activation gelu, b linear." in result.diagnoses[1].sentence
    assert all(inner.training for inner in module.modules())


def test_convolutions_with_the_channels_first() -> None:
    a = keras.Sequential(
        [keras.Input((8, 8, 3), name="image"), keras.layers.Conv2D(4, 3, name="c")]
    )
    module = nn.Sequential(nn.Conv2d(3, 4, 3))
    load_keras_weights(module[0], a.layers[0].get_weights())

    class ChannelsFirst(TorchSide):
        def layer_calls(self, inputs: Any) -> Any:
            return super().layer_calls({n: np.moveaxis(v, -1, 1) for n, v in inputs.items()})

    (layer,) = compare_outputs(KerasSide(a), ChannelsFirst(module)).layers
    assert layer.verdict.good
    assert layer.inputs_agree
    assert layer.note == "the channels of b were moved last"


def test_inputs_fit_the_model() -> None:
    a, _ = pair({}, {}, mask_zero=True)
    specs = KerasSide(a).input_specs()
    (spec,) = specs
    assert (spec.name, spec.shape, spec.below, spec.mask_value) == ("tokens", (None, None), 11, 0.0)
    tokens = random_inputs(specs)["tokens"]
    assert tokens.dtype == np.int32
    assert [np.count_nonzero(row) for row in tokens] == [7, 5, 3, 1]
    assert np.array_equal(tokens, random_inputs(specs)["tokens"])
    assert not np.array_equal(tokens, random_inputs(specs, seed=1)["tokens"])


def test_layers_are_as_before() -> None:
    a, b = pair({}, {})
    before = {id(layer): set(vars(layer)) for layer in a.layers}
    hooks = [len(layer._forward_hooks) for layer in b.layers]
    compare_outputs(KerasSide(a), KerasSide(b))
    assert all(set(vars(layer)) == before[id(layer)] for layer in a.layers)
    assert [len(layer._forward_hooks) for layer in b.layers] == hooks


def test_models_that_have_nothing_in_common() -> None:
    a = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="one")])
    b = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="two")])
    with pytest.raises(WeightPortError, match=r"give names.*Received: layers \['one'\]"):
        compare_outputs(KerasSide(a), KerasSide(b))
    result = compare_outputs(KerasSide(a), KerasSide(b), names={"one": "two"})
    assert result.layers[0].verdict is Verdict.SHAPE
    with pytest.raises(WeightPortError, match=r"Received: \['x'\] for a"):
        compare_outputs(KerasSide(a), KerasSide(b), names={"x": "two"})
