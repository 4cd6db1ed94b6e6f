"""Which aims a run reaches, as tables; what limits a cell that misses one is in `reasons.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import yaml

from benchmarks.aims import AIMS, Verdict
from benchmarks.formatting import shown

REASONS = Path(__file__).with_name("reasons.yaml")
UNEXPLAINED = "not looked into yet"


@cache
def _load_reasons() -> list[dict[str, str]]:
    return yaml.safe_load(REASONS.read_text(encoding="utf-8"))


def reason(verdict: Verdict) -> str:
    """Return what limits a cell that misses an aim: the first entry that matches."""
    for entry in _load_reasons():
        if fnmatch(verdict.cell, entry["cells"]) and fnmatch(verdict.aim, entry["aim"]):
            return entry["reason"].strip()
    return UNEXPLAINED


def count_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """Write how many cells reach each aim."""
    lines = ["| aim | cells | reached | only after `compile_inference()` | missed |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for aim in AIMS.values():
        concerned = [one for one in verdicts if one.aim == aim.name]
        if concerned:
            held = sum(one.holds for one in concerned)
            engine = sum(one.holds_with_engine for one in concerned)
            missed = len(concerned) - held - engine
            lines.append(f"| {aim.text} | {len(concerned)} | {held} | {engine} | {missed} |")
    return lines


def verdict_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """Write how many cells reach each aim, and every cell that misses one."""
    lines = count_lines(verdicts)
    missed = [one for one in verdicts if not one.holds]
    if missed:
        lines += ["", "Cells that miss an aim, as a ratio to the peer named:", ""]
        lines += ["| cell | / | ratio | after `compile_inference()` | what limits it |"]
        lines += ["| --- | --- | ---: | ---: | --- |"]
    for one in missed:
        engine = "" if one.engine is None else shown(one.engine)
        lines.append(
            f"| {one.cell} | {one.other} | {shown(one.ratio)} | {engine} | {reason(one)} |"
        )
    return lines
