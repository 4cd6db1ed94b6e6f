"""Data of many kinds, what is said of data that do not fit, and arguments of older versions."""

import functools

import ml_dtypes
import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import kerasish
from tests.kerasish.trainers import fit_cases

X, Y = fit_cases.data((5,), 2)


def compiled(loss="mse", **kwargs):
    model = fit_cases.dense_regression(kerasish)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.4, w.shape) for w in model.weights])
    model.compile("sgd", loss, **kwargs)
    return model


class Batches(kerasish.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(index * 10, index * 10 + 10)
        return X[rows], Y[rows]


def test_all_verbs_take_all_kinds():
    frame, targets = pd.DataFrame(X, columns=list("abcde")), pd.DataFrame(Y)
    loader = DataLoader(TensorDataset(torch.from_numpy(X), torch.from_numpy(Y)), 10)
    half = X.astype(ml_dtypes.bfloat16)
    model = compiled(metrics=["mae"])
    whole = model.evaluate(X, Y, verbose=0)
    predicted = model.predict(X, verbose=0)
    for given in ((frame, targets), (Batches(),), (loader,), (X.astype(object), Y)):
        np.testing.assert_allclose(model.evaluate(*given, verbose=0), whole, rtol=1e-5)
    for given in (frame, Batches(), loader):
        np.testing.assert_allclose(model.predict(given, verbose=0), predicted, rtol=1e-5)
    np.testing.assert_allclose(model.evaluate(half, Y, verbose=0), whole, rtol=0.05)
    plain = compiled().fit(X, Y, validation_data=(X, Y), verbose=0, shuffle=False)
    expected = plain.history["val_loss"]
    for validation in ((frame, targets), [X, Y], Batches(), loader):
        once = compiled().fit(X, Y, validation_data=validation, verbose=0, shuffle=False)
        np.testing.assert_allclose(once.history["val_loss"], expected, rtol=1e-5)
    weights = np.linspace(0, 1, 50)
    one, other = (
        compiled().fit(x, y, sample_weight=w, shuffle=False, verbose=0).history["loss"]
        for x, y, w in ((X, Y, weights), (frame, targets, pd.Series(weights)))
    )
    assert one == other


RAGGED = np.array([[1.0, 2.0], [3.0]], dtype=object)
WRONG = {
    "ragged x": ((RAGGED, Y[:2]), {}, r"all rows of one length; pad.*objects of shape \(2,\)"),
    "ragged lists": (([[1, 2], [3]], Y[:2]), {}, "rows of one length; pad"),
    "complex": ((X + 1j, Y), {}, "dtype complex"),
    "dates": ((X.astype("datetime64[s]"), Y), {}, r"dates and complex.*dtype datetime64\[s\]"),
    "text": ((np.full((50, 5), "a"), Y), {}, "strings of shape"),
    "targets of text": ((X, np.full(50, "a")), {}, "have to be numbers"),
    "width of x": ((X[:, :3], Y), {}, "expected axis -1 of the input to have size 5, found 3"),
    "width of y": (
        (X, np.ones((50, 3))),
        {},
        r"y_true of shape \(32, 3\), y_pred of shape \(32, 2\)",
    ),
    "number of weights": ((X, Y), {"sample_weight": np.ones(49)}, r"'sample_weight': \[\(49,\)\]"),
    "shape of weights": (
        (X, Y),
        {"sample_weight": np.ones((50, 3))},
        r"weights of shape \(32, 3\)",
    ),
    "batch size": ((X, Y), {"batch_size": 2.5}, "positive whole number.*batch_size=2.5"),
    "epochs": ((X, Y), {"epochs": 2.5}, "whole number.*epochs=2.5"),
    "split": ((Batches(),), {"validation_split": 0.2}, "arrays and tensors.*x of type Batches"),
    "parts": ((iter([(X, Y, Y, Y)]),), {}, "Received: 4 parts"),
    "argument": ((X, Y), {"samples_per_epoch": 2}, r"Received: \['samples_per_epoch'\]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_data_that_do_not_fit(case):
    args, kwargs, message = WRONG[case]
    model = compiled()
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"(?s){message}"):
        model.fit(*args, verbose=0, **kwargs)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("wrong", [2, -1])
def test_a_label_out_of_range(wrong):
    model = compiled("sparse_categorical_crossentropy")
    labels = np.zeros(50, "int64")
    labels[-1] = wrong
    with pytest.raises(
        ValueError, match=rf"from 0 to 1; .*numbers from {min(wrong, 0)} to {max(wrong, 0)}"
    ):
        model.fit(X, labels, verbose=0)
    assert model.evaluate(X, np.zeros(50), verbose=0) > 0  # the model is as good as before


def test_a_generator_that_raises():
    def broken():
        yield X, Y
        try:
            raise OSError("row 7 is missing")
        except OSError as error:
            raise RuntimeError("the file is broken") from error

    with pytest.raises(RuntimeError, match="the file is broken") as found:
        compiled().fit(broken(), verbose=0)
    assert str(found.value.__cause__) == "row 7 is missing"


def test_arguments_of_older_versions():
    model = compiled()

    def batches():
        while True:
            yield X, Y

    calls = {
        "epochs": lambda: model.fit(X, Y, nb_epoch=2, verbose=0, workers=3).epoch,
        "fit": lambda: model.fit_generator(batches(), 2, nb_epoch=2, verbose=0, workers=3).epoch,
        "evaluate: `workers`": lambda: model.evaluate(X, Y, verbose=0, workers=3),
        "predict: `max_queue": lambda: model.predict(X, verbose=0, max_queue_size=3),
        "predict_proba": lambda: model.predict_proba(X),
        "predict_classes": lambda: model.predict_classes(X),
        "sample_weight_mode": lambda: model.compile("sgd", "mse", sample_weight_mode="temporal"),
    }
    results = {}
    for name, call in calls.items():
        with pytest.warns(DeprecationWarning, match=name) as found:
            results[name] = call()
        assert len(found) == 1
        assert found[0].filename == __file__
    assert results["epochs"] == results["fit"] == [0, 1]
    np.testing.assert_array_equal(results["predict_classes"], results["predict_proba"].argmax(-1))
    single = kerasish.Sequential([kerasish.Input((5,)), kerasish.layers.Dense(1, "sigmoid")])
    with pytest.warns(DeprecationWarning, match="above|0.5"):
        classes = single.predict_classes(X)
    np.testing.assert_array_equal(classes, single.predict(X, verbose=0) > 0.5)


def test_steps_of_ones_own():
    class Own(kerasish.Sequential):
        def predict_step(self, data):
            return super().predict_step(data) * 0 + 7

        def test_step(self, data):
            return {**super().test_step(data), "mine": 3}

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "largest": y_pred.max()}

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return super().compute_loss(x, y, y_pred, sample_weight, training) * (2 - training)

    model = Own(fit_cases.dense_regression(kerasish).layers)
    model.compile("sgd", "mse")
    assert (model.predict(X, verbose=0) == 7).all()
    assert (model.predict_on_batch(X) == 7).all()
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert logs["mine"] == 3
    plain = kerasish.Sequential(model.layers)
    plain.compile("sgd", "mse")
    np.testing.assert_allclose(logs["loss"], 2 * plain.evaluate(X, Y, verbose=0), rtol=1e-6)
    history = model.fit(X, Y, verbose=0, shuffle=False).history
    assert set(history) == {"loss", "largest"}


def test_evaluation_that_is_stopped():
    seen = []
    model = compiled()

    def stop(batch, logs):
        seen.append(batch)
        model.stop_evaluating = batch == 1

    watching = kerasish.callbacks.LambdaCallback(on_test_batch_end=stop)
    loss = model.evaluate(X, Y, batch_size=10, verbose=0, callbacks=[watching])
    assert seen == [0, 1]
    assert loss == pytest.approx(model.evaluate(X[:20], Y[:20], verbose=0), rel=1e-5)


def test_compiled_steps(monkeypatch):
    """`jit_compile=True` runs the model by `torch.compile`, to the same numbers."""
    used = []
    real = torch.compile

    def counted(call):
        used.append(call.__name__)
        return real(call, backend="eager", fullgraph=True)

    monkeypatch.setattr(torch, "compile", counted)
    histories = []
    for kwargs in ({}, {"jit_compile": True}, {"jit_compile": True, "run_eagerly": True}):
        model = compiled(metrics=["mae"], **kwargs)
        fitted = functools.partial(model.fit, batch_size=25, shuffle=False, verbose=0, epochs=2)
        histories.append(fitted(X, Y, validation_data=(X, Y)).history)
    assert used == ["_call_impl"]
    for history in histories[1:]:
        for name, values in histories[0].items():
            np.testing.assert_allclose(history[name], values, rtol=1e-5)
    torch._dynamo.reset()
