"""The benchmark of `fit` runs, compares, and reports."""

import json

import numpy as np
import pytest
import torch

from benchmarks import fit
from benchmarks.fit_models import all_cases
from benchmarks.peers.fit_loop import TorchLoop


@pytest.fixture(autouse=True)
def _leave_the_process_as_it_is(monkeypatch):
    count = torch.get_num_threads()
    monkeypatch.setattr(fit, "use_cores", lambda threads: None)
    yield
    torch.set_num_threads(count)


def test_the_report(tmp_path, capsys):
    files = {kind: tmp_path / f"report.{kind}" for kind in ("json", "markdown")}
    arguments = ["--quick", "--peers", "torch", "--cases", "dense small,cnn medium"]
    arguments += ["--seconds", "0.1", "--threads", "1"]
    assert fit.main([*arguments, *(f"--{kind}={path}" for kind, path in files.items())]) == 0
    text = files["markdown"].read_text()
    assert text in capsys.readouterr().out
    assert "| dense small | 50 |" in text
    assert "- keras-tensorflow: not asked for" in text
    cases = json.loads(files["json"].read_text())["cases"]
    assert [case["name"] for case in cases] == ["dense small", "cnn medium"]
    assert all(len(case["seconds"]["kerasish"]) >= 3 for case in cases)


def test_a_peer_that_computes_something_else_is_not_timed(monkeypatch):
    real = TorchLoop.make
    monkeypatch.setattr(
        TorchLoop,
        "make",
        lambda self, case: (real(self, case)[0], {"loss": np.ones(1), "accuracy": np.ones(1)}),
    )
    peers = fit.open_peers(["torch"], 1)
    outcome = fit.run_case(all_cases(True)[0], peers, 0.1, 2)
    assert list(outcome.contenders) == ["kerasish"]
    assert outcome.failures["torch"].startswith("accuracy is [1.], here [0.")
    assert "torch failed: accuracy is" in fit.to_markdown({}, [outcome], ["torch"])


def test_wrong_arguments(capsys):
    for wrong in (["--peers", "jax"], ["--cases", "big"]):
        with pytest.raises(SystemExit):
            fit.main(wrong)
    assert "the models are ['dense small'" in capsys.readouterr().err
