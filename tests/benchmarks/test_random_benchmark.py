"""The benchmark of random numbers runs, and measures what it says."""

import time

import pytest

from benchmarks import random
from kerasish import config


def test_a_small_run(tmp_path, capsys):
    arguments = ["--numbers", "1000", "--parameters", "1", "--rounds", "1", "--threads", "1"]
    assert random.main([*arguments, "--markdown", str(tmp_path / "out.md")]) == 0
    text = (tmp_path / "out.md").read_text()
    assert text in capsys.readouterr().out
    rows = [row.split(" | ") for row in text.splitlines()[4:]]
    names = [row[0].removeprefix("| ") for row in rows]
    assert names[:3] == [
        f"{name}, 1,000 numbers" for name in ("uniform", "normal", "truncated_normal")
    ]
    assert names[3] == "Dropout, 32 x 64"
    assert names[-1] == "initial weights, 17 million, he_normal"
    assert all(row[3].endswith("x") and row[2].endswith(" ms") for row in rows)
    assert config.random_generator() == "keras"


def test_turns_and_ratios():
    sides = {"keras": lambda: time.sleep(0.03), "torch": lambda: time.sleep(0.01)}
    seconds = random.measure(sides, 3, "cpu")
    assert {name: len(values) for name, values in seconds.items()} == {"keras": 3, "torch": 3}
    row = random.table({"a case": seconds})[-1].split(" | ")
    assert float(row[3].removesuffix("x")) == pytest.approx(3, rel=0.5)
