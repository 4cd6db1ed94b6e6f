"""What is the same for Keras on every backend."""

from __future__ import annotations

from typing import Any

import keras

from benchmarks.data import Data
from benchmarks.peers.keras_api import set_weights
from benchmarks.peers.peer import Call, Results


def make_prediction(layer: Any, data: Data) -> tuple[Call, Results]:
    """Return a call of `Model.predict` on one batch, with the settings that Keras gives it."""
    model = keras.Sequential([keras.Input(data.inputs.shape[1:]), layer])
    set_weights(layer, data)

    def predict() -> Any:
        return model.predict(data.inputs, batch_size=len(data.inputs), verbose=0)

    return predict, {"outputs": predict()}
