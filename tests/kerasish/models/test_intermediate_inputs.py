"""Models that begin within another model, against real Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import kerasish

X = np.random.default_rng(0).normal(size=(3, 5, 4)).astype("float32")


def whole(library: Any) -> tuple[Any, dict[str, Any]]:
    """A model with a branch, a layer that is used twice and a layer with several outputs."""
    layers = library.layers
    library.utils.clear_session()
    library.utils.set_random_seed(4)
    x = library.Input((5, 4), name="x")
    masked = layers.Masking(name="masking")(x)
    sequences, h, c = layers.LSTM(4, return_sequences=True, return_state=True, name="lstm")(masked)
    shared = layers.Dense(4, activation="tanh", name="shared")
    first = shared(h)
    second = shared(layers.add([first, c], name="add"))
    pooled = layers.GlobalAveragePooling1D(name="pool")(sequences)
    joined = layers.concatenate([pooled, second], name="join")
    out = layers.Dense(2, name="out")(joined)
    places = {"h": h, "c": c, "first": first, "pooled": pooled, "second": second, "joined": joined}
    return library.Model(x, out), places


CASES = [["joined"], ["pooled", "second"], ["pooled", "h", "c"]]


@pytest.mark.parametrize("starts", CASES, ids="-".join)
def test_the_rest_of_a_model_is_keras(starts: list[str], tmp_path: Path) -> None:
    found = []
    for library in (keras, kerasish):
        model, places = whole(library)
        inputs = [places[name] for name in starts]
        rest = library.Model(inputs if len(inputs) > 1 else inputs[0], model.output)
        front = library.Model(model.input, inputs)
        values = front.predict(X, verbose=0)
        values = values if isinstance(values, list) else [values]
        given = values if len(values) > 1 else values[0]
        answer = rest.predict(given, verbose=0)
        np.testing.assert_allclose(answer, model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
        assert rest.get_layer("out") is model.get_layer("out")
        # The whole model is what it was, and both can be stored.
        rest.save(tmp_path / "rest.keras")
        model.save(tmp_path / "whole.keras")
        for path, data, expected in (("rest", given, answer), ("whole", X, None)):
            stored = library.models.load_model(tmp_path / f"{path}.keras")
            expected = model.predict(X, verbose=0) if expected is None else expected
            np.testing.assert_allclose(stored.predict(data, verbose=0), expected, rtol=1e-6)
        kinds = [type(layer).__name__ for layer in rest.layers]
        found.append((kinds, rest.input_shape, len(rest.weights), answer))
    assert found[0][:3] == found[1][:3]
    np.testing.assert_allclose(found[1][3], found[0][3], rtol=1e-5, atol=1e-6)


def test_a_start_that_does_not_lead_to_the_end_is_refused() -> None:
    model, places = whole(kerasish)
    with pytest.raises(ValueError, match="Received"):
        kerasish.Model(places["second"], model.output)
