"""Tables whose rows are looked up several times in a step, trained as Keras trains them."""

import copy

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish.layers import Dense, Embedding

RULES = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "RMSprop": {"momentum": 0.3, "centered": True},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "Adadelta": {"learning_rate": 1.0},
    "Adagrad": {},
    "Adamax": {},
    "Adafactor": {},
    "Nadam": {},
    "Ftrl": {},
    "Lamb": {},
    "Lion": {},
    "Muon": {},
    "ScheduleFreeAdamW": {},
    "Adam with a limit on the norm": {"clipnorm": 0.01},
    "Adam with a limit on values": {"clipvalue": 0.002},
    "Adam in turns": {"gradient_accumulation_steps": 2},
    "Adam with a limit on all norms": {"global_clipnorm": 0.01},
    "RMSprop decaying": {"weight_decay": 0.1},
}
NOISE = np.random.default_rng(0)
# Rows that are looked up once, often, and never.
IDS = NOISE.choice([1, 1, 1, 2, 2, 3, 4, 5], (12, 4))
LABELS = NOISE.integers(0, 3, 12)


def trained(package, name, options, regularizer=None, dtype="float64"):
    """The losses and weights after six steps."""
    package.utils.set_random_seed(5)
    options = {"learning_rate": 0.02, **options}
    model = package.Sequential(
        [
            package.layers.Input((4,), dtype="int32"),
            package.layers.Embedding(
                7, 3, mask_zero=True, embeddings_regularizer=regularizer, dtype=dtype
            ),
            package.layers.SimpleRNN(3, dtype=dtype),
            package.layers.Dense(3, activation="softmax", dtype=dtype),
        ]
    )
    rule = getattr(package.optimizers, name.split()[0])(**options)
    model.compile(rule, "sparse_categorical_crossentropy", run_eagerly=package is keras)
    fitted = model.fit(IDS, LABELS, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return [np.array(fitted.history["loss"]), *model.get_weights()]


@pytest.mark.parametrize("name", RULES)
def test_steps_agree(name):
    # Keras's Muon computes in float32 alone, and the others some constants.
    kind = "float32" if name == "Muon" else "float64"
    found, wanted = (trained(one, name, RULES[name], dtype=kind) for one in (kerasish, keras))
    for one, other in zip(found, wanted, strict=True):
        tolerance = {"rtol": 1e-4, "atol": 1e-6} if name == "Muon" else {"rtol": 2e-6, "atol": 2e-7}
        np.testing.assert_allclose(one, other, **tolerance)


def test_with_a_regularizer_rows_are_added_up_first():
    found, wanted = (trained(one, "Adam", {}, "l2", "float32") for one in (kerasish, keras))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_a_loop_of_ones_own_does_as_fit():
    results = []
    for own in (False, True):
        kerasish.utils.set_random_seed(3)
        model = kerasish.Sequential([kerasish.Input((4,)), Embedding(7, 3), Dense(1)])
        model.compile("adam", "mse")
        y = np.ones((12, 4, 1), "float32")
        if own:
            optimizer = kerasish.optimizers.Adam(model)
            for _ in range(3):
                optimizer.zero_grad()
                (
                    model(torch.tensor(IDS), training=True) - torch.tensor(y)
                ).square().mean().backward()
                optimizer.step()
        else:
            model.fit(IDS, y, epochs=3, batch_size=12, shuffle=False, verbose=0)
        results.append(model.get_weights())
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_copies_and_torchs_optimizers_gather_nothing():
    model = kerasish.Sequential([kerasish.Input((4,)), Embedding(7, 3), Dense(1)])
    model.compile("adam", "mse")
    model.train_on_batch(IDS, np.ones((12, 4, 1)))
    layer = model.layers[0]
    assert layer._lookups._seen == []
    assert copy.deepcopy(model).layers[0]._lookups is None
    for _ in range(300):  # of which none is followed by a step
        model(torch.tensor(IDS), training=True).sum().backward()
    assert len(layer._lookups._seen) <= 256
