"""Steps of SGD on the same batches leave the same weights as Keras's own training."""

import keras
import numpy as np
import pytest
import torch

import kerasish

STEPS = 8

CASES = {
    "lstm": lambda n: n.layers.LSTM(4),
    "lstm sequences": lambda n: n.layers.LSTM(4, return_sequences=True),
    "lstm loop": lambda n: n.layers.LSTM(4, recurrent_activation="hard_sigmoid"),
    "lstm no bias": lambda n: n.layers.LSTM(4, use_bias=False),
    "gru": lambda n: n.layers.GRU(4),
    "gru reset before": lambda n: n.layers.GRU(4, reset_after=False),
    "simple": lambda n: n.layers.SimpleRNN(4),
    "bidirectional": lambda n: n.layers.Bidirectional(n.layers.LSTM(3)),
    "stacked": lambda n: n.layers.RNN([n.layers.LSTMCell(3), n.layers.GRUCell(4)]),
    "penalties": lambda n: n.layers.LSTM(
        4,
        kernel_regularizer=n.regularizers.L2(0.02),
        recurrent_regularizer=n.regularizers.L1(0.01),
        bias_regularizer=n.regularizers.L1L2(0.01, 0.03),
        activity_regularizer=n.regularizers.L2(0.05),
    ),
    "projections": lambda n: n.layers.GRU(
        4,
        kernel_constraint=n.constraints.MaxNorm(0.7),
        recurrent_constraint=n.constraints.UnitNorm(),
        bias_constraint=n.constraints.NonNeg(),
    ),
    "frozen": lambda n: n.layers.LSTM(4, trainable=False, kernel_regularizer="l2"),
}


def build(n, make):
    return n.Sequential([n.layers.Input((6, 2)), make(n), n.layers.Dense(3)])


def train_keras(model, batches, rate):
    model.compile(keras.optimizers.SGD(rate), "mse", run_eagerly=True)
    for x, y in batches:
        model.train_on_batch(x, y)


def train_torch(model, batches, rate):
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=rate)
    for x, y in batches:
        optimizer.zero_grad()
        outputs = model(torch.from_numpy(x), training=True)
        loss = torch.nn.functional.mse_loss(outputs, torch.from_numpy(y)) + sum(model.losses)
        loss.backward()
        optimizer.step()
        model.apply_constraints()


@pytest.mark.parametrize("name", CASES)
def test_weights_after_training(name):
    rng = np.random.default_rng(7)
    make = CASES[name]
    theirs, ours = build(keras, make), build(kerasish, make)
    # Small inputs, large rate: differences in a step would grow.
    weights = [rng.normal(0, 0.5, w.shape).astype("float32") for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    shape = (5, *theirs.output_shape[1:])
    batches = [
        (rng.normal(size=(5, 6, 2)).astype("float32"), rng.normal(size=shape).astype("float32"))
        for _ in range(STEPS)
    ]
    train_keras(theirs, batches, 0.2)
    train_torch(ours, batches, 0.2)
    for path, one, other, start in zip(
        (w.path for w in ours.weights),
        ours.get_weights(),
        theirs.get_weights(),
        weights,
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6, err_msg=path)
        moved = not np.array_equal(one, start)
        assert moved == (name != "frozen" or "dense" in path), path


def test_a_second_bias_stays_zero_and_untrained():
    """Training both of torch's biases would double the step on their sum."""
    layer = kerasish.layers.LSTM(3)
    layer(torch.randn(2, 4, 2)).sum().backward()
    assert layer.rnn.bias_ih_l0.grad is not None
    assert layer.rnn.bias_hh_l0.grad is None
    assert not layer.rnn.bias_hh_l0.requires_grad
    assert not layer.rnn.bias_hh_l0.any()
    layer.trainable = False
    layer.trainable = True
    assert not layer.rnn.bias_hh_l0.requires_grad
    assert layer.rnn.bias_ih_l0.requires_grad
