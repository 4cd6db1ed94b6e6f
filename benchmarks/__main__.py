"""All benchmarks of layers, calls and training in one run: `python -m benchmarks --help`.

Writes `rnn`, `startup` and `fit` as JSON and Markdown, and a picture, into one folder;
`python -m benchmarks.publish FOLDER` puts the tables into the documents.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import fit, machine, rnn, startup
from benchmarks.run import ENGINE

PARTS = ("rnn", "startup", "fit")


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about two minutes, without fit")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), metavar="FOLDER")
    parser.add_argument("--peers", help="what to compare with; by default those installed")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=machine.available_cores())
    parser.add_argument("--seconds", type=float, help="time for each case of rnn")
    parser.add_argument("--parts", help=f"of {','.join(PARTS)}; by default all")
    rnn.add_python_option(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0, or the first status of a part that is another.
    """
    parser = make_parser()
    options = parser.parse_args(arguments)
    parts = options.parts.split(",") if options.parts else PARTS[: 2 if options.quick else 3]
    if not set(parts) <= set(PARTS):
        parser.error(f"there are the parts {PARTS}. Received: {options.parts!r}")
    options.out.mkdir(parents=True, exist_ok=True)
    status = 0
    for part in parts:
        if part == "fit" and options.device != "cpu":
            continue
        began = time.perf_counter()
        given = [*_shared(part, options), *_files(part, options.out)]
        found = {"rnn": rnn.main, "startup": startup.main, "fit": fit.main}[part](given)
        status = status or found
        print(f"{part}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return status


def _shared(part: str, options: argparse.Namespace) -> list[str]:
    given = ["--threads", str(options.threads)]
    given += [f"--python={one}" for one in options.python]
    # An epoch of the quick fit says as much, at a quarter of the time.
    given += ["--quick"] if options.quick or part == "fit" else []
    if part != "fit":
        given += ["--device", options.device]
    if part == "rnn" and options.seconds:
        given += ["--seconds", str(options.seconds)]
    if options.peers:
        without = {"rnn": (), "startup": (ENGINE,), "fit": (ENGINE, "onnxruntime")}[part]
        peers = [one.strip() for one in options.peers.split(",")]
        given += ["--peers", ",".join(one for one in peers if one not in without)]
    return given


def _files(part: str, out: Path) -> list[str]:
    given = [f"--json={out / part}.json", f"--markdown={out / part}.md"]
    if part == "rnn" and importlib.util.find_spec("matplotlib"):
        given.append(f"--plot={out / part}.svg")
    return given


if __name__ == "__main__":
    sys.exit(main())
