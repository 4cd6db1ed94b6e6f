"""What training writes is what Keras writes, but for the times of steps."""

import re
import sys
import time

import keras
import numpy as np
import pytest

import kerasish
from tests.kerasish.trainers import fit_cases

X, Y = fit_cases.data((5,), 2)


def masked(text):
    """Leave the times of steps out."""
    text = re.sub(r"\d+(s|ms|us)/step", "T/step", text)
    text = re.sub(r"(\x1b\[1m)?\d+s(\x1b\[0m)? ", "S ", text)
    return re.sub(r"\x08+| +(?=\n)", "", text)


def batches(count):
    for start in range(count):
        yield X[start : start + 9], Y[start : start + 9]


def verbs(model, verbose):
    time.sleep(0.05)  # each bar draws its first step
    model.fit(X, Y, epochs=2, batch_size=25, shuffle=False, validation_split=0.2, verbose=verbose)
    # A callback that adds to the logs: that stands last.
    slower = (kerasish if isinstance(model, kerasish.Model) else keras).callbacks.ReduceLROnPlateau
    given = {"shuffle": False, "verbose": verbose, "callbacks": [slower("loss")]}
    model.fit(X, Y, batch_size=50, **given)
    model.evaluate(X, Y, batch_size=50, verbose=verbose)
    model.predict(X, batch_size=50, verbose=verbose)


def of_unknown_length(model, verbose):
    model.fit(batches(3), shuffle=False, verbose=verbose, epochs=1)
    model.evaluate(batches(2), verbose=verbose)


def run(n, model, verb, verbose, capsys, monkeypatch, terminal):
    """Steps that draw all: a clock that goes on by a second at each look."""
    metrics = [n.metrics.MeanAbsoluteError("error")]  # by their names, before the loss
    model.compile(n.optimizers.SGD(0.1), "mse", metrics=metrics, run_eagerly=True)
    ticks = iter(np.arange(1, 1e6) / 4)
    capsys.readouterr()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: next(ticks))
        patched.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
        # Some other test's: Keras and we write as in a notebook where it was imported.
        patched.delitem(sys.modules, "ipykernel", raising=False)
        patched.setattr(time, "sleep", lambda seconds: None)
        verb(model, verbose)
    return capsys.readouterr().out


def rounded(text):
    """Numbers differ in the last digit at most."""
    return re.sub(r"(?<=: )-?\d\.\d{4}", lambda found: f"{float(found[0]):.3f}", text)


@pytest.mark.filterwarnings("ignore:.*ran out of data", "ignore:.*shuffle=True")
@pytest.mark.parametrize("verb", [verbs, of_unknown_length])
@pytest.mark.parametrize("verbose", [0, 1, 2, "auto"])
def test_a_terminal(verb, verbose, capsys, monkeypatch):
    models = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    written = [
        rounded(masked(run(n, model, verb, verbose, capsys, monkeypatch, True)))
        for n, model in zip((keras, kerasish), models, strict=True)
    ]
    assert written[1] == written[0]
    assert bool(written[0]) == bool(verbose)


def test_a_file(capsys, monkeypatch):
    """Only what stays of each bar, without colours."""
    models = fit_cases.pair(keras, kerasish, fit_cases.dense_regression)
    theirs, ours = (
        masked(run(n, model, verbs, 1, capsys, monkeypatch, False))
        for n, model in zip((keras, kerasish), models, strict=True)
    )
    plain = re.sub(r"\x1b\[\d+m", "", theirs)
    expected = [line.rpartition("\r")[2] for line in plain.split("\n")]
    assert rounded(ours).split("\n") == [rounded(line) for line in expected]
    assert "\x1b" not in ours
    assert "\r" not in ours
