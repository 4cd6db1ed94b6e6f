"""The benchmark of starts, overheads and memory."""

from __future__ import annotations

import json
import sys
import time

import pytest

from benchmarks import startup
from benchmarks.peers import fresh, memory
from benchmarks.rnn import NOT_INSTALLED


@pytest.fixture(autouse=True)
def _short_rounds(monkeypatch):
    monkeypatch.setattr(fresh, "_ROUNDS", 1)
    monkeypatch.setattr(fresh, "_ROUND_SECONDS", 0)
    monkeypatch.setattr(fresh, "_SAMPLES", 100)


def test_kerasish_and_torch_measure_the_same_things():
    own, bare = fresh.start_library("kerasish", time.time()), fresh.start_torch(time.time())
    assert list(own) == list(bare)
    assert len(own) == 10
    assert all(value > 0 for name, value in own.items() if name != startup.HELD)


def test_a_case_has_a_peak_of_memory():
    if memory.peak() is None:
        pytest.skip("the system does not tell")
    found = fresh.measure_peak("kerasish", "cpu", 1, "LSTM/small/train")
    assert set(found) == {"peak"}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_that_is_held_is_seen():
    before = memory.held()
    block = bytearray(b"x" * 50_000_000)
    assert memory.held() - before > 40_000_000
    assert memory.peak() >= memory.held()
    del block
    assert memory.held() - before < 10_000_000


def test_the_report(monkeypatch, tmp_path, capsys):
    asked = []

    def run_fresh(name, device, threads, task, python):
        asked.append((name, task))
        if name == "torch" and task != "start":
            raise RuntimeError("A process of torch failed.\nboom")
        if task != "start":
            return {"peak": 5e6}
        return {"import": {"kerasish": 2.0, "torch": 4.0}[name], startup.HELD: -1e5}

    monkeypatch.setattr(startup, "run_fresh", run_fresh)
    out = tmp_path / "out.json"
    arguments = ["--peers", "torch,onnxruntime", "--rounds", "2", "--json", str(out)]
    assert startup.main(arguments) == 1
    text = capsys.readouterr().out
    assert asked.count(("kerasish", "start")) == 2
    assert ("onnxruntime", "start") not in asked
    assert ("onnxruntime", "LSTM/large/forward") in asked
    assert "| | kerasish | torch | onnxruntime |" in text
    assert "| import | 2 s | 4 s (0.50) |  |" in text
    assert "| bytes held after predict | -0.1 MB | -0.1 MB |  |" in text
    assert "| peak of LSTM/large/forward | 5.0 MB |  | 5.0 MB (1.00) |" in text
    assert "torch, LSTM/large/train failed: boom" in text
    assert text.strip() == startup.to_markdown(json.loads(out.read_text())).strip()


def test_absent_and_unknown_peers(monkeypatch, capsys):
    monkeypatch.setattr(startup, "run_fresh", lambda *arguments: {"import": 1.0})
    missing = [f"--python={name}=/no/such/python" for name in ("keras-torch", "keras-jax")]
    assert startup.main(["--quick", *missing, "--python=keras-tensorflow=/no/such/python"]) == 0
    text = capsys.readouterr().out
    assert text.count(NOT_INSTALLED) == 3
    with pytest.raises(SystemExit):
        startup.main(["--peers", "mxnet"])
    assert "Received: 'mxnet'" in capsys.readouterr().err


def test_a_process_that_fails_tells_why():
    with pytest.raises(RuntimeError, match=r"(?s)exit status 1, after:.*ValueError"):
        startup.run_fresh("kerasish", "cpu", 1, "no such case", sys.executable)
