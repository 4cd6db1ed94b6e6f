"""Names of `keras.layers.Layer` and of callbacks beside calls and weights, against real Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import kerasish


def paths_and_metrics(library: Any) -> list[Any]:
    library.utils.clear_session()
    layers = library.layers
    x = library.Input((3,))
    dense = layers.Dense(2)
    found = [dense.path]
    model = library.Model(x, dense(x))
    sequential = library.Sequential([layers.Dense(2), layers.Dense(1)])
    sequential(np.ones((1, 3), "float32"))
    both = layers.Bidirectional(layers.LSTM(2))
    both(np.ones((1, 2, 3), "float32"))

    class Inner(layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.seen = library.metrics.Mean(name="seen")
            self.dense = layers.Dense(1)
            self.dense.inner = library.metrics.Mean(name="inner")

        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight((), "ones", autocast=False, aggregation="mean")
            self.shift = self.add_variable((), "zeros", trainable=False)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    inner = Inner()
    inner(np.ones((1, 2), "float32"))
    found += [one.path for one in (dense, model, *sequential.layers, sequential, both)]
    found += [both.forward_layer.path, inner.path, inner.dense.path]
    found += [[one.name for one in inner.metrics], len(inner.metrics_variables)]
    found += [[one.path for one in inner.weights], len(inner.trainable_weights)]
    with pytest.raises(NotImplementedError):
        inner.add_metric(1, name="x")
    return found


def test_paths_and_metrics_of_layers_are_keras() -> None:
    ours, theirs = paths_and_metrics(kerasish), paths_and_metrics(keras)
    # A layer of one's own has the name of its class on both sides.
    assert ours == theirs


def test_input_specs_are_stored_as_in_keras() -> None:
    specs = [{"ndim": 3, "axes": {-1: 4}}, {"shape": (None, 2), "dtype": "float32"}, {}]
    for spec in specs:
        theirs, ours = keras.layers.InputSpec(**spec), kerasish.layers.InputSpec(**spec)
        assert ours.get_config() == theirs.get_config()
        assert kerasish.layers.InputSpec.from_config(ours.get_config()) == ours


def test_terminate_on_nan_can_raise() -> None:
    for library in (keras, kerasish):
        model = library.Sequential([library.Input((1,)), library.layers.Dense(1)])
        model.compile("sgd", "mse")
        x = np.full((4, 1), np.inf, "float32")
        stop = library.callbacks.TerminateOnNaN(raise_error=True)
        with pytest.raises(RuntimeError, match="batch 0"):
            model.fit(x, x, verbose=0, callbacks=[stop])


def test_layers_in_a_dict_may_have_any_names() -> None:
    class Named(kerasish.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            names = ("type", "float", "a.b", "a_b", "values", "")
            self.branches = {name: kerasish.layers.Dense(1) for name in names}

        def call(self, x: Any) -> Any:
            return sum(branch(x) for branch in self.branches.values())

    layer = Named()
    layer(np.ones((1, 2), "float32"))
    assert len(layer.weights) == 12
    assert len(layer.state_dict()) == 12
