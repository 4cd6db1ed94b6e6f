"""Weights moved between real Keras, kerasish and torch: the outputs are the same afterwards."""

import json
from collections import OrderedDict

import keras
import numpy as np
import pytest
import tf_keras
import torch
from torch import nn

import kerasish
from tests.weight_port.porting.zoo import (
    TextModule,
    assert_same_outputs,
    outputs_of,
    randomize,
    text_model,
)
from weight_port import port
from weight_port.errors import FileFormatError
from weight_port.porting import PortError, UnmatchedError

MAKERS = {
    "keras": lambda: text_model(keras),
    "kerasish": lambda: text_model(kerasish),
    "torch": TextModule,
    "tf_keras": lambda: text_model(tf_keras),
    "keras_renamed": lambda: text_model(keras, ("a", "b", "c", "d", "e")),
}


@pytest.mark.parametrize("target", MAKERS)
@pytest.mark.parametrize("source", MAKERS)
def test_every_direction(source, target):
    first, second = randomize(MAKERS[source](), 1), randomize(MAKERS[target](), 2)
    assert not np.allclose(outputs_of(first), outputs_of(second))
    report = port(first, second)
    assert_same_outputs(first, second)
    assert report.complete
    named = source == target or {source, target} <= {"keras", "kerasish", "tf_keras"}
    assert {entry.how for entry in report.entries} == ({"name"} if named else {"order"})
    assert len(report.entries) == 6
    json.dumps(report.to_dict())
    for entry in report.entries:
        assert entry.target in str(report)


@pytest.mark.parametrize("other", ["keras", "kerasish", "torch"])
def test_a_state_dict_is_a_source_and_a_target(other):
    module, model = randomize(TextModule(), 1), randomize(MAKERS[other](), 2)
    port(module.state_dict(), model)
    assert_same_outputs(module, model)
    state = randomize(TextModule(), 3).state_dict()
    port(model, state)
    loaded = TextModule()
    loaded.load_state_dict(state)
    assert_same_outputs(loaded, model)


@pytest.mark.parametrize("ending", ["safetensors", "pt", "npz"])
def test_a_file_of_torch_arrays_is_written_and_read(ending, tmp_path):
    model = randomize(text_model(keras), 1)
    path = tmp_path / f"weights.{ending}"
    written = port(model, path)
    assert [entry.how for entry in written.entries] == ["file"] * 6
    other = randomize(text_model(kerasish), 2)
    assert port(path, other).complete
    assert_same_outputs(model, other)


