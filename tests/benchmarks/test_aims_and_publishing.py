"""Judging a run's cells, and writing its tables into documents."""

from __future__ import annotations

import json
from fnmatch import fnmatch

import pytest
import yaml

from benchmarks import __main__ as suite
from benchmarks import fit, publish, rnn, startup, verdicts
from benchmarks.aims import AIMS, judge, judge_all
from benchmarks.cases import LARGE, MEDIUM, Case, all_cases
from benchmarks.peers.table import parse_pythons
from benchmarks.report import Report, from_json, to_json, to_markdown
from benchmarks.run import DENSE, ENGINE, OWN, Outcome
from benchmarks.timing import Contender, run_rounds
from benchmarks.verdicts import REASONS, UNEXPLAINED, reason


def outcome_of(case, path="fused", **seconds):
    names = {name.replace("_", "-"): value for name, value in seconds.items()}
    names = {DENSE if name == "dense" else name: value for name, value in names.items()}
    contenders = {name: Contender(name, None, case, [value] * 3) for name, value in names.items()}
    return Outcome(case, contenders, {}, path)


def verdicts_of(outcome):
    return {one.aim: (one.other, one.holds, one.holds_with_engine) for one in judge(outcome)}


def test_each_aim_is_judged_where_it_applies():
    case = Case("LSTM", LARGE, "forward")
    found = outcome_of(case, kerasish=1.02, torch=1, onnxruntime=0.9, keras_torch=2, keras_jax=1.01)
    assert verdicts_of(found) == {
        "keras": ("keras-jax", False, False),
        "torch": ("torch", True, False),
        "large": ("torch", False, False),
        "onnxruntime": ("onnxruntime", True, False),
    }
    # Where no kernel of torch runs, bare torch is no measure; nor is it with a mask.
    assert "torch" not in verdicts_of(outcome_of(case, "scan", kerasish=9, torch=1))
    masked = Case("LSTM", LARGE, "forward", "right")
    found = outcome_of(masked, "fused", kerasish=1, torch=0.5, dense=1.5)
    assert verdicts_of(found) == {"masks": (DENSE, True, False)}
    assert judge(Outcome(case)) == []


def test_the_engine_may_reach_an_aim():
    case = Case("GRU", MEDIUM, "predict")
    found = outcome_of(case, kerasish=2, kerasish_engine=0.5, torch=3, onnxruntime=0.5, keras_jax=1)
    assert verdicts_of(found) == {
        "keras": ("keras-jax", False, True),
        "torch": ("torch", True, False),
        "onnxruntime": ("onnxruntime", False, True),
    }


def test_reasons_are_for_cells_and_aims_that_exist(monkeypatch):
    names = [case.name for case in all_cases()]
    for entry in yaml.safe_load(REASONS.read_text(encoding="utf-8")):
        assert set(entry) == {"cells", "aim", "reason"}
        assert any(fnmatch(name, entry["cells"]) for name in names), entry
        assert any(fnmatch(name, entry["aim"]) for name in AIMS), entry
    entry = {"cells": "LSTM/*", "aim": "keras", "reason": "x\n"}
    monkeypatch.setattr(verdicts, "_load_reasons", lambda: [entry])
    one, other = (
        judge(outcome_of(Case(layer, MEDIUM, "train"), "scan", kerasish=2, keras_jax=1))[0]
        for layer in ("LSTM", "GRU")
    )
    assert (reason(one), reason(other)) == ("x", UNEXPLAINED)


def report_of(*outcomes):
    return Report(
        date="2026-01-02 03:04 UTC",
        machine={"processor": "any", "cores": "2"},
        device="cpu",
        threads=2,
        gemm_rates={"torch.matmul": 1e9, "oneDNN": 2e9},
        load=[0.0, None],
        peers={OWN: OWN, ENGINE: "x", "torch": "torch 1", "keras-jax": "not installed"},
        outcomes=list(outcomes),
    )


def test_a_report_is_read_back_as_it_was_written():
    report = report_of(
        outcome_of(Case("LSTM", LARGE, "train"), kerasish=2, torch=1),
        outcome_of(Case("GRU", MEDIUM, "forward", "left"), "packed", kerasish=2, dense=3),
    )
    report.outcomes[0].failures["keras-jax"] = "Traceback\nRuntimeError: no"
    again = from_json(json.loads(json.dumps(to_json(report))))
    text = to_markdown(again)
    assert text == to_markdown(report)
    assert judge_all(again.outcomes) == judge_all(report.outcomes)
    assert again.bound(again.outcomes[0]) == pytest.approx(again.outcomes[0].case.flops / 2e9)
    assert "- LSTM/large/train, keras-jax: RuntimeError: no" in text
    assert "| LSTM/large/train | torch | 2.00 (2.00 to 2.00) |" in text


