"""Training goes on from a file, on either side, as if it had not stopped."""

import keras
import numpy as np
import pytest

import kerasish
from tests.kerasish.trainers import fit_cases


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
@pytest.mark.parametrize("ours_first", [True, False])
def test_training_goes_on_from_a_file(tmp_path, optimizer, ours_first):
    x, y = fit_cases.data((5,), 2)
    sides = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    for model in sides:
        model.compile(optimizer, "mse", metrics=["mae"])
        model.fit(x, y, epochs=2, shuffle=False, verbose=0)
    first = sides[1] if ours_first else sides[0]
    path = tmp_path / "model.keras"
    first.save(path)
    loaded = [n.models.load_model(path) for n in (keras, kerasish)]
    histories = [
        model.fit(x, y, epochs=2, shuffle=False, verbose=0).history for model in (first, *loaded)
    ]
    for found in histories[1:]:
        for name in ("loss", "mae"):
            np.testing.assert_allclose(found[name], histories[0][name], rtol=1e-4)
    for model in loaded:
        for one, other in zip(model.get_weights(), first.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert not kerasish.models.load_model(path, compile=False).compiled
