"""Weights of real Keras layers in plain torch modules: the same outputs, and back again."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from weight_port import gates, layouts, transform
from weight_port.torch import load_keras_weights, to_keras_weights

pytestmark = pytest.mark.filterwarnings("ignore:dropout option adds dropout")

DTYPES = ["float32", "float64"]
TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 1e-6}, "float64": {"rtol": 1e-10, "atol": 1e-12}}
BATCH, STEPS, INPUTS, UNITS = 3, 6, 4, 5


@pytest.fixture(scope="module")
def L():
    from keras import layers

    return layers


def draw(shape, dtype, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def randomize(layer, dtype):
    """Give every weight random values; a variance stays positive."""
    values = [draw(w.shape, dtype, seed=i + 1) * 0.5 for i, w in enumerate(layer.weights)]
    layer.set_weights(
        [
            abs(v) + 0.5 if w.name == "moving_variance" else v
            for v, w in zip(values, layer.weights, strict=True)
        ]
    )
    return layer.get_weights()


def check_both_ways(layer, module, weights, want, run, dtype):
    """Load the weights of a Keras layer, compare outputs, and read the weights back."""
    module = module.to(getattr(torch, dtype)).eval()
    load_keras_weights(module, weights)
    with torch.no_grad():
        got = run(module).numpy()
    np.testing.assert_allclose(got, np.asarray(want), **TOLERANCE[dtype])
    for read, weight in zip(to_keras_weights(module).values(), weights, strict=True):
        np.testing.assert_array_equal(read, weight)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_recurrent_layers(L, name, use_bias, dtype):
    module_class = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}[name]
    x = draw((BATCH, STEPS, INPUTS), dtype)
    layer = getattr(L, name)(UNITS, return_sequences=True, use_bias=use_bias, dtype=dtype)
    layer(x)
    weights = randomize(layer, dtype)
    module = module_class(INPUTS, UNITS, bias=use_bias, batch_first=True)
    check_both_ways(layer, module, weights, layer(x), lambda m: m(torch.from_numpy(x))[0], dtype)

    cell_class = {"LSTM": nn.LSTMCell, "GRU": nn.GRUCell, "SimpleRNN": nn.RNNCell}[name]
    state = draw((BATCH, UNITS), dtype, seed=9)
    states = [state] * (2 if name == "LSTM" else 1)
    t = torch.from_numpy(state)
    want = layer.cell(x[:, 0], states)[0]
    check_both_ways(
        layer.cell,
        cell_class(INPUTS, UNITS, bias=use_bias),
        weights,
        want,
        lambda m: (
            m(torch.from_numpy(x[:, 0]), (t, t))[0]
            if name == "LSTM"
            else m(torch.from_numpy(x[:, 0]), t)
        ),
        dtype,
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_stacked_bidirectional_layers(L, name, dtype):
    x = draw((BATCH, STEPS, INPUTS), dtype)
    stack = [
        L.Bidirectional(getattr(L, name)(UNITS, return_sequences=True, dtype=dtype), dtype=dtype)
        for _ in range(2)
    ]
    stack[1](stack[0](x))
    weights = [weight for layer in stack for weight in randomize(layer, dtype)]
    module_class = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}[name]
    module = module_class(INPUTS, UNITS, num_layers=2, bidirectional=True, batch_first=True)
    want = stack[1](stack[0](x))
    check_both_ways(stack, module, weights, want, lambda m: m(torch.from_numpy(x))[0], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_foreign_torch_checkpoint_into_keras(L, name, dtype):
    """Both biases of a module trained in torch have values; Keras gives the same output."""
    module_class = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}[name]
    module = module_class(INPUTS, UNITS, batch_first=True, bidirectional=True)
    module = module.to(getattr(torch, dtype))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.5)
    assert module.bias_hh_l0.any()
    x = draw((BATCH, STEPS, INPUTS), dtype)
    layer = L.Bidirectional(
        getattr(L, name)(UNITS, return_sequences=True, dtype=dtype), dtype=dtype
    )
    layer(x)
    layer.set_weights(list(to_keras_weights(module).values()))
    with torch.no_grad():
        want = module(torch.from_numpy(x))[0]
    np.testing.assert_allclose(np.asarray(layer(x)), want, **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_layers_without_time(L, dtype):
    x = draw((BATCH, 6), dtype)
    ids = np.array([[0, 3], [2, 1]])

    def channels_first(y):
        return np.moveaxis(np.asarray(y), -1, 1)

    def same(y):
        return y

    images = {rank: draw((2, *range(7, 7 + rank), 4), dtype) for rank in (1, 2, 3)}
    cases = [
        (L.Dense(UNITS, dtype=dtype), nn.Linear(6, UNITS), x, same),
        (L.Dense(UNITS, use_bias=False, dtype=dtype), nn.Linear(6, UNITS, bias=False), x, same),
        (L.Embedding(4, UNITS, dtype=dtype), nn.Embedding(4, UNITS), ids, same),
        (
            L.LayerNormalization(epsilon=1e-5, axis=(2, 3), dtype=dtype),
            nn.LayerNorm((8, 4), eps=1e-5),
            images[2],
            same,
        ),
        (L.RMSNormalization(epsilon=1e-5, dtype=dtype), nn.RMSNorm(6, eps=1e-5), x, same),
        (L.BatchNormalization(epsilon=1e-5, dtype=dtype), nn.BatchNorm1d(6), x, same),
        (
            L.BatchNormalization(epsilon=1e-5, center=False, scale=False, dtype=dtype),
            nn.BatchNorm2d(4, affine=False),
            images[2],
            channels_first,
        ),
        (
            L.GroupNormalization(2, epsilon=1e-5, dtype=dtype),
            nn.GroupNorm(2, 4),
            images[2],
            channels_first,
        ),
    ]
    for rank, image in images.items():
        kernel = (2, 3, 2)[:rank]
        conv = getattr(L, f"Conv{rank}D")
        transpose = getattr(L, f"Conv{rank}DTranspose")
        cases += [
            (conv(6, kernel, dtype=dtype), getattr(nn, f"Conv{rank}d")(4, 6, kernel)),
            (
                transpose(3, kernel, strides=2 if rank < 3 else 1, dtype=dtype),
                getattr(nn, f"ConvTranspose{rank}d")(4, 3, kernel, stride=2 if rank < 3 else 1),
            ),
        ]
        cases[-2:] = [(*case, image, channels_first) for case in cases[-2:]]
    cases.append(
        (
            L.PReLU(shared_axes=[1, 2], dtype=dtype),
            nn.PReLU(4),
            images[2],
            channels_first,
        )
    )
    for layer, module, inputs, order in cases:
        layer(inputs)
        weights = randomize(layer, dtype)
        want = order(layer(inputs))
        tensor = torch.from_numpy(np.ascontiguousarray(order(inputs)))
        if isinstance(module, nn.PReLU):
            layout = layouts.get("PReLU", spatial_rank=2)
            load_keras_weights(module.to(tensor.dtype), weights, layout=layout)
            np.testing.assert_allclose(module(tensor).detach(), want, **TOLERANCE[dtype])
            continue
        check_both_ways(layer, module, weights, want, lambda m, t=tensor: m(t), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_depthwise_and_separable_convolutions(L, dtype):
    for rank, size in ((1, (3,)), (2, (2, 3))):
        conv = (nn.Conv1d, nn.Conv2d)[rank - 1]
        x = draw((2, *range(7, 7 + rank), 3), dtype)
        t = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))
        layer = getattr(L, f"DepthwiseConv{rank}D")(size, depth_multiplier=2, dtype=dtype)
        layer(x)
        weights = randomize(layer, dtype)
        module = conv(3, 6, size, groups=3, dtype=t.dtype)
        layout = layouts.get(f"DepthwiseConv{rank}D", depth_multiplier=2)
        load_keras_weights(module, weights, layout=layout)
        want = np.moveaxis(np.asarray(layer(x)), -1, 1)
        np.testing.assert_allclose(module(t).detach(), want, **TOLERANCE[dtype])

        layer = getattr(L, f"SeparableConv{rank}D")(5, size, depth_multiplier=2, dtype=dtype)
        layer(x)
        weights = randomize(layer, dtype)
        both = nn.ModuleDict(
            {
                "depthwise": conv(3, 6, size, groups=3, bias=False, dtype=t.dtype),
                "pointwise": conv(6, 5, 1, dtype=t.dtype),
            }
        )
        layout = layouts.get(f"SeparableConv{rank}D", depth_multiplier=2)
        load_keras_weights(both, weights, layout=layout)
        want = np.moveaxis(np.asarray(layer(x)), -1, 1)
        got = both["pointwise"](both["depthwise"](t)).detach()
        np.testing.assert_allclose(got, want, **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("separate", [False, True])
def test_multi_head_attention(L, separate, use_bias, dtype):
    # Keras rounds 1 / sqrt(key_dim) to float32 even in a float64 layer; of 4 it is exact.
    heads, dim = 2, 4
    query = draw((BATCH, STEPS, heads * dim), dtype, seed=1)
    key = draw((BATCH, 4, 5 if separate else heads * dim), dtype, seed=2)
    value = draw((BATCH, 4, 7 if separate else heads * dim), dtype, seed=3)
    layer = L.MultiHeadAttention(heads, dim, use_bias=use_bias, dtype=dtype)
    layer(query, value, key)
    weights = randomize(layer, dtype)
    sizes = {"kdim": 5, "vdim": 7} if separate else {}
    module = nn.MultiheadAttention(heads * dim, heads, bias=use_bias, batch_first=True, **sizes)
    q, k, v = (torch.from_numpy(array) for array in (query, key, value))
    want = layer(query, value, key)
    check_both_ways(layer, module, weights, want, lambda m: m(q, k, v)[0], dtype)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_every_wrong_gate_order_is_seen_on_random_weights(L, cell):
    """So a mistake in the gate table cannot pass the tests above."""
    module_class = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
    layer = {"lstm": L.LSTM, "gru": L.GRU}[cell](UNITS, return_sequences=True, dtype="float64")
    x = draw((BATCH, STEPS, INPUTS), "float64")
    layer(x)
    weights = randomize(layer, "float64")
    want = np.asarray(layer(x))
    right = gates.gate_order("keras", cell)
    n = len(right)
    for order in itertools.permutations(range(n)):
        wrong = [
            np.concatenate([np.split(array, n, axis=-1)[i] for i in order], axis=-1)
            for array in weights
        ]
        module = module_class(INPUTS, UNITS, batch_first=True, dtype=torch.float64)
        load_keras_weights(module, wrong)
        error = np.abs(module(torch.from_numpy(x))[0].detach().numpy() - want).max()
        assert error < 1e-12 if order == tuple(range(n)) else error > 1e-2, order


def test_a_table_with_a_wrong_order_fails_the_comparison(L, monkeypatch):
    wrong = dict(gates.GATE_ORDERS)
    wrong["torch", "gru"] = wrong["keras", "gru"]
    layer = L.GRU(UNITS, dtype="float64")
    x = draw((BATCH, STEPS, INPUTS), "float64")
    layer(x)
    weights = randomize(layer, "float64")
    right_layout = layouts.get("GRU")
    monkeypatch.setattr(gates, "GATE_ORDERS", wrong)
    wrong_layout = layouts.Layout(
        "GRU", right_layout.weights, cell="gru", variant={"reset_after": True}
    )
    module = nn.GRU(INPUTS, UNITS, batch_first=True, dtype=torch.float64)
    run = torch.from_numpy(x)
    errors = []
    for layout in (right_layout, wrong_layout):
        load_keras_weights(module, weights, layout=layout)
        errors.append(np.abs(module(run)[1][0].detach().numpy() - np.asarray(layer(x))).max())
    assert errors[0] < 1e-12
    assert errors[1] > 1e-2


def test_gru_with_the_reset_before_keeps_its_weights_in_torch_order(L):
    """torch has no such cell, so compare with the equations on the stored arrays."""
    layer = L.GRU(UNITS, reset_after=False, dtype="float64")
    x = draw((BATCH, 1, INPUTS), "float64")
    h = draw((BATCH, UNITS), "float64", seed=7)
    layer(x)
    weights = randomize(layer, "float64")
    layout = layouts.get("GRU", reset_after=False)
    stored = transform.to_torch(layout, dict(zip(layout.names, weights, strict=True)))
    assert list(stored) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]
    order = gates.gate_order("torch", "gru")
    a = x[:, 0] @ stored["weight_ih_l0"].T + stored["bias_ih_l0"]
    a = dict(zip(order, np.split(a, 3, axis=1), strict=True))
    k = dict(zip(order, np.split(stored["weight_hh_l0"], 3), strict=True))
    update, reset = (1 / (1 + np.exp(-(a[gate] + h @ k[gate].T))) for gate in ("update", "reset"))
    want = update * h + (1 - update) * np.tanh(a["new"] + (reset * h) @ k["new"].T)
    np.testing.assert_allclose(np.asarray(layer(x, initial_state=h)), want, rtol=1e-10)
