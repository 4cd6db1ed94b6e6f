"""Import, first result, overhead of calls and memory: `python -m benchmarks.startup --help`.

Everything is measured in processes that have just begun, a peer after another, round by round.
"""

from __future__ import annotations

import argparse
import compileall
import datetime
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.formatting import duration, factor
from benchmarks.peers import PEERS, parse_pythons
from benchmarks.peers.worker import ROOT, environment
from benchmarks.rnn import NOT_ASKED, NOT_INSTALLED, add_python_option
from benchmarks.run import ENGINE, OWN

PEAKS = ("LSTM/large/forward", "LSTM/large/train")
HELD = "bytes held after predict"
# ONNX Runtime has no layers to call; its memory is of interest.
_PEAK_ALONE = ("onnxruntime",)
_LIMIT_SECONDS = 300
_PACKAGES = ("kerasish", "weight_port", "benchmarks")

Samples = dict[str, dict[str, list[float]]]


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--peers", help="what to compare with, separated by commas")
    parser.add_argument("--quick", action="store_true", help="one round, without peak memory")
    parser.add_argument("--rounds", type=int, help="processes of each peer (quick: 1, else 3)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=machine.available_cores())
    add_python_option(parser)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--markdown", type=Path, metavar="OUT")
    return parser


def run_fresh(name: str, device: str, threads: int, task: str, python: str) -> dict[str, float]:
    """Run one task in a new process.

    Raises:
        RuntimeError: If the process fails.
    """
    with tempfile.TemporaryFile("w+") as log:
        began = repr(time.time())
        arguments = [name, device, str(threads), task, began]
        done = subprocess.run(
            [python, "-m", "benchmarks.peers.fresh", *arguments],
            cwd=ROOT,
            env=environment(name.removeprefix("keras-"), device, threads),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            timeout=_LIMIT_SECONDS,
        )
        if done.returncode:
            log.seek(0)
            raise RuntimeError(
                f"A process of {name} failed at {task}. "
                f"Received: exit status {done.returncode}, after:\n{log.read()[-4000:]}"
            )
    return json.loads(done.stdout)


def measure(
    names: Sequence[str], options: argparse.Namespace, pythons: Mapping[str, str]
) -> tuple[Samples, dict[str, str]]:
    """Run all processes, and say which failed."""
    samples: Samples = {name: {} for name in names}
    failures = {}
    rounds = options.rounds or (1 if options.quick else 3)
    # A notebook's first steps are the same with a GPU, whose memory is what differs.
    starts = ["start"] * (rounds if options.device == "cpu" else 0)
    tasks = starts + ([] if options.quick and starts else list(PEAKS))
    for task in tasks:
        for name in names:
            inference_alone = name in _PEAK_ALONE
            if inference_alone and (task == "start" or task.endswith("train")):
                continue
            python = pythons.get(name, sys.executable)
            try:
                found = run_fresh(name, options.device, options.threads, task, python)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failures[f"{name}, {task}"] = str(error)
                continue
            for key, value in found.items():
                key = f"peak of {task}" if key == "peak" else key
                samples[name].setdefault(key, []).append(value)
    return samples, failures


def to_markdown(content: Mapping[str, Any]) -> str:
    """Write the report for people, from what `--json` writes."""
    samples: Samples = content["samples"]
    names = list(samples)
    measures = list(dict.fromkeys(key for found in samples.values() for key in found))
    lines = ["# Start, overheads and memory", ""]
    lines += [f"- {name}: {value}" for name, value in content["facts"].items()]
    lines += ["", f"| | {' | '.join(names)} |", "| --- |" + " ---: |" * len(names)]
    for key in measures:
        own = _middle(samples, OWN, key)
        row = []
        for name in names:
            value = _middle(samples, name, key)
            text = "" if value is None else _written(key, value)
            timed = "bytes" not in key
            if value is not None and own is not None and name != OWN and timed and value > 0:
                text += f" ({factor(own / value)})"
            row.append(text)
        lines.append(f"| {key} | {' | '.join(row)} |")
    for name, reason in content["failures"].items():
        lines += ["", f"- {name} failed: {reason.strip().splitlines()[-1]}"]
    return "\n".join([*lines, ""])


def _load() -> str:
    load = machine.load()
    return "unknown" if load is None else f"{load:.1f}"


def _middle(samples: Samples, name: str, key: str) -> float | None:
    values = sorted(samples.get(name, {}).get(key, []))
    return values[len(values) // 2] if values else None


def _written(key: str, value: float) -> str:
    if key == HELD or key.startswith("peak"):
        return f"{value / 1e6:.1f} MB"
    return duration(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0, or 1 if a process failed.
    """
    parser = make_parser()
    options = parser.parse_args(arguments)
    asked = None if options.peers is None else [OWN, *options.peers.split(",")]
    known = [name for name in PEERS if name != ENGINE]
    try:
        pythons = parse_pythons(options.python)
    except ValueError as error:
        parser.error(str(error))
    for name in asked or []:
        if name not in known:
            parser.error(f"there are the peers {known}. Received: {name!r}")
    facts = {
        "date": datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        **machine.describe(options.device),
        "threads": str(options.threads),
        "load before": _load(),
    }
    chosen = []
    for name in known:
        if asked is not None and name not in asked:
            facts[name] = NOT_ASKED
        elif PEERS[name].missing(pythons.get(name, sys.executable)):
            facts[name] = NOT_INSTALLED
        elif options.device in PEERS[name].devices:
            chosen.append(name)
    for package in _PACKAGES:  # as an installer does with those of the peers
        compileall.compile_dir(ROOT / package, quiet=2)
    samples, failures = measure(chosen, options, pythons)
    facts["load after"] = _load()
    content = {"facts": facts, "samples": samples, "failures": failures}
    text = to_markdown(content)
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
