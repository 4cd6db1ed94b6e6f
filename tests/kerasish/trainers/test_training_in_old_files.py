"""Training goes on from `.h5` files of Keras 2 and 3, and from weights files."""

import keras
import numpy as np
import pytest
import tf_keras

import kerasish
from tests.kerasish.trainers import fit_cases

SCCE = "SparseCategoricalCrossentropy"
X, Y = fit_cases.data((5,), 3, classes=3)


def model(n):
    return n.Sequential(
        [
            n.layers.Input((5,)),
            n.layers.Dense(4, "tanh", name="one"),
            n.layers.Dense(3, name="two"),
        ]
    )


def compiled(n, optimizer):
    made = model(n)
    loss = getattr(n.losses, SCCE)(from_logits=True)
    made.compile(optimizer, loss, metrics=["accuracy", n.metrics.SparseTopKCategoricalAccuracy(2)])
    return made


def go_on(made):
    return made.fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0).history


def assert_same(found, expected, ours, theirs):
    assert set(found) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, err_msg=name)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


OLD = {
    "adam": lambda o: o.Adam(0.02),
    "old adam": lambda o: o.legacy.Adam(0.02, decay=0.01, amsgrad=True),
    "rmsprop": lambda o: o.RMSprop(0.01, momentum=0.5, centered=True),
    "old sgd": lambda o: o.legacy.SGD(0.1, momentum=0.9, nesterov=True),
    "old adagrad": lambda o: o.legacy.Adagrad(0.1, epsilon=1e-7),
}


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", OLD)
def test_files_of_keras_2(tmp_path, name):
    theirs = compiled(tf_keras, OLD[name](tf_keras.optimizers))
    go_on(theirs)
    theirs.save(tmp_path / "model.h5")
    ours = kerasish.models.load_model(tmp_path / "model.h5")
    assert ours.compiled
    assert_same(go_on(ours), go_on(theirs), ours, theirs)


@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_h5_files_of_keras_3(tmp_path, optimizer, ours_first):
    path = tmp_path / "model.h5"
    first = compiled(kerasish if ours_first else keras, optimizer)
    go_on(first)
    first.save(path)
    if ours_first:  # Keras evaluates such a model, and can't train it, whoever wrote the file
        again = keras.models.load_model(path)
        assert again.optimizer.iterations.numpy() == 10
        expected, found = (m.evaluate(X, Y, verbose=0) for m in (first, again))
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    again = kerasish.models.load_model(path)
    expected = go_on(first)
    assert_same(go_on(again), expected, again, first)
    assert not kerasish.models.load_model(path, compile=False).compiled
    if ours_first:
        first.save(path, include_optimizer=False)
        assert not kerasish.models.load_model(path).compiled


def test_several_outputs_and_objects_that_are_not_known(tmp_path):
    def two(n):
        made = fit_cases.two_outputs(n)
        made.compile(
            "sgd",
            {"p": "mse", "q": n.losses.LogCosh()},
            loss_weights={"p": 0.5, "q": 2.0},
            metrics={"p": ["mae"], "q": [n.metrics.RootMeanSquaredError()]},
        )
        return made

    rng = np.random.default_rng(0)
    x = {"a": rng.normal(size=(20, 5)), "b": rng.normal(size=(20, 4))}
    y = {"p": rng.normal(size=(20, 2)), "q": rng.normal(size=(20, 1))}
    theirs = two(keras)
    theirs.save(tmp_path / "two.h5")
    ours = kerasish.models.load_model(tmp_path / "two.h5")
    expected, found = (m.evaluate(x, y, verbose=0, return_dict=True) for m in (theirs, ours))
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5)

    @kerasish.saving.register_keras_serializable("mine")
    class Mine(kerasish.losses.Loss):
        def call(self, y_true, y_pred):
            return ((y_true - y_pred) ** 4).mean(-1)

    own = model(kerasish)
    own.compile("sgd", Mine())
    own.save(tmp_path / "own.h5")
    kerasish.saving.get_custom_objects().clear()
    with pytest.warns(UserWarning, match=r"own.h5: the training is not restored.*Mine"):
        assert not kerasish.models.load_model(tmp_path / "own.h5").compiled


def test_the_optimizer_in_weights_files(tmp_path):
    """As in Keras it is read where it has been built, and else a warning says that it is not."""
    first = compiled(keras, "adam")
    go_on(first)
    first.save_weights(tmp_path / "w.weights.h5")
    expected = go_on(first)
    ours = compiled(kerasish, "adam")
    with pytest.warns(UserWarning, match=r"'adam.*' \(Adam\) is not loaded.*not been built yet"):
        ours.load_weights(tmp_path / "w.weights.h5")
    assert int(ours.optimizer.iterations) == 0
    ours.optimizer.build(ours.trainable_variables)
    ours.load_weights(tmp_path / "w.weights.h5")
    assert int(ours.optimizer.iterations) == 10
    assert_same(go_on(ours), expected, ours, first)
    model(kerasish).load_weights(tmp_path / "w.weights.h5")  # nothing is said without a training