def test_publishing_writes_between_the_marks(tmp_path, capsys):
    report = report_of(
        outcome_of(Case("LSTM", LARGE, "train"), kerasish=2, torch=1),
        outcome_of(Case("GRU", MEDIUM, "forward"), kerasish=2, torch=4),
    )
    results, document, readme = tmp_path / "results", tmp_path / "d.md", tmp_path / "r.md"
    results.mkdir()
    (results / "rnn.json").write_text(json.dumps(to_json(report)), encoding="utf-8")
    start = {OWN: {"import": [1.0, 3.0, 2.0]}, "torch": {"import": [4.0]}}
    content = {"facts": {"cores": "2"}, "samples": start, "failures": {}}
    (results / "startup.json").write_text(json.dumps(content), encoding="utf-8")
    marks = "".join(f"<!-- {n} -->\nold\n<!-- end {n} -->\n" for n in ("run", "startup"))
    document.write_text(f"# Title\n{marks}after\n", encoding="utf-8")
    readme.write_text("before\n<!-- speed -->\n<!-- end speed -->\n", encoding="utf-8")
    arguments = [str(results), "--docs", str(document), "--readme", str(readme)]
    assert publish.main(arguments) == 0
    first = document.read_text(encoding="utf-8")
    assert publish.main(arguments) == 0
    assert document.read_text(encoding="utf-8") == first
    assert "old" not in first
    assert first.count("\n# ") == 0
    assert "\n### Dense\n" in first
    assert "| import | 2 s | 4 s (0.50) |" in first
    assert first.endswith("<!-- end startup -->\nafter\n")
    text = readme.read_text(encoding="utf-8")
    assert "| GRU/medium/forward | 32, 100, 64, 128 | 2 s | 0.50 |" in text
    assert "| 1 | 0 | 0 | 1 |" in text
    with pytest.raises(SystemExit):
        publish.main([str(tmp_path / "nothing")])
    with pytest.raises(ValueError, match="Received: 'run'"):
        publish.replace_between("no marks", "run", "")
    assert "there are no results" in capsys.readouterr().err


def test_the_documents_have_the_marks():
    document = (publish.ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for name in ("run", "startup", "fit"):
        publish.replace_between(document, name, "")
    publish.replace_between((publish.ROOT / "README.md").read_text(encoding="utf-8"), "speed", "")


class SlowPeer:
    def __init__(self, seconds):
        self.seconds = seconds

    def time(self, case, repeats):
        return self.seconds


def test_a_slow_peer_has_turns_in_the_first_rounds_alone():
    quick, slow = (Contender(name, SlowPeer(s), None) for name, s in (("a", 0.01), ("b", 2.0)))
    run_rounds([quick, slow], 0, 5)
    assert (len(quick.seconds), len(slow.seconds)) == (5, 2)


def test_pythons_of_peers():
    assert parse_pythons(["keras-jax=/a=b"]) == {"keras-jax": "/a=b"}
    for wrong in ("keras-jax", "torch=/a", "keras-mxnet=/a"):
        with pytest.raises(ValueError, match="Received: "):
            parse_pythons([wrong])
    # A Python that is not there has no packages.
    _, states = rnn.start_peers(None, "cpu", 1, dict.fromkeys(_KERAS, "/no/such/python"))
    assert {states[name] for name in _KERAS} == {rnn.NOT_INSTALLED}
    assert not fit.installed("keras-jax", {"keras-jax": "/no/such/python"})


_KERAS = ("keras-torch", "keras-tensorflow", "keras-jax")


def test_one_command_hands_its_options_to_its_parts(monkeypatch, tmp_path):
    calls = []
    for part, module in (("rnn", rnn), ("startup", startup), ("fit", fit)):
        monkeypatch.setattr(module, "main", lambda given, p=part: calls.append((p, given)) or 0)
    arguments = ["--out", str(tmp_path / "new"), "--threads", "1", "--peers", f"torch,{ENGINE}"]
    assert suite.main([*arguments, "--python", "keras-jax=/p"]) == 0
    assert [part for part, _ in calls] == ["rnn", "startup", "fit"]
    for part, given in calls:
        assert "--python=keras-jax=/p" in given
        assert f"--json={tmp_path / 'new' / part}.json" in given
        assert (f"torch,{ENGINE}" in given) == (part == "rnn")
        assert ("--quick" in given) == (part == "fit")
    calls.clear()
    assert suite.main([*arguments, "--quick"]) == 0
    assert [part for part, _ in calls] == ["rnn", "startup"]
