"""The benchmark's arithmetic, its comparisons, and its command."""

from __future__ import annotations

import io
import json
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import rnn
from benchmarks.cases import SIZES, Case, Size, all_cases, quick_cases, select
from benchmarks.data import make_data
from benchmarks.peers import table
from benchmarks.peers.keras_backend import serve
from benchmarks.peers.peer import LocalPeer, UnsupportedError
from benchmarks.run import DENSE, OWN, run_case
from benchmarks.timing import Contender, ratios

SMALL = SIZES[0]


@pytest.fixture(autouse=True)
def _keep_thread_count():
    count = torch.get_num_threads()
    yield
    torch.set_num_threads(count)


@pytest.mark.parametrize("action", ["forward", "train"])
@pytest.mark.parametrize(
    ("layer", "cell"), [("LSTM", nn.LSTMCell), ("GRU", nn.GRUCell), ("SimpleRNN", nn.RNNCell)]
)
def test_operations_are_those_that_torch_counts(layer, cell, action):
    size = Size("any", 3, 4, 5, 6)
    step = cell(size.features, size.units)
    hidden = torch.zeros(size.batch, size.units, requires_grad=True)
    state = (hidden, torch.zeros_like(hidden)) if layer == "LSTM" else hidden
    with FlopCounterMode(display=False) as counter:
        for inputs in torch.randn(size.time, size.batch, size.features):
            state = step(inputs, state)
        if action == "train":
            (state[0] if layer == "LSTM" else state).sum().backward()
    assert Case(layer, size, action).flops == counter.get_total_flops()


def test_patterns_choose_cases():
    chosen = select(all_cases(), "GRU/large/*, */small/predict")
    assert {case.name for case in chosen} >= {"GRU/large/train", "GRU/large/train/right"}
    assert all(case.layer == "GRU" or case.action == "predict" for case in chosen)
    assert set(quick_cases()) < set(all_cases())
    with pytest.raises(ValueError, match="Received: pattern 'LSMT/\\*'"):
        select(all_cases(), "LSMT/*")


@pytest.mark.parametrize("mask", ["right", "left", "holes"])
def test_masks_leave_the_same_share_of_steps(mask):
    data = make_data(Case("GRU", SIZES[1], "forward", mask))
    assert data.mask.mean() == pytest.approx(0.62, abs=0.02)
    falls = (np.diff(data.mask.astype(int), axis=1) < 0).sum(1)
    rises = (np.diff(data.mask.astype(int), axis=1) > 0).sum(1)
    expected = {"right": (1, 0), "left": (0, 1)}
    if mask in expected:
        assert (falls.max(), rises.max()) == expected[mask]
    else:
        assert min(falls.min(), rises.min()) > 5


def test_ratios_do_not_see_what_slows_a_whole_round():
    slowness = [1.0, 50.0, 3.0, 8.0]
    one, other = (Contender(name, None, None) for name in "ab")
    one.seconds = [2 * factor for factor in slowness]
    other.seconds = slowness
    spread = ratios(one, other)
    assert (spread.lower, spread.median, spread.upper) == (2, 2, 2)


class FakePeer(LocalPeer):
    def __init__(self, name, output, turns):
        super().__init__()
        self.name, self.output, self.turns = name, output, turns

    def versions(self):
        return {}

    def make(self, case):
        return (lambda: None), {"outputs": np.full((1, 8, 3), self.output)}

    def time(self, case, repeats):
        self.turns.append(self.name + ("/" + case.mask if case.mask else ""))
        return 1.0


def test_a_peer_with_another_result_is_not_timed():
    turns = []
    peers = {n: FakePeer(n, v, turns) for n, v in ((OWN, 0.5), ("torch", 0.5), ("bad", 0.6))}
    outcome = run_case(Case("LSTM", SMALL, "forward"), peers, 0, 3)
    assert "differ by more than" in outcome.failures["bad"]
    assert set(outcome.contenders) == {OWN, "torch"}
    # After one look at each, rounds of all, in changing orders.
    rounds = [tuple(turns[start : start + 2]) for start in (2, 4, 6)]
    assert all(sorted(one) == [OWN, "torch"] for one in rounds)
    assert len(turns) == 8
    assert len(set(rounds)) == 2
    assert not any(peer._calls for peer in peers.values())


def test_nan_is_another_result():
    peers = {n: FakePeer(n, v, []) for n, v in ((OWN, 0.5), ("torch", np.nan))}
    outcome = run_case(Case("LSTM", SMALL, "forward"), peers, 0, 2)
    assert "torch" in outcome.failures


def test_a_masked_case_runs_beside_the_dense_one():
    turns = []

    class NoMasks(FakePeer):
        def make(self, case):
            raise UnsupportedError("no masks")

    peers = {OWN: FakePeer(OWN, 0.5, turns), "torch": NoMasks("torch", 0.5, turns)}
    outcome = run_case(Case("LSTM", SMALL, "forward", "left"), peers, 0, 2)
    assert set(outcome.contenders) == {OWN, DENSE}
    assert not outcome.failures
    assert set(turns) == {f"{OWN}/left", OWN}


