"""An epoch of `fit` beside a loop written by hand, and beside Keras: `python -m benchmarks.fit`.

    python -m benchmarks.fit [--quick] [--peers torch,keras-jax] [--markdown OUT] [--json OUT]

All peers start from the same weights, and the loss of their first epoch is compared. Then they take
turns, an epoch each; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

import kerasish
from benchmarks import machine
from benchmarks.fit_models import FitCase, all_cases
from benchmarks.peers import PEERS as KERAS_PEERS
from benchmarks.peers import parse_pythons
from benchmarks.peers.fit_loop import TorchLoop
from benchmarks.peers.fit_peer import FitPeer
from benchmarks.peers.keras_backend import use_cores
from benchmarks.peers.peer import Peer
from benchmarks.peers.worker import WorkerPeer
from benchmarks.rnn import add_python_option
from benchmarks.timing import Contender, Spread, ratios, run_rounds

OWN, LOOP = "kerasish", "torch"
# Of each peer what it is, and what has to be installed.
PEERS = {
    LOOP: ("a loop in PyTorch, written by hand", ("torch",)),
    "keras-torch": ("Keras on torch", ("keras", "torch")),
    "keras-tensorflow": ("Keras on TensorFlow", ("keras", "tensorflow")),
    "keras-jax": ("Keras on JAX", ("keras", "jax")),
}
_CLOSE = {"loss": 1e-3, "accuracy": 2e-2}


@dataclasses.dataclass
class Outcome:
    """What came of one case: who was timed, and why others were not."""

    case: FitCase
    contenders: dict[str, Contender]
    failures: dict[str, str]


def installed(name: str, pythons: Mapping[str, str] | None = None) -> bool:
    """Whether a peer's packages are there, in the Python that runs it."""
    if pythons and name in pythons:
        return not KERAS_PEERS[name].missing(pythons[name])
    return all(importlib.util.find_spec(package) for package in PEERS[name][1])


def open_peers(
    names: Sequence[str], threads: int, pythons: Mapping[str, str] | None = None
) -> dict[str, Peer]:
    """Start kerasish and the peers of these names."""
    peers: dict[str, Peer] = {OWN: FitPeer(kerasish)}
    for name in names:
        if name == LOOP:
            peers[name] = TorchLoop()
        else:
            backend = name.removeprefix("keras-")
            python = (pythons or {}).get(name, sys.executable)
            module = "benchmarks.peers.fit_backend"
            peers[name] = WorkerPeer(backend, "cpu", threads, module, python)
    return peers


def run_case(case: FitCase, peers: dict[str, Peer], seconds: float, rounds: int) -> Outcome:
    """Compare and time one case."""
    outcome = Outcome(case, {}, {})
    expected: Any = None
    for name, peer in peers.items():
        try:
            results = peer.prepare(case)  # type: ignore[arg-type]
        except RuntimeError as error:
            outcome.failures[name] = str(error)
            continue
        expected = results if name == OWN else expected
        for key, tolerance in _CLOSE.items():
            if not np.allclose(results[key], expected[key], rtol=tolerance, atol=tolerance):
                outcome.failures[name] = f"{key} is {results[key]}, here {expected[key]}"
        if name not in outcome.failures:
            outcome.contenders[name] = Contender(name, peer, case)  # type: ignore[arg-type]
    run_rounds(list(outcome.contenders.values()), seconds, rounds)
    for contender in outcome.contenders.values():
        contender.peer.release(case)  # type: ignore[arg-type]
    return outcome


