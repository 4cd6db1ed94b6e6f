"""Dropout of inputs and states in training, by its distribution and its rules."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish.layers import GRU, LSTM, RNN, LSTMCell, SimpleRNN

LAYERS = [SimpleRNN, LSTM, GRU]
X = torch.randn(64, 5, 8, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("rates", [(0.5, 0.0), (0.0, 0.5), (0.4, 0.3)])
@pytest.mark.parametrize("layer_class", LAYERS)
def test_only_in_training(layer_class, rates, implementation):
    options = dict(zip(("dropout", "recurrent_dropout"), rates, strict=True))
    layer = layer_class(6, implementation=implementation, return_sequences=True, **options)
    plain = layer_class(6, return_sequences=True)
    plain(X)
    layer(X)
    layer.set_weights(plain.get_weights())
    torch.testing.assert_close(layer(X), plain(X))
    one, other = layer(X, training=True), layer(X, training=True)
    assert not torch.equal(one, other)
    assert not torch.equal(one, plain(X))
    layer.train()
    assert not torch.equal(layer(X), plain(X))
    layer.eval()
    torch.testing.assert_close(layer(X), plain(X))


def test_one_mask_for_all_steps_of_a_row():
    """A linear unit that counts what it sees shows which inputs were dropped."""
    layer = SimpleRNN(
        8,
        activation=None,
        use_bias=False,
        kernel_initializer="identity",
        dropout=0.25,
        recurrent_initializer="zeros",
        return_sequences=True,
    )
    outputs = layer(torch.ones(2000, 4, 8), training=True).detach()
    assert torch.equal(outputs, outputs[:, :1].expand_as(outputs))
    values, counts = outputs[:, 0].unique(return_counts=True)
    np.testing.assert_allclose(values, [0, 1 / 0.75], rtol=1e-6)
    # 16000 draws: the share of zeros within five standard deviations of the rate.
    assert abs(counts[0] / counts.sum() - 0.25) < 5 * (0.25 * 0.75 / 16000) ** 0.5


def test_one_mask_of_the_state_for_all_steps_of_a_row():
    layer = SimpleRNN(
        4,
        activation=None,
        use_bias=False,
        kernel_initializer="ones",
        recurrent_dropout=0.5,
        recurrent_initializer="identity",
        return_sequences=True,
    )
    x = torch.zeros(3000, 4, 1)
    x[:, 0] = 1
    outputs = layer(x, training=True).detach()
    # The state is multiplied by the same mask, 0 or 2, at each step.
    kept = outputs[:, 1] == 2
    assert torch.equal(outputs[:, 3], torch.where(kept, 8.0, 0.0))
    assert abs(kept.float().mean() - 0.5) < 5 * (0.25 / 12000) ** 0.5


@pytest.mark.parametrize("layer_class", [LSTM, GRU])
def test_each_gate_has_a_mask_of_its_own_in_implementation_1(layer_class):
    layer = layer_class(3, dropout=0.5, implementation=1)
    layer(X)
    masks = layer._mask("dropout", X[:, 0])
    assert masks.shape == (layer.gate_count, 64, 8)
    assert not torch.equal(masks[0], masks[1])


@pytest.mark.parametrize("layer_class", LAYERS)
def test_a_seed_gives_the_same_masks_in_the_same_order(layer_class):
    layers = [layer_class(3, dropout=0.3, recurrent_dropout=0.2, seed=5) for _ in range(2)]
    for layer in layers:
        layer(X)
    layers[1].set_weights(layers[0].get_weights())
    for _ in range(3):
        one, other = (layer(X, training=True) for layer in layers)
        assert torch.equal(one, other)


@pytest.mark.parametrize("activation", [None, "tanh"])
def test_the_mean_is_kept(activation):
    """A unit that adds its inputs up over time, on the loop and on the kernel, on any input."""
    torch.manual_seed(0)
    layer = SimpleRNN(
        1,
        activation=activation,
        dropout=0.2,
        kernel_initializer="ones",
        recurrent_initializer="ones",
    )
    row = 1e-4 * torch.arange(1.0, 41).reshape(1, 5, 8)  # so small that tanh is linear
    expected = layer(row)[0]
    mean = layer(row.expand(40_000, 5, 8), training=True).mean(0)
    torch.testing.assert_close(mean, expected, rtol=0.01, atol=0)


def test_gradients_with_dropout():
    for layer in (
        LSTM(3, dropout=0.3, recurrent_dropout=0.3),
        RNN([LSTMCell(3, dropout=0.2), LSTMCell(2, recurrent_dropout=0.2)]),
    ):
        layer(X, training=True).sum().backward()
        grads = [p.grad for p in layer.parameters() if p.requires_grad]
        assert all(grad.isfinite().all() and grad.any() for grad in grads)


RATES = [
    {"dropout": 0.3},
    {"recurrent_dropout": 0.4},
    {"dropout": 0.3, "recurrent_dropout": 0.2},
]


@pytest.mark.parametrize("activation", ["tanh", "elu"])
@pytest.mark.parametrize("rates", RATES, ids=str)
@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_a_seed_gives_keras_masks(kind, rates, activation):
    """In training, outputs equal Keras's for the same seed: the kernel's and the loop's."""
    x = X[:4].numpy()
    theirs, ours = (
        getattr(n.layers, kind)(3, activation, seed=5, **rates) for n in (keras, kerasish)
    )
    theirs.build(x.shape)
    ours.build(x.shape)
    ours.built = True
    ours.set_weights(theirs.get_weights())
    for _ in range(3):
        found = ours(torch.from_numpy(x), training=True).detach()
        np.testing.assert_allclose(found, theirs(x, training=True), rtol=1e-5, atol=2e-6)


def test_a_seed_gives_keras_masks_of_frames():
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 2)).astype("float32")
    options = {"dropout": 0.3, "recurrent_dropout": 0.2, "seed": 5, "padding": "same"}
    theirs, ours = (n.layers.ConvLSTM1D(3, 2, **options) for n in (keras, kerasish))
    for layer in (theirs, ours):
        layer.build(x.shape)
    ours.built = True
    ours.set_weights(theirs.get_weights())
    for _ in range(2):
        found = ours(torch.from_numpy(x), training=True).detach()
        np.testing.assert_allclose(found, theirs(x, training=True), rtol=1e-5, atol=2e-6)


NOISE = {
    "dropout": lambda n: n.layers.Dropout(0.3, seed=3),
    "shape": lambda n: n.layers.Dropout(0.3, noise_shape=(None, 1, 8), seed=3),
    "spatial": lambda n: n.layers.SpatialDropout1D(0.3, seed=3),
    "gaussian noise": lambda n: n.layers.GaussianNoise(0.3, seed=3),
    "gaussian dropout": lambda n: n.layers.GaussianDropout(0.3, seed=3),
}


@pytest.mark.parametrize("name", NOISE)
def test_a_seed_gives_keras_noise(name):
    theirs, ours = (NOISE[name](n) for n in (keras, kerasish))
    for _ in range(3):
        found = ours(X, training=True)
        np.testing.assert_allclose(found, theirs(X.numpy(), training=True), rtol=1e-6, atol=1e-7)
