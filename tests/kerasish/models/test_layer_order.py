"""The order of layers, and so of weights, in random graphs, with masks and without."""

import random

import keras
import numpy as np
import pytest

import kerasish
from tests.kerasish.model_checker import assert_same
from tests.kerasish.model_zoo import TOKENS


def random_model(n, seed, masked):
    """A model of sequences `(batch, 4, 3)`; the same choices in both libraries."""
    rng, layers = random.Random(seed), n.layers
    tokens, values = n.Input((4,), dtype="int32"), n.Input((4, 3))
    dense, start = layers.Dense(3), n.Input((4, 3))
    inner = n.Model(start, layers.Dense(3)(layers.Dense(3)(start)))
    found = [layers.Embedding(6, 3, mask_zero=masked)(tokens), values]

    def pick():
        return rng.choice(found[-4:])

    steps = [
        lambda: layers.Dense(3)(pick()),
        lambda: dense(pick()),
        lambda: inner(pick()),
        lambda: layers.LSTM(3, return_sequences=True)(pick()),
        lambda: layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum")(
            pick()
        ),
        lambda: layers.TimeDistributed(layers.Dense(3))(pick()),
        lambda: layers.Dropout(0.5)(pick()),
        lambda: layers.Embedding(6, 3, mask_zero=masked)(tokens),
        lambda: layers.Add()([pick(), pick()]),
        lambda: layers.Average()([pick(), pick(), pick()]),
        lambda: layers.Dense(3)(layers.Concatenate()([pick(), pick()])),
        lambda: pick() * 2.0,
        lambda: layers.GRU(3, return_sequences=True)(pick(), initial_state=pick()[:, 0]),
    ]
    if masked:
        steps += [lambda: layers.Masking()(pick())] * 2
    for _ in range(rng.randint(4, 14)):
        found.append(rng.choice(steps)())  # noqa: PERF401 - each step picks among the last ones
    outputs = [layers.LSTM(2)(one) for one in rng.sample(found, 2)]
    return n.Model([tokens, values], outputs)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.filterwarnings("ignore:Layer .*mask:UserWarning")
def test_order(masked):
    for seed in range(60):
        made = []
        for n in (keras, kerasish):
            n.utils.clear_session(free_memory=False)
            made.append(random_model(n, seed, masked))
        theirs, ours = made
        names = [layer.name for layer in theirs.layers]
        assert [layer.name for layer in ours.layers] == names, seed
        assert [w.path for w in ours.weights] == [w.path for w in theirs.weights], seed
        if seed % 6 == 0:
            compare_values(ours, theirs, seed)


def compare_values(ours, theirs, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 0.5, w.shape).astype("float32") for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    values = rng.normal(size=(len(TOKENS), 4, 3)).astype("float32")
    values[1, 2:] = values[2, :1] = 0
    x = [TOKENS.astype("int32"), values]
    assert_same(list(ours(x)), [np.asarray(one) for one in theirs(x)], f"seed {seed}")