def to_markdown(facts: dict[str, str], outcomes: Sequence[Outcome], names: Sequence[str]) -> str:
    """Return the report: milliseconds of an epoch, and how many times as long as each peer's."""
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "| model | steps | kerasish, ms | us a step more than torch's loop |"]
    lines[-1] += "".join(f" / {name} |" for name in names)
    lines.append("|---" * (4 + len(names)) + "|")
    for outcome in outcomes:
        own = outcome.contenders.get(OWN)
        if own is None:
            continue
        loop = outcome.contenders.get(LOOP)
        more = ""
        if loop is not None:
            gaps = [a - b for a, b in zip(own.seconds, loop.seconds, strict=True)]
            more = f"{Spread.of(gaps).median / outcome.case.steps * 1e6:.0f}"
        row = f"| {outcome.case.name} | {outcome.case.steps} "
        row += f"| {Spread.of(own.seconds).median * 1e3:.1f} | {more} |"
        for name in names:
            other = outcome.contenders.get(name)
            ratio = None if other is None else ratios(own, other)
            row += " - |" if ratio is None else f" {shown(ratio)} |"
        lines.append(row)
    for outcome in outcomes:
        for name, reason in outcome.failures.items():
            lines += ["", f"{outcome.case.name}, {name} failed: {reason.splitlines()[-1]}"]
    return "\n".join(lines) + "\n"


def from_json(content: Mapping[str, Any]) -> str:
    """Return the report of what `--json` wrote."""
    outcomes = []
    for entry in content["cases"]:
        given = {field.name: entry[field.name] for field in dataclasses.fields(FitCase)}
        case = FitCase(**{**given, "shape": tuple(entry["shape"])})
        contenders = {
            name: Contender(name, None, case, seconds)  # type: ignore[arg-type]
            for name, seconds in entry["seconds"].items()
        }
        outcomes.append(Outcome(case, contenders, entry["failures"]))
    names = [name for name in PEERS if any(name in one.contenders for one in outcomes)]
    return to_markdown(content["facts"], outcomes, names)


def shown(ratio: Spread) -> str:
    """Write a ratio with its quartiles."""
    return f"{ratio.median:.2f} ({ratio.lower:.2f}-{ratio.upper:.2f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if a peer failed or computed something else."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
    parser.add_argument("--peers", help=f"separated by commas, of {', '.join(PEERS)}")
    parser.add_argument("--cases", help="names of models, separated by commas")
    parser.add_argument("--quick", action="store_true", help="fewer samples and rounds")
    parser.add_argument("--threads", type=int, default=machine.available_cores())
    parser.add_argument("--seconds", type=float, help="time for each case (quick: 4, else 20)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that each case has at least")
    add_python_option(parser)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--markdown", type=Path, metavar="OUT")
    options = parser.parse_args(arguments)
    try:
        pythons = parse_pythons(options.python)
    except ValueError as error:
        parser.error(str(error))
    there = [name for name in PEERS if installed(name, pythons)]
    names = there
    if options.peers is not None:
        names = options.peers.split(",")
        for name in names:
            if name not in there:
                parser.error(f"the peers installed are {there}: {name!r}")
    cases = all_cases(options.quick)
    if options.cases is not None:
        wanted = options.cases.split(",")
        cases = [case for case in cases if case.name in wanted]
        if len(cases) != len(wanted):
            parser.error(f"the models are {[case.name for case in all_cases(True)]}")
    use_cores(options.threads)
    torch.set_num_threads(options.threads)
    seconds = options.seconds or (4.0 if options.quick else 20.0)
    peers = open_peers(names, options.threads, pythons)
    try:
        facts = {
            "date": datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            **machine.describe("cpu"),
            "threads": str(options.threads),
            "load before": str(machine.load()),
        }
        for name, peer in peers.items():
            versions = ", ".join(f"{key} {value}" for key, value in peer.versions().items())
            facts[name] = f"{PEERS[name][0]} ({versions})" if name in PEERS else versions
        for name in PEERS:
            if name not in peers:
                facts[name] = "not asked for" if name in there else "not installed"
        outcomes = [run_case(case, peers, seconds, max(2, options.rounds)) for case in cases]
        facts["load after"] = str(machine.load())
    finally:
        for peer in peers.values():
            peer.close()
    text = to_markdown(facts, outcomes, names)
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    if options.json:
        samples = [
            {
                **dataclasses.asdict(outcome.case),
                "seconds": {name: one.seconds for name, one in outcome.contenders.items()},
                "failures": outcome.failures,
            }
            for outcome in outcomes
        ]
        content = {"facts": facts, "cases": samples}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 1 if any(outcome.failures for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
