"""Models as estimators of scikit-learn, against real Keras's."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
from keras.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasish
from kerasish import wrappers

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(60, 4)).astype("float32")
LABELS = np.array(["low", "middle", "high"])[np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5])]
VALUES = (X @ RANDOM.normal(size=4)).astype("float32")


def make(library: Any, outputs: int, classify: bool) -> Any:
    library.utils.set_random_seed(3)
    last = library.layers.Dense(outputs, activation="softmax" if classify else None)
    layers = [library.Input((4,)), library.layers.Dense(8, activation="relu"), last]
    model = library.Sequential(layers)
    model.compile("adam", "categorical_crossentropy" if classify else "mse")
    return model


def of(library: Any, classify: bool, **model_kwargs: Any) -> Any:
    def model(X: Any, y: Any, width: int = 1) -> Any:
        assert width == model_kwargs.get("width", 1)
        return make(library, y.shape[1], classify)

    return model


CASES = [
    (SKLearnClassifier, wrappers.SKLearnClassifier, LABELS, True),
    (SKLearnClassifier, wrappers.SKLearnClassifier, LABELS == "low", True),
    (SKLearnRegressor, wrappers.SKLearnRegressor, VALUES, False),
]


@pytest.mark.parametrize(("theirs", "ours", "y", "classify"), CASES, ids=["3", "2", "values"])
def test_predictions_are_keras(theirs: Any, ours: Any, y: np.ndarray, classify: bool) -> None:
    answers = []
    for kind, library in ((theirs, keras), (ours, kerasish)):
        estimator = kind(
            of(library, classify, width=2),
            model_kwargs={"width": 2},
            fit_kwargs={"epochs": 2, "verbose": 0},
        )
        keras.utils.set_random_seed(5)
        assert estimator.fit(X, y, epochs=4) is estimator
        assert len(estimator.history_.history["loss"]) == 4
        found = estimator.predict(X)
        answers.append((found, estimator.score(X, y), getattr(estimator, "classes_", None)))
        if classify:
            outputs = estimator.decision_function(X)
            assert outputs.shape == (60, len(np.unique(y)))
    (expected, score, classes), (found, own_score, own_classes) = answers
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    if classify:
        assert (found == expected).all()
        assert (classes == own_classes).all()
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert own_score == pytest.approx(score, rel=1e-4)


def test_transformer_is_keras() -> None:
    answers = []
    for kind, library in (
        (SKLearnTransformer, keras),
        (wrappers.SKLearnTransformer, kerasish),
    ):
        estimator = kind(of(library, False), fit_kwargs={"epochs": 1, "verbose": 0})
        answers.append(estimator.fit(X, VALUES).transform(X))
    np.testing.assert_allclose(answers[1], answers[0], rtol=1e-4, atol=1e-5)


def test_it_goes_with_pipelines_and_cross_validation() -> None:
    model = make(kerasish, 3, True)
    before = [weight.copy() for weight in model.get_weights()]
    model.compile(kerasish.optimizers.Adam(0.05), "categorical_crossentropy")
    estimator = wrappers.SKLearnClassifier(model, fit_kwargs={"epochs": 40, "verbose": 0})
    scores = cross_val_score(make_pipeline(StandardScaler(), estimator), X, LABELS, cv=2)
    assert scores.min() > 0.6
    # The model that was given is a pattern: copies of it were fitted.
    for weight, same in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, same)


def test_a_clone_has_all_arguments_and_no_fit() -> None:
    estimator = wrappers.SKLearnRegressor(
        of(kerasish, False), warm_start=True, model_kwargs={"width": 1}, fit_kwargs={"verbose": 0}
    ).fit(X, VALUES)
    copied = clone(estimator)
    assert copied.get_params() == estimator.get_params()
    with pytest.raises(NotFittedError):
        copied.predict(X)


@pytest.mark.parametrize("warm_start", [False, True])
def test_warm_start_goes_on(warm_start: bool) -> None:
    estimator = wrappers.SKLearnRegressor(
        make(kerasish, 1, False), warm_start=warm_start, fit_kwargs={"verbose": 0, "epochs": 2}
    )
    first = estimator.fit(X, VALUES).model_
    assert (estimator.fit(X, VALUES).model_ is first) == warm_start


def test_errors() -> None:
    model = kerasish.Sequential([kerasish.layers.Dense(1)])
    with pytest.raises(RuntimeError, match="compiled"):
        wrappers.SKLearnRegressor(model).fit(X, VALUES)
    classifier = wrappers.SKLearnClassifier(of(kerasish, True))
    with pytest.raises(ValueError, match="Received: targets of type 'continuous'"):
        classifier.fit(X, VALUES)
    with pytest.raises(ValueError, match="one class"):
        classifier.fit(X, np.zeros(60, int))
    with pytest.raises(AttributeError):
        _ = wrappers.KerasClassifier


def test_without_scikit_learn_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None; import kerasish\n"
        "try: kerasish.wrappers.SKLearnRegressor\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert "pip install 'kerasish[sklearn]'" in done.stdout
