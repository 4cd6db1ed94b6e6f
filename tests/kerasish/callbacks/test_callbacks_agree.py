"""Callbacks do, print and write at the same steps what Keras's do."""

import contextlib
import csv
import io
import re

import keras
import numpy as np
import pytest

import kerasish
from tests.kerasish.trainers import fit_cases

NAMES = [
    f"on_{kind}{part}_{when}"
    for kind in ("train", "test", "predict")
    for part in ("", "_batch")
    for when in ("begin", "end")
] + ["on_epoch_begin", "on_epoch_end"]
X, Y = fit_cases.data((5,), 2)


def recorder(n, calls):
    def record(name):
        def method(self, *args, **kwargs):
            values = [*args, *kwargs.values()]
            logs = values[-1] if values and isinstance(values[-1], dict) else {}
            number = values[0] if values and isinstance(values[0], int) else None
            known = {k: np.asarray(v, "float64") for k, v in sorted((logs or {}).items())}
            calls.append((name, number, known))

        return method

    return type("Recorder", (n.callbacks.Callback,), {name: record(name) for name in NAMES})()


def early(**kwargs):
    return lambda n, folder: [n.callbacks.EarlyStopping(**kwargs)]


def checkpoint(name="{epoch:02d}-{loss:.1f}.keras", **kwargs):
    return lambda n, folder: [n.callbacks.ModelCheckpoint(folder / name, verbose=1, **kwargs)]


CASES = {
    "none": lambda n, folder: [],
    "early": early(patience=1, min_delta=0.01, restore_best_weights=True, verbose=1),
    "early baseline": early(patience=2, baseline=0.1, restore_best_weights=True, verbose=1),
    "early late": early(monitor="mae", patience=1, start_from_epoch=3, mode="max", verbose=1),
    "plateau": lambda n, folder: [
        n.callbacks.ReduceLROnPlateau(
            patience=1, factor=0.5, min_delta=0.05, cooldown=1, min_lr=0.04, verbose=1
        )
    ],
    "schedule": lambda n, folder: [
        n.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate, 1)
    ],
    "csv": lambda n, folder: [
        n.callbacks.CSVLogger(folder / "log.csv", separator=";"),
        n.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch)),
    ],
    "checkpoint": checkpoint(),
    "checkpoint best": checkpoint(monitor="loss", save_best_only=True, initial_value_threshold=1.5),
    "checkpoint weights": checkpoint(
        "{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=4
    ),
    "lambda": lambda n, folder: [
        n.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: print(epoch, sorted(logs)),
            on_train_batch_begin=lambda batch, logs: print("batch", batch),
            on_test_end=lambda logs: print("tested", sorted(logs)),
        )
    ],
    "average": lambda n, folder: [n.callbacks.SwapEMAWeights()],
    "average kept": lambda n, folder: [
        n.callbacks.SwapEMAWeights(swap_on_epoch=True),
        n.callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", save_weights_only=True),
    ],
}


def trained(n, model, name, folder):
    folder.mkdir()
    calls, said = [], io.StringIO()
    optimizer = n.optimizers.SGD(0.2, use_ema="average" in name, ema_momentum=0.5)
    model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=True)
    with contextlib.redirect_stdout(said):
        history = model.fit(
            X,
            Y,
            epochs=6,
            batch_size=20,
            shuffle=False,
            verbose=0,
            validation_split=0.3,
            validation_freq=2 if name == "csv" else 1,
            callbacks=[*CASES[name](n, folder), recorder(n, calls)],
        )
        model.evaluate(X, Y, batch_size=30, verbose=0, callbacks=[recorder(n, calls)])
        model.predict(X, batch_size=30, verbose=0, callbacks=[recorder(n, calls)])
    files = {path.name: path for path in folder.iterdir()}
    text = said.getvalue().replace(str(folder), "folder")
    return calls, history.epoch, model.get_weights(), text, files


def numbers_apart(text):
    """Split a text into its words and its numbers with a point."""
    number = r"-?\d+\.\d+(?:e-?\d+)?"
    return re.sub(number, "#", text), [float(found) for found in re.findall(number, text)]


@pytest.mark.parametrize("name", CASES)
def test_the_same_calls(name, tmp_path):
    models = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    theirs, ours = (
        trained(n, model, name, tmp_path / n.__name__)
        for n, model in zip((keras, kerasish), models, strict=True)
    )
    expected, epochs, weights, text, files = theirs
    found, our_epochs, our_weights, our_text, our_files = ours
    assert our_epochs == epochs
    assert [call[:2] for call in found] == [call[:2] for call in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[2].keys() == other[2].keys()
        for key, value in one[2].items():
            np.testing.assert_allclose(value, other[2][key], rtol=1e-5, atol=1e-6)
    for one, other in zip(our_weights, weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    words, values = numbers_apart(text)
    our_words, our_values = numbers_apart(our_text)
    assert our_words == words
    np.testing.assert_allclose(our_values, values, rtol=1e-4, atol=1e-5)
    assert sorted(our_files) == sorted(files)
    for file, path in files.items():
        assert_same_file(path, our_files[file], models[1])


def assert_same_file(theirs, ours, model):
    if theirs.suffix == ".csv":
        rows, our_rows = (
            list(csv.reader(path.read_text().splitlines(), delimiter=";"))
            for path in (theirs, ours)
        )
        assert our_rows[0] == rows[0]
        assert any("NA" in row for row in rows)
        for row, our_row in zip(rows[1:], our_rows[1:], strict=True):
            assert [value == "NA" for value in our_row] == [value == "NA" for value in row]
            np.testing.assert_allclose(
                [float(value) for value in our_row if value != "NA"],
                [float(value) for value in row if value != "NA"],
                rtol=1e-5,
            )
        return
    sides = []
    for path in (theirs, ours):
        model.load_weights(path)
        sides.append(model.get_weights())
    for one, other in zip(*sides, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
