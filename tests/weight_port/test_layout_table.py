"""Every entry of the layout table against the torch module and the Keras layer it speaks of."""

import copy
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from torch import nn

from weight_port import layouts, transform
from weight_port.errors import LayoutError
from weight_port.layouts import Layout, TorchArray, Weight

ENTRIES = {layout.describe(): layout for layout in layouts.entries()}

# How to build the torch module of each entry that has one.
MODULES = {
    "Linear": lambda: nn.Linear(3, 5),
    "Embedding": lambda: nn.Embedding(7, 3),
    "PReLU": lambda: nn.PReLU(4),
    "LSTM": lambda: nn.LSTM(3, 5),
    "LSTMCell": lambda: nn.LSTMCell(3, 5),
    "GRU": lambda: nn.GRU(3, 5),
    "GRUCell": lambda: nn.GRUCell(3, 5),
    "RNN": lambda: nn.RNN(3, 5),
    "RNNCell": lambda: nn.RNNCell(3, 5),
    "Conv1d": lambda: nn.Conv1d(4, 6, 2),
    "Conv2d": lambda: nn.Conv2d(4, 6, (2, 3)),
    "Conv3d": lambda: nn.Conv3d(4, 6, (2, 3, 4)),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 6, 2),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 6, (2, 3)),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(4, 6, (2, 3, 4)),
    "BatchNorm1d": lambda: nn.BatchNorm1d(4),
    "LayerNorm": lambda: nn.LayerNorm((3, 4)),
    "RMSNorm": lambda: nn.RMSNorm(4),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "MultiheadAttention": lambda: nn.MultiheadAttention(6, 2),
}


def torch_module(layout):
    if layout.layer_class.startswith("Depthwise"):
        rank = int(layout.layer_class[-2])
        return (nn.Conv1d, nn.Conv2d)[rank - 1](3, 6, (2, 3)[:rank], groups=3)
    if layout.variant.get("projection") == "separate":
        return nn.MultiheadAttention(6, 2, kdim=3, vdim=4)
    return MODULES[layout.torch_module]()


@pytest.mark.parametrize("name", [n for n, e in ENTRIES.items() if e.torch_module])
def test_entry_names_the_state_dict_of_its_torch_module(name):
    layout = ENTRIES[name]
    state = torch_module(layout).state_dict()
    assert {*layout.torch_names, *layout.torch_only} == set(state)
    for plans in layout.plans.values():
        for array in plans.arrays:
            if not array.pattern.as_stored:
                assert state[array.array.name].ndim == len(array.pattern.dims)


X2, X3 = np.ones((2, 4), "float32"), np.ones((2, 7, 4), "float32")
X4, X5 = np.ones((2, 7, 7, 4), "float32"), np.ones((2, 7, 7, 7, 4), "float32")
X6 = np.ones((1, 3, 4, 4, 4, 2), "float32")