def test_keras_on_torch_runs_no_large_masked_case():
    peers = {n: FakePeer(n, 0.5, []) for n in (OWN, "keras-torch", "keras-tensorflow")}
    medium, large = (Case("LSTM", size, "forward", "left") for size in SIZES[1:])
    assert "keras-torch" in run_case(medium, peers, 0, 2).contenders
    assert set(run_case(large, peers, 0, 2).contenders) == {OWN, DENSE, "keras-tensorflow"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "interrupted after 1 of 4 cases"),
        (RuntimeError("a peer\nis gone"), "ended after 1 of 4 cases: is gone"),
    ],
)
def test_an_interrupted_run_reports_what_it_has(monkeypatch, capsys, error, told):
    real, finished = rnn.run_case, []

    def run_one(case, *arguments):
        if finished:
            raise error
        finished.append(case)
        return real(case, *arguments)

    monkeypatch.setattr(rnn, "run_case", run_one)
    arguments = ["--peers", "torch", "--cases", "GRU/small/*", "--seconds", "0.01"]
    assert rnn.main([*arguments, "--rounds", "2"]) == 1
    text = capsys.readouterr().out
    assert told in text
    assert {line.split(" | ")[0] for line in text.splitlines() if "GRU" in line} == {
        "| GRU/small/forward"
    }


def test_a_long_call_is_made_once_for_each_time():
    class Counting(FakePeer):
        time = LocalPeer.time

        def make(self, case):
            return (lambda: self.turns.append(case)), {}

    case = Case("LSTM", SMALL, "forward")
    peer = Counting(OWN, 0.5, [])
    peer.prepare(case)
    peer.time(case, 3)
    assert len(peer.turns) == 4
    peer._seconds[case] = 1.0
    peer.time(case, 1)
    assert len(peer.turns) == 5


def test_a_worker_tells_of_errors_and_goes_on():
    commands, answers = io.BytesIO(), io.BytesIO()
    case = Case("LSTM", SMALL, "forward")
    for command in (("release", case), ("prepare", case)):
        pickle.dump(command, commands)
    commands.seek(0)
    serve(FakePeer("any", 0.5, []), commands, answers)
    answers.seek(0)
    failed, message = pickle.load(answers)
    assert failed
    assert "KeyError" in message
    failed, results = pickle.load(answers)
    assert not failed
    assert results["outputs"].shape == (1, 8, 3)


def test_the_command_reports_and_writes_what_it_measured(tmp_path, capsys):
    out, document = tmp_path / "out.json", tmp_path / "out.md"
    # One thread: on a busy machine several wait for each other.
    arguments = ["--peers", "torch,keras-torch", "--seconds", "0.01", "--rounds", "2"]
    cases = "Bidirectional/small/*,SimpleRNN/medium/forward/right"
    arguments += ["--threads", "1", "--cases", cases]
    assert rnn.main([*arguments, "--json", str(out), "--markdown", str(document)]) == 0
    text = capsys.readouterr().out
    assert document.read_text(encoding="utf-8") == text.removesuffix("\n")
    assert "keras-tensorflow: not asked for" in text
    report = json.loads(out.read_text(encoding="utf-8"))
    found = {case["name"]: case["seconds"] for case in report["cases"]}
    assert list(found) == [
        "Bidirectional/small/forward",
        "Bidirectional/small/train",
        "Bidirectional/small/predict",
        "SimpleRNN/medium/forward/right",
    ]
    for name, seconds in found.items():
        wanted = {OWN, "torch", "keras-torch"} | ({DENSE} if "right" in name else set())
        assert set(seconds) == wanted
        assert len({len(samples) for samples in seconds.values()}) == 1


def test_a_missing_peer_is_reported(monkeypatch, capsys):
    missing = table.PeerInfo("keras-torch", "Keras", ("no_such_package",), lambda settings: None)
    monkeypatch.setitem(table.PEERS, "keras-torch", missing)
    real = table.PeerInfo("keras-tensorflow", "Keras", ("no_such_package",), lambda settings: None)
    monkeypatch.setitem(table.PEERS, "keras-tensorflow", real)
    arguments = ["--cases", "SimpleRNN/small/forward", "--seconds", "0.01", "--rounds", "2"]
    assert rnn.main(arguments) == 0
    text = capsys.readouterr().out
    assert "- keras-torch: not installed" in text
    assert "- keras-tensorflow: not installed" in text
    assert "/ keras" not in text
    with pytest.raises(SystemExit):
        rnn.main([*arguments, "--peers", "keras-torch"])
    assert "Received: no no_such_package" in capsys.readouterr().err
