"""The text of `summary` against Keras's."""

import random
import sys

import keras
import pytest

import kerasish
from tests.kerasish.model_checker import build_both
from tests.kerasish.model_zoo import MODELS


def text_of(model, **arguments):
    parts = []
    model.summary(print_fn=parts.append, **arguments)
    return "".join(parts)


# Keras lists the steps that compute masks, which here travel on the tensors.
WITHOUT_MASKS = [m for m in MODELS if "masked" not in m.__name__ and m.__name__ != "attention"]


@pytest.mark.parametrize("make", WITHOUT_MASKS, ids=lambda make: make.__name__)
def test_text(make):
    theirs, ours = build_both(make)
    for arguments in (
        {},
        {"show_trainable": True},
        {"expand_nested": True},
        {"line_length": 130, "show_trainable": True, "expand_nested": True},
        {"line_length": 60},
    ):
        assert text_of(ours, **arguments) == text_of(theirs, **arguments), arguments


def unbuilt(n):
    return n.Sequential([n.layers.LSTM(3), n.layers.Dense(2)])


def empty(n):
    return n.Sequential(name="[nothing]")


def partly_built(n):
    class Branches(n.Model):
        def __init__(self):
            super().__init__()
            self.rnn = n.layers.GRU(3)
            self.other = n.layers.Dense(2)

        def call(self, inputs):
            return self.rnn(inputs)

    model = Branches()
    model.rnn.build((None, 8, 2))
    return model


def large(n):
    inputs = n.Input((None, 300))
    x = n.layers.Bidirectional(n.layers.LSTM(512, return_sequences=True))(inputs)
    return n.Model(inputs, n.layers.Dense(1000, dtype="float64")(x), name="large_model")


@pytest.mark.parametrize("make", [unbuilt, empty, partly_built, large])
def test_text_of_other_models(make):
    made = []
    for n in (keras, kerasish):
        n.utils.clear_session()
        made.append(text_of(make(n)))
    assert made[1] == made[0]


def test_numbers():
    def make(n):
        return n.Sequential([n.Input((8, 2)), n.layers.LSTM(3)])

    _, ours = build_both(make)
    text = text_of(ours)
    assert " Total params: 72 (288.00 B)" in text
    assert " Non-trainable params: 0 (0.00 B)" in text


def layers(n):
    inputs = n.Input((3,), name="x")
    x = inputs
    for name in ("first", "second", "third", "fourth"):
        x = n.layers.Dense(3, name=name)(x)
    return n.Model(inputs, x)


@pytest.mark.parametrize("names", [("second", "third"), ("f", "f"), ["third", "second"]])
def test_a_range_of_layers(names):
    theirs, ours = build_both(layers)
    assert text_of(ours, layer_range=names) == text_of(theirs, layer_range=names)
    assert "second" in text_of(ours, layer_range=names)


def test_positions():
    theirs, ours = build_both(layers)
    arguments = {"line_length": 70, "positions": [0.2, 0.8, 1.0]}
    assert text_of(ours, **arguments) == text_of(theirs, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"line_length": 8}, "Received: line_length=8"),
        ({"positions": [0.5, 1.0]}, r"Received: positions=\[0.5, 1.0\]"),
        ({"layer_range": ("first", "fifth")}, r"\['x', 'first', .*Received: .*'fifth'"),
        ({"layer_range": ("first",)}, "Received: layer_range="),
        ({"layer_range": (1, 2)}, "Received: layer_range="),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers(kerasish).summary(**arguments)


def test_it_is_printed(capsys):
    _, ours = build_both(layers)
    ours.summary()
    assert capsys.readouterr().out == text_of(ours)


def test_the_seeds_of_later_layers_stay(monkeypatch):
    """Rich draws a number when it is imported, which happens here when it is first needed."""
    _, ours = build_both(layers)
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    before = random.getstate()
    text_of(ours)
    assert "rich.style" in sys.modules
    assert random.getstate() == before
