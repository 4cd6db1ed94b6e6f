"""What can't be ejected is said, all of it, before a file is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import kerasish
from kerasish import layers
from kerasish.eject import EjectError, NoEquivalentError, eject, layer_writer
from kerasish.eject import eject as eject_function
from kerasish.eject.registry import LAYERS
from tests.kerasish.eject.ejecting import build, eject_to


class Doubled(layers.Layer):
    def call(self, inputs):
        return inputs * 2


class Counted(layers.Layer):
    """Looks at values, so that its code can't be followed."""

    def call(self, inputs):
        return inputs * int(inputs.detach().sum())

    def compute_output_shape(self, input_shape):
        return input_shape


class Noisy(layers.Layer):
    def call(self, inputs, training=False):
        return inputs + torch.randn_like(inputs) if training else inputs * 1.0


def sequence(layer, **kwargs):
    x = kerasish.Input(batch_shape=(2, 5, 3))
    return kerasish.Model(x, layer(x, **kwargs))


def odd_hook():
    model = sequence(layers.Dense(2))
    model.layers[-1].register_forward_hook(lambda *_: None)
    return model


def shared_across():
    dense = layers.Dense(3)
    start = kerasish.Input((3,))
    inner = kerasish.Model(start, dense(start))
    x = kerasish.Input((3,))
    return kerasish.Model(x, inner(dense(x)))


def masked_and_not():
    start = kerasish.Input((None, 3))
    inner = kerasish.Model(start, layers.LSTM(2)(start), name="inner")
    x = kerasish.Input((None, 3))
    return kerasish.Model(x, [inner(x), inner(layers.Masking()(x))])


def edited_graph():
    model = sequence(layers.Dense(2))
    graph = model.graph
    output = next(node for node in graph.nodes if node.op == "output")
    with graph.inserting_before(output):
        output.args = (graph.call_function(torch.relu, (output.args[0],)),)
    model.recompile()
    return model