def keras_layers():
    """Return, by entry, a Keras layer and what to call it with; all optional weights present."""
    from keras import layers as L

    zero = [np.zeros((2, 3), "float32")] * 2
    return {
        "Dense": (L.Dense(3), X2),
        "Embedding": (L.Embedding(5, 3), np.zeros((2, 3), "int32")),
        "ReversibleEmbedding": (
            L.ReversibleEmbedding(5, 3, tie_weights=False),
            np.zeros((2, 3), "int32"),
        ),
        "EinsumDense": (L.EinsumDense("abc,cde->abde", (None, 3, 5), bias_axes="de"), X3),
        "PReLU(spatial_rank=None)": (L.PReLU(), X3),
        "PReLU(spatial_rank=0)": (L.PReLU(), X2),
        "PReLU(spatial_rank=1)": (L.PReLU(shared_axes=[1]), X3),
        "PReLU(spatial_rank=2)": (L.PReLU(shared_axes=[1, 2]), X4),
        "PReLU(spatial_rank=3)": (L.PReLU(shared_axes=[1, 2, 3]), X5),
        "LSTM": (L.LSTM(3), X3),
        "LSTMCell": (L.LSTMCell(3), X2, zero),
        "GRU(reset_after=True)": (L.GRU(3), X3),
        "GRU(reset_after=False)": (L.GRU(3, reset_after=False), X3),
        "GRUCell(reset_after=True)": (L.GRUCell(3), X2, zero[:1]),
        "GRUCell(reset_after=False)": (L.GRUCell(3, reset_after=False), X2, zero[:1]),
        "SimpleRNN": (L.SimpleRNN(3), X3),
        "SimpleRNNCell": (L.SimpleRNNCell(3), X2, zero[:1]),
        "ConvLSTM1D": (L.ConvLSTM1D(3, 2), X4),
        "ConvLSTM2D": (L.ConvLSTM2D(3, (2, 3)), X5),
        "ConvLSTM3D": (L.ConvLSTM3D(3, 2), X6),
        "Conv1D": (L.Conv1D(3, 2), X3),
        "Conv2D": (L.Conv2D(3, (2, 3)), X4),
        "Conv3D": (L.Conv3D(3, (1, 2, 3)), X5),
        "Conv1DTranspose": (L.Conv1DTranspose(3, 2), X3),
        "Conv2DTranspose": (L.Conv2DTranspose(3, (2, 3)), X4),
        "Conv3DTranspose": (L.Conv3DTranspose(3, (1, 2, 3)), X5),
        "DepthwiseConv1D": (L.DepthwiseConv1D(2, depth_multiplier=2), X3),
        "DepthwiseConv2D": (L.DepthwiseConv2D((2, 3), depth_multiplier=2), X4),
        "SeparableConv1D": (L.SeparableConv1D(3, 2, depth_multiplier=2), X3),
        "SeparableConv2D": (L.SeparableConv2D(3, (2, 3), depth_multiplier=2), X4),
        "BatchNormalization": (L.BatchNormalization(), X3),
        "LayerNormalization": (L.LayerNormalization(axis=(1, 2)), X3),
        "GroupNormalization": (L.GroupNormalization(2), X3),
        "RMSNormalization": (L.RMSNormalization(), X3),
        "Normalization": (L.Normalization(), X3),
        "STFTSpectrogram": (L.STFTSpectrogram(frame_length=4), X3),
        "MultiHeadAttention(projection='packed')": (L.MultiHeadAttention(2, 2), X3, X3),
        "MultiHeadAttention(projection='separate')": (L.MultiHeadAttention(2, 2), X3, X3[..., :3]),
        "MultiHeadAttention(projection='linear')": (
            L.MultiHeadAttention(2, 3, 5, use_gate=True),
            X3,
            X3[..., :3],
        ),
        "GroupedQueryAttention": (L.GroupQueryAttention(3, 4, 2, use_gate=True), X3, X3),
        "GroupQueryAttention": (L.GroupQueryAttention(3, 4, 2, use_gate=True), X3, X3),
        "Attention": (L.Attention(use_scale=True, score_mode="concat"), [X3, X3]),
        "AdditiveAttention": (L.AdditiveAttention(), [X3, X3]),
    }


def test_entry_has_the_weights_of_its_keras_layer_in_their_order():
    built = keras_layers()
    # Keras 3 has no CuDNN layers; their entries are checked against Keras 2's own conversion.
    assert set(built) == {name for name in ENTRIES if not name.startswith("CuDNN")}
    for name, (layer, *inputs) in built.items():
        if name == "Normalization":
            layer.adapt(inputs[0])
        layer(*inputs)
        layout = ENTRIES[name]
        variables = layer.weights
        assert [v.name for v in variables] == [n.rpartition("/")[2] for n in layout.names], name
        for variable, weight in zip(variables, layout.names, strict=True):
            assert variable.path.endswith("/" + weight), (name, variable.path)
        shapes = {n: tuple(v.shape) for n, v in zip(layout.names, variables, strict=True)}
        # Raises if a pattern contradicts a shape, or two patterns each other.
        transform.torch_shapes(layout, shapes)


