"""Training layers by Keras's variables: loss curve, weights and memory are those of Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from kerasish import optimizers

STEPS = 20

MODELS = {
    "lstm": lambda n: [n.layers.Input((5, 3)), n.layers.LSTM(4), n.layers.Dense(2)],
    "gru": lambda n: [n.layers.Input((5, 3)), n.layers.GRU(4), n.layers.Dense(2)],
    "both ways": lambda n: [
        n.layers.Input((5, 3)),
        n.layers.Bidirectional(n.layers.GRU(3)),
        n.layers.Dense(2),
    ],
    "embedding": lambda n: [
        n.layers.Input((5,), dtype="int32"),
        n.layers.Embedding(7, 3),
        n.layers.SimpleRNN(4),
        n.layers.Dense(2),
    ],
    "constraints": lambda n: [
        n.layers.Input((5, 3)),
        n.layers.GRU(4, kernel_constraint=n.constraints.MaxNorm(0.8)),
        n.layers.Dense(2, kernel_constraint="non_neg", bias_constraint="unit_norm"),
    ],
}

RULES = {
    "adam": lambda n: n.Adam(0.02),
    "adam clipped": lambda n: n.Adam(0.02, clipnorm=0.05),
    "sgd together": lambda n: n.SGD(0.1, momentum=0.5, global_clipnorm=0.3, weight_decay=0.1),
    "lamb": lambda n: n.Lamb(0.02),
    "adafactor": lambda n: n.Adafactor(0.02),
    "muon": lambda n: n.Muon(0.005),
    "average": lambda n: n.RMSprop(0.01, use_ema=True, ema_overwrite_frequency=3),
    "accumulation": lambda n: n.Nadam(0.02, gradient_accumulation_steps=3),
}


def build(n, model):
    return n.Sequential(MODELS[model](n))


def batches(model):
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        if model == "embedding":
            x = rng.integers(0, 7, (6, 5)).astype("int32")
        else:
            x = rng.normal(size=(6, 5, 3)).astype("float32")
        yield x, rng.normal(size=(6, 2)).astype("float32")


def train_keras(model, optimizer, data):
    losses = []
    for x, y in data:
        with tf.GradientTape() as tape:
            loss = keras.ops.mean((model(x, training=True) - y) ** 2)
        variables = model.trainable_variables
        grads = tape.gradient(tf.convert_to_tensor(loss), [v.value for v in variables])
        optimizer.apply(grads, variables)
        losses.append(float(loss))
    return losses


def train_ours(model, optimizer, data):
    losses = []
    for x, y in data:
        optimizer.zero_grad()
        loss = torch.mean((model(torch.from_numpy(x), training=True) - torch.from_numpy(y)) ** 2)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def pair(model):
    theirs, ours = build(keras, model), build(kerasish, model)
    rng = np.random.default_rng(1)
    weights = [rng.normal(0, 0.4, w.shape).astype("float32") for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours


CASES = [(m, r) for m in ("lstm", "gru") for r in RULES] + [
    ("both ways", "adafactor"),
    ("both ways", "muon"),
    ("both ways", "adam clipped"),
    ("embedding", "muon"),
    ("embedding", "adafactor"),
    ("constraints", "adam"),
    ("constraints", "average"),
    ("constraints", "accumulation"),
]


@pytest.mark.parametrize(("model", "rule"), CASES)
def test_the_same_training(model, rule):
    theirs, ours = pair(model)
    their_optimizer, optimizer = RULES[rule](keras.optimizers), RULES[rule](optimizers)
    optimizer.build(ours)
    expected = train_keras(theirs, their_optimizer, batches(model))
    found = train_ours(ours, optimizer, batches(model))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-4, err_msg=b.path)
    for a, b in zip(optimizer.variables, their_optimizer.variables, strict=True):
        assert a.shape == tuple(b.shape)
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-4, err_msg=b.path)


@pytest.mark.parametrize("rule", ["adam", "adafactor", "muon", "accumulation", "average"])
def test_training_goes_on_from_either_side(rule):
    """What one optimizer wrote as Keras numbers it, the other reads and goes on from."""
    data = list(batches("gru"))
    theirs, ours = pair("gru")
    their_optimizer, optimizer = RULES[rule](keras.optimizers), RULES[rule](optimizers)
    train_keras(theirs, their_optimizer, data[:8])
    store = {}
    their_optimizer.save_own_variables(store)
    ours.set_weights(theirs.get_weights())
    optimizer.build(ours)
    optimizer.load_own_variables(store)
    assert int(optimizer.iterations) == int(their_optimizer.iterations) > 0
    train_keras(theirs, their_optimizer, data[8:14])
    train_ours(ours, optimizer, data[8:14])
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)

    store = {}
    optimizer.save_own_variables(store)
    again, back = build(keras, "gru"), RULES[rule](keras.optimizers)
    again.set_weights(ours.get_weights())
    back.build(again.trainable_variables)
    back.load_own_variables(store)
    train_keras(again, back, data[14:])
    train_keras(theirs, their_optimizer, data[14:])
    for a, b in zip(again.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)
    for a, b in zip(back.variables, their_optimizer.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-4, atol=2e-4, err_msg=b.path)


def test_gradients_given_in_keras_layout():
    """`apply` takes gradients as Keras's tape gives them."""
    theirs, ours = pair("gru")
    rng = np.random.default_rng(3)
    grads = [rng.normal(size=v.shape).astype("float32") for v in theirs.trainable_variables]
    make = RULES["adam clipped"]
    their_optimizer, optimizer = make(keras.optimizers), make(optimizers)
    for _ in range(3):
        their_optimizer.apply_gradients(
            [(tf.constant(g), v) for g, v in zip(grads, theirs.trainable_variables, strict=True)]
        )
        done = optimizer.apply_gradients(
            zip([torch.tensor(g) for g in grads], ours.trainable_variables, strict=True)
        )
    assert int(done) == 3
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert_same_values(optimizer, their_optimizer)
    optimizer.apply(grads)
    their_optimizer.apply([tf.constant(g) for g in grads])
    assert_same_values(optimizer, their_optimizer)


