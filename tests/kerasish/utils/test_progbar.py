"""`Progbar` against Keras's, drawing by drawing."""

import logging
import time

import keras
import numpy as np
import pytest

from kerasish import utils
from kerasish.utils import Progbar

STEPS = [
    (1, [("loss", 3.0), ("acc", 0.5)]),
    (2, [("loss", 1.0), ("acc", 0.25)]),
    (5, [("loss", np.float32(1e-5)), ("acc", np.array([0.1, 0.2]))]),
    (9, None),
    (12, [("loss", 0.125), ("late", -7.5)]),
]
OPTIONS = {
    "known": {"target": 12},
    "unknown": {"target": None},
    "line": {"target": 12, "verbose": 2},
    "silent": {"target": 12, "verbose": 0},
    "stateful": {"target": 12, "stateful_metrics": ["acc"], "unit_name": "file"},
    "stateless": {"target": 100, "stateless_metrics": ["acc"], "width": 7},
    "slow": {"target": 100_000, "interval": 3.0},
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("pace", [0.00004, 0.02, 2.5])
def test_drawings(name, pace, monkeypatch, capsys):
    drawn = []
    for module in (Progbar, keras.utils.Progbar):
        now = 1000.0
        monkeypatch.setattr(time, "time", lambda: now)  # noqa: B023
        bar = module(**OPTIONS[name])
        for done, values in STEPS:
            now = 1000.0 + done * pace
            bar.update(done, values)
        now += pace
        bar.add(1, [("loss", 1.0)])
        bar.update(13, [("loss", 2.0)], finalize=True)
        drawn.append(capsys.readouterr().out)
    assert drawn[0] == drawn[1]
    assert bool(drawn[0]) == (name != "silent")


def test_both_kinds_of_names():
    with pytest.raises(ValueError, match=r"not both. Received: \['a'\] and \['b'\]"):
        Progbar(1, stateful_metrics=["a"], stateless_metrics=["b"])


def test_messages_go_to_the_logger(caplog, capsys):
    assert utils.is_interactive_logging_enabled()
    utils.disable_interactive_logging()
    try:
        assert not utils.is_interactive_logging_enabled()
        with caplog.at_level(logging.INFO, "kerasish"):
            Progbar(1, verbose=2).update(1, [("loss", 2.0)])
    finally:
        utils.enable_interactive_logging()
    assert "loss: 2.0000" in caplog.text
    assert not capsys.readouterr().out