REFUSED = {
    "stateful": (lambda: sequence(layers.LSTM(2, stateful=True)), "stateful=True"),
    "conv_lstm": (
        lambda: kerasish.Model(
            x := kerasish.Input((3, 6, 2)), layers.ConvLSTM1D(3, 2, padding="same")(x)
        ),
        "ConvLSTM1D.*no plain PyTorch",
    ),
    "own_layer": (
        lambda: sequence(Counted()),
        "'counted' .Counted.: its code can't be followed .TypeError: A KerasTensor is a symbol",
    ),
    "own_training": (lambda: sequence(Noisy()), "computes something else in training"),
    "own_activation": (
        lambda: sequence(layers.Dense(2, activation=lambda x: x.sin())),
        "has the activation <lambda>",
    ),
    "own_function": (
        lambda: sequence(layers.Lambda(lambda x: torch.vmap(torch.sin)(x), output_shape=(5, 3))),
        "'lambda' .Lambda.: its code can't be followed",
    ),
    "own_module": (
        lambda: sequence(layers.Activation(torch.nn.Threshold(0.1, 0.0))),
        "has the activation Threshold",
    ),
    "training": (lambda: sequence(layers.Dropout(0.5), training=True), "training=True"),
    "mixed": (
        lambda: kerasish.Sequential(
            [kerasish.Input((3,)), layers.Dense(2), layers.Dense(2, dtype="float64")]
        ),
        "computes in float64 with weights in float64, in a model of float32",
    ),
    "axes": (lambda: sequence(layers.LayerNormalization(axis=1)), "normalizes the axes"),
    "noise_shape": (lambda: sequence(layers.Dropout(0.5, noise_shape=(2, 5, 1))), "noise_shape"),
    "softmax": (
        lambda: sequence(layers.Softmax(axis=(1, 2))),
        "softmax over the axes",
    ),
    "renorm": (lambda: sequence(layers.BatchNormalization(renorm=True)), "has renorm"),
    "bicubic": (
        lambda: kerasish.Model(
            x := kerasish.Input((3, 6, 2)), layers.UpSampling2D(interpolation="bicubic")(x)
        ),
        "interpolates as 'bicubic'",
    ),
    "gate": (
        lambda: kerasish.Model(
            x := kerasish.Input((3, 6)), layers.MultiHeadAttention(2, 3, use_gate=True)(x, x)
        ),
        "has use_gate",
    ),
    "hook": (odd_hook, "has hooks"),
    "shared": (shared_across, "used by a model inside and around it"),
    "masks": (masked_and_not, "once with a mask and once without"),
    "graph": (edited_graph, "torch.fx graph that was edited"),
    "optional": (
        lambda: kerasish.Model(
            [a := kerasish.Input((3,)), kerasish.Input((3,), optional=True, name="more")], a * 2
        ),
        "input 'more': is optional",
    ),
    "structure": (
        lambda: kerasish.Model(x := kerasish.Input((3,)), {"a": [x * 2, x * 3]}),
        "structures within structures",
    ),
    "unbuilt": (lambda: kerasish.Sequential([layers.Dense(2)]), "not built"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str, tmp_path: Path) -> None:
    make, message = REFUSED[name]
    model = build(make) if name not in ("hook", "graph", "unbuilt") else make()
    with pytest.raises(EjectError, match=message) as error:
        eject(model, tmp_path / "model.py")
    assert "Received: " in str(error.value)
    assert not list(tmp_path.iterdir())


def test_all_obstacles_are_listed_at_once(tmp_path: Path) -> None:
    x = kerasish.Input(batch_shape=(2, 5, 3))
    y = layers.LSTM(4, stateful=True, return_sequences=True, name="memory")(x)
    y = Counted(name="count")(y)
    model = kerasish.Model(x, layers.Dense(2, activation=lambda t: t.sin(), name="wave")(y))
    with pytest.raises(EjectError, match="nothing was written") as error:
        eject(model, tmp_path / "model.py")
    listed = str(error.value).splitlines()[1:-1]
    assert [line.split("'")[1] for line in listed] == ["memory", "count", "wave"]
    assert all("; " in line for line in listed)  # what to do


def test_a_writer_of_ones_own(tmp_path: Path) -> None:
    def write(scope, layer, inputs):
        x = scope.last(inputs)
        return scope.assign(f"{x} * 2", x.shape, x.dtype)

    layer_writer(Doubled)(write)
    try:
        pair = eject_to(sequence(Doubled()), tmp_path / "model.py")
        assert "return x * 2  # (batch, 5, 3)" in pair.code.read_text()
        with pytest.raises(ValueError, match="has an entry for this class of layers"):
            layer_writer(Doubled)(write)
    finally:
        del LAYERS._table[Doubled]


def test_a_subclass_of_model_is_refused(tmp_path: Path) -> None:
    class Own(kerasish.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(EjectError, match="a subclass of Model is PyTorch code already"):
        eject(Own(), tmp_path / "model.py")


def test_existing_files_are_kept(tmp_path: Path) -> None:
    model = build(lambda: sequence(layers.Dense(2)))
    (tmp_path / "model.safetensors").write_text("mine")
    with pytest.raises(FileExistsError, match=r"model.safetensors"):
        eject(model, tmp_path / "model.py")
    assert [one.name for one in tmp_path.iterdir()] == ["model.safetensors"]
    eject(model, tmp_path / "model.py", overwrite=True)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["my-model.py", "model.txt", "1.py", "torch.py", "class.py"])
def test_names_of_files(name: str, tmp_path: Path) -> None:
    with pytest.raises(EjectError, match="needs the name of a Python module"):
        eject(build(lambda: sequence(layers.Dense(2))), tmp_path / name)


@pytest.mark.parametrize("name", ["Word Model", "class", "Recurrence", "torch"])
def test_names_of_classes(name: str, tmp_path: Path) -> None:
    with pytest.raises(EjectError, match="class_name is a name for a class"):
        eject(build(lambda: sequence(layers.Dense(2))), tmp_path / "m.py", class_name=name)


def test_a_model_named_like_a_helper(tmp_path: Path) -> None:
    x = kerasish.Input((4, 3))
    model = kerasish.Model(x, layers.GRU(2, reset_after=False)(x), name="recurrence")
    pair = eject_to(build(lambda: model), tmp_path / "model.py")
    assert type(pair.module).__name__ == "Recurrence2"


def test_names_in_a_file_are_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The generated file is run, and a model file may come from anybody."""
    monkeypatch.chdir(tmp_path)
    evil = '"""\nopen("here", "w")\n"""\\'
    x = kerasish.Input((4, 4, 3), name=evil + "input")
    y = layers.RandomFlip(name=evil + "flip")(x)
    y = layers.Conv2D(2, 3, name=evil + "layer")(y)
    inner = kerasish.Sequential([kerasish.Input((2, 2, 2)), layers.Flatten()], name=evil + "inner")
    model = kerasish.Model(x, {evil: inner(y)}, name=evil)
    pair = eject_to(build(lambda: model), tmp_path / "model.py")
    assert not (tmp_path / "here").exists()
    (found,) = pair.module(torch.zeros(1, 4, 4, 3))
    assert found == evil


def test_wrong_code_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a writer be wrong, nothing is written."""

    def wrong(scope, layer, inputs):
        return scope.assign(f"{scope.last(inputs)} * 1.001", inputs.shape, inputs.dtype)

    monkeypatch.setitem(LAYERS._table, layers.ReLU, wrong)
    with pytest.raises(EjectError, match=r"computes something else(.|\n)*largest difference of"):
        eject_function(build(lambda: sequence(layers.ReLU())), tmp_path / "model.py")
    assert not list(tmp_path.iterdir())


def test_an_error_without_equivalent_names_what_to_do() -> None:
    error = NoEquivalentError("has a", "use b")
    assert (error.why, error.advice, str(error)) == ("has a", "use b", "has a: use b")