@pytest.mark.parametrize("ending", ["keras", "weights.h5", "h5"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_file_of_keras_is_a_source(ending, tmp_path):
    model = randomize(text_model(keras), 1)
    path = tmp_path / f"model.{ending}"
    if ending == "weights.h5":
        model.save_weights(path)
    else:
        model.save(path)
    for other in (TextModule(), text_model(kerasish)):
        assert port(path, randomize(other, 2)).complete
        assert_same_outputs(model, other)


@pytest.mark.parametrize(
    ("framework", "ending"),
    [
        *((framework, e) for framework in ("keras", "kerasish") for e in ("keras", "h5")),
        *((framework, "weights.h5") for framework in ("keras", "kerasish", "tf_keras")),
    ],
)
def test_a_file_of_keras_is_written_from_a_model(framework, ending, tmp_path):
    model = randomize(MAKERS[framework](), 1)
    path = tmp_path / f"model.{ending}"
    port(model, path)
    if ending == "weights.h5":
        loaded = randomize(MAKERS["keras"](), 2)
        loaded.load_weights(path)
    else:
        loaded = keras.models.load_model(path)
    assert_same_outputs(model, loaded)


def test_a_file_of_keras_needs_an_architecture(tmp_path):
    with pytest.raises(PortError, match="architecture"):
        port(TextModule(), tmp_path / "model.keras")
    with pytest.raises(FileFormatError, match="ending"):
        port(TextModule(), tmp_path / "model.docx")
    with pytest.raises(PortError, match="mapping"):
        port(TextModule(), tmp_path / "model.npz", mapping={"a": "b"})
    assert not list(tmp_path.iterdir())


def test_torch_to_torch_moves_every_bit():
    first, second = (
        randomize(nn.Sequential(nn.GRU(3, 4, 2), nn.LSTM(3, 4), nn.BatchNorm1d(4)), n)
        for n in (1, 2)
    )
    first[2].num_batches_tracked += 7
    port(first, second)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


def test_a_stack_joins_several_layers_and_they_join_a_stack():
    layers = [keras.layers.LSTM(4, return_sequences=True, name=f"layer{n}") for n in range(3)]
    model = randomize(keras.Sequential([keras.Input((5, 4)), *layers]), 1)
    stack = randomize(nn.LSTM(4, 4, num_layers=3, batch_first=True), 2)
    inputs = np.random.default_rng(1).normal(size=(2, 5, 4)).astype("float32")
    port(model, stack, mapping={"LSTM": ["layer0", "layer1", "layer2"]})
    expected = np.asarray(model(inputs))
    with torch.no_grad():
        np.testing.assert_allclose(
            stack(torch.from_numpy(inputs))[0].numpy(), expected, rtol=1e-5, atol=1e-6
        )
    randomize(model, 3)
    assert {entry.how for entry in port(stack, model).entries} == {"order"}
    np.testing.assert_allclose(np.asarray(model(inputs)), expected, rtol=1e-5, atol=1e-6)


class _Pair(tf_keras.layers.Layer):
    def __init__(self, frozen):
        super().__init__(name="pair")
        self.first = tf_keras.layers.Dense(3, trainable=not frozen)
        self.second = tf_keras.layers.Dense(3)

    def call(self, x):
        return self.second(self.first(x))


def test_a_frozen_layer_lists_its_weights_in_another_order():
    data = np.random.default_rng(1).normal(size=(2, 3)).astype("float32")
    frozen, free = _Pair(True), _Pair(False)
    frozen(data), free(data)
    randomize(frozen, 1), randomize(free, 2)
    places = [[w.name.split("/")[-2] for w in pair.weights] for pair in (frozen, free)]
    assert places[0][:2] != places[1][:2]
    module = nn.Sequential(OrderedDict(first=nn.Linear(3, 3), second=nn.Linear(3, 3)))
    port(frozen, module)
    assert_same_outputs(frozen, module, data)
    assert {entry.how for entry in port(frozen, free).entries} == {"name"}
    assert_same_outputs(frozen, free, data)


def test_a_gru_of_the_other_kind_says_why():
    model = keras.Sequential([keras.Input((5, 3)), keras.layers.GRU(4, reset_after=False)])
    module = nn.GRU(3, 4)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with pytest.raises(UnmatchedError, match="reset gate acts before"):
        port(model, module)
    assert all(torch.equal(before[n], t) for n, t in module.state_dict().items())
    without_bias = keras.layers.GRU(4, reset_after=False, use_bias=False)
    without_bias.build((None, 5, 3))
    with pytest.raises(UnmatchedError, match="reset_after=False"):
        port(without_bias, nn.GRU(3, 4, bias=False))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_cells_and_layers_have_the_same_weights(kind):
    cell, layer = getattr(keras.layers, f"{kind}Cell"), getattr(keras.layers, kind)
    inputs = np.random.default_rng(1).normal(size=(2, 5, 3)).astype("float32")
    of_cell = randomize(keras.Sequential([keras.Input((5, 3)), keras.layers.RNN(cell(4))]), 1)
    plain = randomize(keras.Sequential([keras.Input((5, 3)), layer(4)]), 2)
    port(of_cell, plain)
    np.testing.assert_allclose(np.asarray(plain(inputs)), np.asarray(of_cell(inputs)), rtol=1e-5)
    torch_cell = getattr(nn, {"SimpleRNN": "RNNCell"}.get(kind, f"{kind}Cell"))(3, 4)
    port(of_cell, torch_cell)
    randomize(plain, 3)
    port(torch_cell, plain)
    np.testing.assert_allclose(np.asarray(plain(inputs)), np.asarray(of_cell(inputs)), rtol=1e-5)


def test_the_cells_of_a_stack_join_a_torch_stack():
    cells = [keras.layers.GRUCell(4), keras.layers.GRUCell(4)]
    model = keras.Sequential([keras.Input((5, 4)), keras.layers.RNN(cells, return_sequences=True)])
    randomize(model, 1)
    module = nn.GRU(4, 4, num_layers=2, batch_first=True)
    port(model, module)
    inputs = np.random.default_rng(1).normal(size=(2, 5, 4)).astype("float32")
    with torch.no_grad():
        got = module(torch.from_numpy(inputs))[0].numpy()
    np.testing.assert_allclose(got, np.asarray(model(inputs)), rtol=1e-5, atol=1e-6)


def test_a_shared_layer_counts_once():
    shared = keras.layers.Dense(4, name="shared")
    inputs = keras.Input((4,))
    model = randomize(keras.Model(inputs, shared(shared(inputs))), 1)
    module = nn.Sequential(*[nn.Linear(4, 4)] * 2)
    assert len(port(model, module).entries) == 1
    data = np.random.default_rng(1).normal(size=(2, 4)).astype("float32")
    assert_same_outputs(model, module, data)


def test_tied_weights_count_once_as_a_target():
    module = nn.Sequential(nn.Embedding(6, 4), nn.Linear(4, 6, bias=False))
    module[1].weight = module[0].weight
    layer = keras.layers.Embedding(6, 4)
    layer.build()
    port(layer, module, mapping={"0": layer.name})
    np.testing.assert_array_equal(module[1].weight.detach().numpy(), layer.get_weights()[0])


def test_attention_and_convolutions_move_both_ways():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 3, name="conv")(inputs)
    x = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, name="depth")(x)
    x = keras.layers.BatchNormalization(epsilon=1e-5, name="bn")(x)
    x = keras.layers.PReLU(shared_axes=[1, 2], name="relu")(x)
    x = keras.layers.Conv2DTranspose(4, 3, name="up")(x)
    x = keras.layers.Reshape((36, 4))(x)
    outputs = keras.layers.MultiHeadAttention(2, 2, name="att")(x, x)
    model = randomize(keras.Model(inputs, outputs), 1)
    model.get_layer("bn").moving_variance.assign(np.full(12, 0.7))
    module = _Vision().eval()
    assert port(model, module).complete
    data = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("float32")
    with torch.no_grad():
        got = module(torch.from_numpy(data).permute(0, 3, 1, 2)).numpy()
    expected = np.asarray(model(data))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
    back = randomize(keras.models.clone_model(model), 3)
    port(module.state_dict(), back)
    np.testing.assert_allclose(np.asarray(back(data)), expected, rtol=1e-5, atol=1e-6)


class _Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.depth = nn.Conv2d(6, 12, 3, groups=6)
        self.bn = nn.BatchNorm2d(12)
        self.relu = nn.PReLU(12)
        self.up = nn.ConvTranspose2d(12, 4, 3)
        self.att = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        x = self.up(self.relu(self.bn(self.depth(self.conv(x)))))
        x = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4)
        return self.att(x, x, x, need_weights=False)[0]


def test_dtype_stays_the_targets():
    source = randomize(nn.Linear(3, 4), 1)
    target = nn.Linear(3, 4, dtype=torch.bfloat16)
    target.bias.requires_grad_(False)
    port(source, target)
    assert target.weight.dtype == torch.bfloat16
    assert not target.bias.requires_grad
    assert torch.equal(target.weight, source.weight.bfloat16())
    back = nn.Linear(3, 4)
    port(target, back)
    assert torch.equal(back.weight, target.weight.float())
