"""Recurrent layers of kerasish beside bare torch and Keras: `python -m benchmarks.rnn --help`."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from benchmarks import machine
from benchmarks.cases import all_cases, quick_cases, select
from benchmarks.peers import PEERS, open_peer, parse_pythons
from benchmarks.peers.peer import Peer
from benchmarks.report import Report, to_json, to_markdown
from benchmarks.run import OWN, run_case

NOT_INSTALLED = "not installed"
NOT_ASKED = "not asked for"
_NOWHERE = "has no such device"


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rnn",
        description="Measure recurrent layers of kerasish beside bare torch.nn and Keras, the "
        "peers in turn, round by round. Prints a Markdown report.",
    )
    others = [name for name in PEERS if name != OWN]
    parser.add_argument(
        "--peers",
        help=f"what to compare with, separated by commas, of {', '.join(others)}; "
        "by default those that are installed",
    )
    parser.add_argument(
        "--cases", help="shell patterns of cases, separated by commas, such as 'LSTM/*,*/large/*'"
    )
    parser.add_argument("--quick", action="store_true", help="fewer cases: about two minutes")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument(
        "--threads", type=int, default=machine.available_cores(), help="threads of every peer"
    )
    parser.add_argument("--seconds", type=float, help="time for each case (quick: 1, else 4)")
    parser.add_argument("--rounds", type=int, help="rounds that each case has at least (3)")
    add_python_option(parser)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all samples as JSON")
    parser.add_argument("--markdown", type=Path, metavar="OUT", help="write the report")
    parser.add_argument("--plot", type=Path, metavar="OUT", help="draw it (needs matplotlib)")
    return parser


def add_python_option(parser: argparse.ArgumentParser) -> None:
    """Add `--python`, for peers that have an environment of their own."""
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PEER=PATH",
        help="the Python that runs a Keras peer, such as keras-jax=/venvs/jax/bin/python",
    )


def start_peers(
    asked: str | None, device: str, threads: int, pythons: Mapping[str, str] | None = None
) -> tuple[dict[str, Peer], dict]:
    """Start the peers, those in processes of their own side by side.

    Args:
        asked: Names separated by commas, or None for those that are installed.
        device: Where they run.
        threads: Number of threads.
        pythons: The Pythons of peers that have an environment of their own.

    Returns:
        The peers by name, and what the report says of each.

    Raises:
        ValueError: If one that was asked for is unknown or not installed.
        RuntimeError: If one fails to start.
    """
    names = None if asked is None else [name.strip() for name in asked.split(",")]
    python_of = {name: (pythons or {}).get(name, sys.executable) for name in PEERS}
    for name in names or []:
        if name not in PEERS:
            raise ValueError(f"There are the peers {list(PEERS)}. Received: {name!r}")
        if missing := PEERS[name].missing(python_of[name]):
            raise ValueError(
                f"The peer {name!r} needs packages that are not installed. "
                f"Received: no {' and no '.join(missing)}"
            )
        if device not in PEERS[name].devices:
            raise ValueError(f"The peer {name!r} {_NOWHERE}. Received: device {device!r}")
    running: dict[str, Peer] = {}
    states = {}
    try:
        for name, info in PEERS.items():
            states[name] = info.description
            if names is not None and name not in [OWN, *names]:
                states[name] = NOT_ASKED
            elif device not in info.devices:
                states[name] = _NOWHERE
            elif info.missing(python_of[name]):
                states[name] = NOT_INSTALLED
            else:
                running[name] = open_peer(name, device, threads, python_of[name])
        for name, peer in running.items():
            versions = peer.versions()
            shown = ", ".join(f"{package} {version}" for package, version in versions.items())
            states[name] = f"{PEERS[name].description} ({shown})"
    except (RuntimeError, ValueError):
        for peer in running.values():
            peer.close()
        raise
    return running, states


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0, or 1 if a peer failed or computed something else, or the run was interrupted.
    """
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        cases = select(quick_cases() if options.quick else all_cases(), options.cases)
    except ValueError as error:
        parser.error(str(error))
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("torch sees no GPU here. Received: --device cuda")
    torch.set_num_threads(options.threads)
    seconds = options.seconds or (1.0 if options.quick else 4.0)
    rounds = max(2, options.rounds or 3)
    gemm_seconds = min(1.0, seconds)
    try:
        pythons = parse_pythons(options.python)
        peers, states = start_peers(options.peers, options.device, options.threads, pythons)
    except (ValueError, RuntimeError) as error:
        parser.error(str(error))
    report = Report(
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        machine=machine.describe(options.device),
        device=options.device,
        threads=options.threads,
        gemm_rates=machine.sgemm_rates(options.device, gemm_seconds),
        load=[machine.load()],
        peers=states,
        outcomes=[],
    )
    try:
        progress = tqdm(cases, file=sys.stderr, disable=not sys.stderr.isatty())
        for case in progress:
            progress.set_description(case.name)
            report.outcomes.append(run_case(case, peers, seconds, rounds))
    except KeyboardInterrupt:
        report.note = f"interrupted after {len(report.outcomes)} of {len(cases)} cases"
    except RuntimeError as error:  # a peer's process ended while it was timed
        done = f"after {len(report.outcomes)} of {len(cases)} cases"
        report.note = f"ended {done}: {str(error).strip().splitlines()[-1]}"
    finally:
        for peer in peers.values():
            peer.close()
    # Measured once more: a bound is the best that was seen.
    for name, rate in machine.sgemm_rates(options.device, gemm_seconds).items():
        report.gemm_rates[name] = max(report.gemm_rates[name], rate)
    report.load.append(machine.load())
    write(report, options)
    return 1 if report.failed() or report.note else 0


def write(report: Report, options: argparse.Namespace) -> None:
    """Print the report, and write the files that were asked for."""
    text = to_markdown(report)
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(to_json(report), indent=1) + "\n", encoding="utf-8")
    if options.plot:
        from benchmarks.plot import plot

        plot(report, options.plot)


if __name__ == "__main__":
    sys.exit(main())
