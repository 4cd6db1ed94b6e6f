"""What is written alike for Keras and kerasish."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Case
from benchmarks.data import Data
from benchmarks.works import CUSTOM_ACTIVATION


def make_layer(library: Any, case: Case) -> Any:
    """Make a case's layer; of a stack, a `Sequential` model of two.

    Args:
        library: `keras` or `kerasish`.
        case: The case.
    """
    arrangement = case.work.arrangement
    if arrangement == "stacked":
        return library.Sequential([_make_one(library, case) for _ in range(2)])
    layer = _make_one(library, case)
    return library.layers.Bidirectional(layer) if arrangement == "bidirectional" else layer


def _make_one(library: Any, case: Case) -> Any:
    work, units = case.work, case.size.units
    if work.cell == "RNN":
        return library.layers.RNN(make_leaky_cell(library, units), return_sequences=True)
    options = dict(work.options)
    if options.get("activation") == CUSTOM_ACTIVATION:
        options["activation"] = lambda x: x * library.ops.sigmoid(x)
    return getattr(library.layers, work.cell)(units, return_sequences=True, **options)


def make_leaky_cell(library: Any, units: int) -> Any:
    """Make a cell of a notebook's own: a leaky integrator, whose states move half of the way.

    Args:
        library: `keras` or `kerasish`.
        units: Size of the state.
    """
    ops = library.ops

    class LeakyCell(library.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.units = self.state_size = self.output_size = units

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], units), name="kernel")
            self.recurrent_kernel = self.add_weight(shape=(units, units), name="recurrent_kernel")
            self.bias = self.add_weight(shape=(units,), name="bias")
            self.built = True

        def call(self, inputs: Any, states: Any) -> Any:
            moved = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel)
            output = 0.5 * states[0] + 0.5 * ops.tanh(moved + self.bias)
            return output, [output]

    return LeakyCell()


def set_weights(layer: Any, data: Data) -> None:
    """Give a built layer the case's weights."""
    layer.set_weights([array for weights in data.weights for array in weights.values()])


def read_weights(layer: Any) -> list[dict[str, np.ndarray]]:
    """Read the weights of each recurrent layer, in Keras's layout."""
    arrays = layer.get_weights()
    names = ("kernel", "recurrent_kernel", "bias")
    return [
        {name: np.array(arrays[start + i]) for i, name in enumerate(names)}
        for start in range(0, len(arrays), len(names))
    ]


def make_prediction(library: Any, layer: Any, case: Case, data: Data) -> tuple[Any, Any]:
    """Return a model of one layer, and a call of its `predict`, on one batch or on many samples.

    Args:
        library: `keras` or `kerasish`.
        layer: The layer; it is built and gets the case's weights.
        case: The case.
        data: Its arrays.
    """
    model = library.Sequential([library.Input(data.inputs.shape[1:]), layer])
    set_weights(layer, data)

    def predict() -> Any:
        return model.predict(data.inputs, batch_size=case.batch, verbose=0)

    return model, predict
