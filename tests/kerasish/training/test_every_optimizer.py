"""Twenty steps of `fit` with every optimizer: loss curve and weights are those of Keras."""

import keras
import numpy as np
import pytest

import kerasish

STEPS, BATCH = 20, 6

MODELS = {
    "dense": lambda l: [l.Input((5,)), l.Dense(6, "relu"), l.Dense(2)],  # noqa: E741
    "recurrent": lambda l: [l.Input((2, 3)), l.GRU(4), l.Dense(2)],  # noqa: E741
    "convolutional": lambda l: [  # noqa: E741
        l.Input((6, 6, 1)),
        l.Conv2D(3, 3, activation="tanh"),
        l.MaxPooling2D(),
        l.Flatten(),
        l.Dense(2),
    ],
    "all": lambda l: [  # noqa: E741
        l.Input((4, 3)),
        l.Conv1D(4, 3, activation="relu"),
        l.LSTM(4),
        l.Dense(5, "tanh"),
        l.Dense(2),
    ],
}

OPTIMIZERS = {
    "SGD": {"learning_rate": 0.1},
    "RMSprop": {},
    "Adam": {"learning_rate": 0.01},
    "AdamW": {"learning_rate": 0.01},
    "Adamax": {},
    "Nadam": {},
    "Adadelta": {"learning_rate": 1.0},
    "Adagrad": {"learning_rate": 0.1},
    "Ftrl": {"learning_rate": 0.1},
    "Lion": {},
    "Lamb": {"learning_rate": 0.01},
    "Adafactor": {"learning_rate": 0.01},
    "Muon": {"learning_rate": 0.01},
    "ScheduleFreeAdamW": {},
    "LossScaleOptimizer": {},
}
CASES = [(name, model, "float64") for name in OPTIMIZERS for model in MODELS if model != "all"]
CASES += [(name, "all", "float32") for name in OPTIMIZERS]


def optimizer(n, name):
    if name == "LossScaleOptimizer":
        return n.optimizers.LossScaleOptimizer(n.optimizers.SGD(0.1), initial_scale=8.0)
    return getattr(n.optimizers, name)(**OPTIMIZERS[name])


class Losses:
    """Collects the loss after each step; each library has a callback of its own for it."""

    def __init__(self, n):
        self.values = values = []
        self.callback = n.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: values.append(float(logs["loss"]))
        )


@pytest.mark.parametrize(("name", "model", "dtype"), CASES, ids=["-".join(case) for case in CASES])
def test_twenty_steps(name, model, dtype, monkeypatch):
    sides = []
    rng = np.random.default_rng(3)
    before = keras.config.floatx()
    try:
        for n in (keras, kerasish):
            n.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        models = [n.Sequential(MODELS[model](n.layers)) for n in (keras, kerasish)]
        weights = [rng.normal(0, 0.4, w.shape) for w in models[0].weights]
        x = rng.normal(size=(STEPS * BATCH, *models[0].input_shape[1:]))
        y = rng.normal(size=(STEPS * BATCH, 2))
        for n, made in zip((keras, kerasish), models, strict=True):
            made.set_weights(weights)
            made.compile(optimizer(n, name), "mse", run_eagerly=True)
            losses = Losses(n)
            made.fit(x, y, BATCH, shuffle=False, verbose=0, callbacks=[losses.callback])
            sides.append((losses.values, made.get_weights()))
    finally:
        for n in (keras, kerasish):
            n.config.set_floatx(before)
        keras.config.set_dtype_policy(before)
    limit = {"float32": 1e-4, "float64": 1e-9}[dtype]
    (expected, their_weights), (found, our_weights) = sides
    assert len(found) == STEPS
    np.testing.assert_allclose(found, expected, rtol=limit)
    for one, other, start in zip(our_weights, their_weights, weights, strict=True):
        assert str(one.dtype) == dtype
        np.testing.assert_allclose(one, other, rtol=limit, atol=limit)
        assert not np.array_equal(one, start.astype(dtype))
