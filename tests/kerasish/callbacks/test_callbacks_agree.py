"""Callbacks do at the same epochs what Keras's do."""

import keras
import numpy as np
import pytest

import kerasish
from tests.kerasish.trainers import fit_cases

NAMES = [
    f"on_{kind}{part}_{when}"
    for kind in ("train", "test")
    for part in ("", "_batch")
    for when in ("begin", "end")
] + ["on_epoch_begin", "on_epoch_end"]


def recorder(n, calls):
    def record(name):
        def method(self, *args, **kwargs):
            values = [*args, *kwargs.values()]
            logs = values[-1] if values and isinstance(values[-1], dict) else {}
            number = values[0] if values and isinstance(values[0], int) else None
            calls.append((name, number, {k: float(v) for k, v in sorted((logs or {}).items())}))

        return method

    return type("Recorder", (n.callbacks.Callback,), {name: record(name) for name in NAMES})()


CASES = {
    "none": lambda n: [],
    "early": lambda n: [
        n.callbacks.EarlyStopping(patience=1, min_delta=0.01, restore_best_weights=True)
    ],
    "plateau": lambda n: [
        n.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_delta=0.05, cooldown=1)
    ],
    "schedule": lambda n: [n.callbacks.LearningRateScheduler(lambda e, r: r * 0.5 if e else r)],
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_calls(name):
    x, y = fit_cases.data((5,), 2)
    sides = []
    for n, model in zip(
        (keras, kerasish), fit_cases.pair(keras, kerasish, fit_cases.dense_regression), strict=True
    ):
        calls = []
        model.compile(n.optimizers.SGD(0.2), "mse", metrics=["mae"])
        history = model.fit(
            x,
            y,
            epochs=6,
            batch_size=20,
            shuffle=False,
            verbose=0,
            validation_split=0.3,
            callbacks=[*CASES[name](n), recorder(n, calls)],
        )
        sides.append((calls, history.epoch, model.get_weights()))
    (expected, epochs, weights), (found, our_epochs, our_weights) = sides
    assert our_epochs == epochs
    assert [call[:2] for call in found] == [call[:2] for call in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[2].keys() == other[2].keys()
        np.testing.assert_allclose(list(one[2].values()), list(other[2].values()), rtol=1e-3)
    for one, other in zip(our_weights, weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
