"""Training from the same weights on the same data leaves what Keras's leaves."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.trainers import fit_cases

SCCE = "sparse_categorical_crossentropy"


def compare(theirs, ours, arguments, *args, tolerance=1e-4, **kwargs):
    histories = []
    for n, model in ((keras, theirs), (kerasish, ours)):
        given = arguments(n) if callable(arguments) else arguments
        model.compile(**given)
        histories.append(model.fit(*args, shuffle=False, verbose=0, **kwargs).history)
    expected, found = histories
    assert set(found) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(
            found[name], values, rtol=tolerance, atol=tolerance, err_msg=name
        )
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    return found


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_dense_classifier(optimizer):
    x, y = fit_cases.data((5,), 3, classes=3)
    theirs, ours = fit_cases.pair(keras, kerasish, fit_cases.dense)
    compiled = {"optimizer": optimizer, "loss": SCCE, "metrics": ["accuracy"]}
    compare(
        theirs,
        ours,
        compiled,
        x,
        y,
        epochs=3,
        batch_size=8,
        validation_split=0.21,
        class_weight={0: 0.5, 2: 3.0},
    )
    expected, found = (model.evaluate(x, y, verbose=0) for model in (theirs, ours))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert ours.metrics_names == theirs.metrics_names


def test_sample_weights_and_constraints():
    x, y = fit_cases.data((5,), 2)
    weight = np.random.default_rng(1).uniform(size=50)
    theirs, ours = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    compiled = lambda n: {  # noqa: E731
        "optimizer": n.optimizers.SGD(0.1, momentum=0.9),
        "loss": "huber",
        "metrics": ["mse"],
        "weighted_metrics": ["mse", "mae"],
    }
    compare(
        theirs,
        ours,
        compiled,
        x,
        y,
        epochs=4,
        batch_size=10,
        sample_weight=weight,
        validation_data=(x[:7], y[:7], weight[:7]),
        validation_freq=2,
    )


def test_masks_reach_loss_and_metrics():
    x, _ = fit_cases.data((6, 3), 2)
    x[:, 4:] *= np.arange(50)[:, None, None] % 2
    y = np.random.default_rng(2).normal(size=(50, 6, 2)).astype("float32")
    theirs, ours = fit_cases.pair(keras, kerasish, fit_cases.recurrent)
    compare(theirs, ours, {"optimizer": "adam", "loss": "mse", "metrics": ["mae"]}, x, y, epochs=3)


def test_convolutions():
    x, y = fit_cases.data((8, 8, 2), 3, classes=3)
    theirs, ours = fit_cases.pair(keras, kerasish, fit_cases.convolutional)
    compare(theirs, ours, {"optimizer": "adam", "loss": SCCE, "metrics": ["acc"]}, x, y, epochs=3)


@pytest.mark.parametrize("eagerly", [False, True])
def test_several_inputs_and_outputs(eagerly):
    """With a last batch that is smaller: graphs of Keras do not know sizes of batches."""
    rng = np.random.default_rng(5)
    x = {"a": rng.normal(size=(43, 5)), "b": rng.normal(size=(43, 4))}
    y = {"p": rng.normal(size=(43, 2)), "q": rng.normal(size=(43, 1))}
    theirs, ours = fit_cases.pair(keras, kerasish, fit_cases.two_outputs)
    compiled = {
        "optimizer": "adam",
        "loss": {"p": "mse", "q": "mae"},
        "loss_weights": {"p": 0.5, "q": 2.0},
        "metrics": {"p": ["mae"], "q": ["mse"]},
        "run_eagerly": eagerly,
    }
    compare(theirs, ours, compiled, x, y, epochs=3, batch_size=8, tolerance=1e-5)
    expected, found = (model.evaluate(x, y, batch_size=8, verbose=0) for model in (theirs, ours))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_double_precision():
    """In float64 twenty steps agree almost to the last digit."""
    x, y = fit_cases.data((5,), 2)
    sides = []
    for n in (keras, kerasish):
        old = n.config.floatx()
        n.config.set_floatx("float64")
        try:
            if n is keras:
                keras.config.set_dtype_policy("float64")
            model = n.Sequential(
                [n.layers.Input((5,)), n.layers.Dense(4, "tanh"), n.layers.Dense(2)]
            )
            rng = np.random.default_rng(0)
            model.set_weights([rng.normal(size=w.shape) for w in model.weights])
            model.compile(n.optimizers.Adam(0.01), "mse")
            history = model.fit(x, y, batch_size=10, epochs=4, shuffle=False, verbose=0).history
            sides.append((history["loss"], model.get_weights()))
        finally:
            n.config.set_floatx(old)
            if n is keras:
                keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(sides[1][0], sides[0][0], rtol=1e-9)
    for one, other in zip(sides[1][1], sides[0][1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_steps_of_a_generator_and_batches_by_hand():
    x, y = fit_cases.data((5,), 2)

    def forever():
        while True:
            for start in range(0, 50, 10):
                yield x[start : start + 10], y[start : start + 10]

    theirs, ours = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    for model in (theirs, ours):
        model.compile("sgd", "mse", metrics=["mae"])
    expected, found = (
        model.fit(forever(), steps_per_epoch=3, epochs=3, shuffle=False, verbose=0).history
        for model in (theirs, ours)
    )
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4)
    for verb in ("train_on_batch", "test_on_batch"):
        for as_dict in (False, True):
            one, other = (
                getattr(m, verb)(x[:9], y[:9], return_dict=as_dict) for m in (ours, theirs)
            )
            if as_dict:
                assert set(one) == set(other)
                one, other = ([side[name] for name in sorted(side)] for side in (one, other))
            np.testing.assert_allclose(one, [float(v) for v in other], rtol=1e-4)


def test_losses_that_layers_add():
    class Adding(kerasish.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * torch.mean(inputs**2))
            return inputs

    class TheirAdding(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * keras.ops.mean(inputs**2))
            return inputs

    def make(n):
        adding = Adding() if n is kerasish else TheirAdding()
        return n.Sequential([n.layers.Input((5,)), n.layers.Dense(4), adding, n.layers.Dense(2)])

    x, y = fit_cases.data((5,), 2)
    theirs, ours = fit_cases.pair(keras, kerasish, make)
    compare(theirs, ours, {"optimizer": "sgd", "loss": "mse"}, x, y, epochs=3)


def test_a_train_step_of_ones_own():
    class Doubled(kerasish.Sequential):
        def train_step(self, data):
            x, y = data[:2]
            loss = 2 * torch.mean((self(x, training=True) - y) ** 2)
            self.optimizer.zero_grad()
            self.optimizer.build(self.trainable_variables)
            loss.backward()
            self.optimizer.step()
            return {"mine": loss.detach()}

    x, y = fit_cases.data((5,), 2)
    theirs, _ = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    ours = Doubled(fit_cases.dense_regression(kerasish).layers)
    ours(x[:1])
    ours.set_weights(theirs.get_weights())
    theirs.compile(keras.optimizers.SGD(0.1), "mse", loss_weights=[2.0])
    ours.compile(kerasish.optimizers.SGD(0.1))
    theirs.fit(x, y, shuffle=False, verbose=0, epochs=2)
    history = ours.fit(x, y, shuffle=False, verbose=0, epochs=2).history
    assert list(history) == ["mine"]
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