def assert_same_values(ours, theirs):
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)


def test_the_second_bias_of_a_foreign_checkpoint_is_settled():
    """Keras's bias is the sum of torch's two; decay and averages are taken of the sum."""
    layer = kerasish.layers.LSTM(3)
    layer(torch.zeros(1, 2, 2))
    with torch.no_grad():
        layer.rnn.bias_hh_l0.normal_()
        layer.rnn.bias_ih_l0.normal_()
    before = layer.bias.numpy()
    x = torch.randn(2, 4, 2)
    output = layer(x).detach()
    optimizer = optimizers.SGD(0.5, weight_decay=0.2)
    optimizer.build(layer)
    torch.testing.assert_close(layer(x).detach(), output)
    optimizer.apply([np.zeros(v.shape, "float32") for v in layer.trainable_variables])
    np.testing.assert_allclose(layer.bias.numpy(), before * 0.9, rtol=1e-5)
    assert not layer.rnn.bias_hh_l0.any()


def test_parameters_by_themselves_are_variables_of_their_own():
    """Given as plain parameters, a GRU's two biases are clipped one by one."""
    layer = kerasish.layers.GRU(2)
    layer(torch.zeros(1, 2, 3))
    whole = optimizers.SGD(1.0, clipnorm=1.0)
    whole.build(layer)
    single = optimizers.SGD(layer.parameters(), 1.0, clipnorm=1.0)
    assert len(whole._trained) == 3
    assert len(single._trained) == 4
    for parameter in layer.parameters():
        parameter.grad = torch.ones_like(parameter) * 3
    start = layer.bias.numpy()
    whole.step()
    moved = start - layer.bias.numpy()
    assert np.linalg.norm(moved) == pytest.approx(1.0, abs=1e-5)
    start = layer.bias.numpy()
    single.step()
    moved = start - layer.bias.numpy()
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1.0, rtol=1e-5)