def test_frozen_arrays_are_the_second_biases_that_keras_does_not_have():
    frozen = {name: e.frozen_torch_names for name, e in ENTRIES.items() if e.frozen_torch_names}
    assert frozen == {
        "LSTM": ("bias_hh_l0",),
        "LSTMCell": ("bias_hh",),
        "SimpleRNN": ("bias_hh_l0",),
        "SimpleRNNCell": ("bias_hh",),
    }
    assert layouts.get("LSTM").weight("bias").frozen_torch_names == ("bias_hh_l0",)
    assert layouts.get("GRU").weight("bias").torch_names == ("bias_ih_l0", "bias_hh_l0")


@pytest.mark.parametrize("cls", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_stacks_and_directions_have_torch_names(cls, num_layers, bidirectional):
    layout = layouts.get(cls, num_layers=num_layers, bidirectional=bidirectional)
    module = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}[cls](
        3, 5, num_layers, bidirectional=bidirectional
    )
    assert layout.torch_names == tuple(module.state_dict())
    assert (
        layout.names[0]
        == {
            (1, False): "kernel",
            (1, True): "forward/kernel",
            (3, False): "0/kernel",
            (3, True): "0/forward/kernel",
        }[num_layers, bidirectional]
    )


def test_lookup_gives_the_same_object_and_knows_its_defaults():
    assert layouts.get("GRU") is layouts.get("GRU")
    assert layouts.get("GRU").variant == {"reset_after": True}
    assert layouts.get("MultiHeadAttention").variant == {"projection": "packed"}
    assert layouts.get("Conv2D").cell == ""


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_survive_deepcopy_and_pickle(name):
    layout = ENTRIES[name]
    assert copy.deepcopy([layout])[0] is layout
    again = pickle.loads(pickle.dumps(layout))
    for field in fields(layout):
        if field.init:
            assert getattr(again, field.name) == getattr(layout, field.name)
    assert again.plans.keys() == layout.plans.keys()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layouts.get("Dence"), "no entry.*Received: 'Dence'"),
        (lambda: layouts.get("Dense", units=3), r"no settings.*Received: \{'units': 3\}"),
        (lambda: layouts.get("GRU", reset_after=None), "Received: {'reset_after': None}"),
        (lambda: layouts.get("LSTM", num_layers=0), "num_layers must be.*Received: 0"),
        (lambda: layouts.get("MultiHeadAttention", num_heads=0), "num_heads must.*Received: 0"),
        (lambda: layouts.get("LSTM").weight("gamma"), r"\['kernel', .*Received: 'gamma'"),
        (lambda: layouts.register(layouts.get("Dense")), "already. Received: Dense"),
        (lambda: layouts.register(Layout("GRU", ())), r"\['reset_after'\]. Received: \[\]"),
    ],
)
def test_lookup_errors(call, message):
    with pytest.raises(LayoutError, match=message):
        call()


def test_an_entry_that_cannot_be_right_is_refused():
    def entry(keras, torch_pattern, **more):
        return Layout("X", (Weight("w", keras, (TorchArray("w", torch_pattern),), **more),))

    with pytest.raises(LayoutError, match=r"the same axes. Received: 'a b' and 'b c'"):
        entry("a b", "b c")
    with pytest.raises(LayoutError, match=r"names an axis twice. Received: 'a a'"):
        entry("a a", "a a")
    with pytest.raises(LayoutError, match="not closed"):
        entry("(a b", "b a")
    with pytest.raises(LayoutError, match="out of place"):
        entry("(a (b))", "b a")
    with pytest.raises(LayoutError, match="relation='sum'"):
        entry("a", "a", relation="sum")
    dense = layouts.get("Dense")
    with pytest.raises(LayoutError, match="distinct names"):
        replace(dense, weights=dense.weights * 2)


def test_registering_twice_does_not_change_the_table():
    before = layouts.entries()
    with pytest.raises(LayoutError):
        layouts.register(layouts.get("LSTM"))
    assert layouts.entries() == before
