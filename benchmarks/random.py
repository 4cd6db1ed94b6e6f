"""How fast Keras's random numbers are drawn, beside torch's own.

    python -m benchmarks.random [--quick] [--threads 2] [--device cpu] [--markdown OUT]

Both sides take turns in one process; what is printed are medians, and the ratios within each round.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

import kerasish
from benchmarks import machine
from kerasish import config, layers

_MASKS = ((32, 64), (128, 512), (64, 200, 128))
_UNITS = 4096  # of each layer


def measure(
    contenders: dict[str, Callable[[], Any]], rounds: int, device: str
) -> dict[str, list[float]]:
    """Return seconds a call of each, one value a round; the contenders take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(-1, rounds):  # the first round warms up
        for turn in range(len(names)):
            name = names[(number + turn) % len(names)]
            _wait_for(device)
            began = time.perf_counter()
            contenders[name]()
            _wait_for(device)
            if number >= 0:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def _wait_for(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def numbers(count: int, device: str) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return what draws so many numbers, by distribution and by side."""

    def torch_truncated() -> torch.Tensor:
        return nn.init.trunc_normal_(torch.empty(count, device=device))

    own = {
        "uniform": lambda: torch.rand(count, device=device),
        "normal": lambda: torch.randn(count, device=device),
        "truncated_normal": torch_truncated,
    }
    found: dict[str, dict[str, Callable[[], Any]]] = {}
    for name, draw in own.items():
        ours = getattr(kerasish.random, name)
        found[f"{name}, {count:,} numbers"] = {
            "keras": partial(ours, (count,), seed=1, device=device),
            "torch": draw,
        }
    return found


def masks(device: str) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return what drops out, by shape and by side."""
    found: dict[str, dict[str, Callable[[], Any]]] = {}
    for shape in _MASKS:
        x = torch.randn(shape, device=device)
        ours, plain = layers.Dropout(0.3).train(), nn.Dropout(0.3).train()
        found[f"Dropout, {' x '.join(map(str, shape))}"] = {
            "keras": partial(ours, x),
            "torch option": partial(with_torch, ours, x),
            "torch": partial(plain, x),
        }
    return found


def with_torch(run: Callable[[Any], Any], argument: Any) -> Any:
    """Call with torch's generator chosen."""
    config.set_random_generator("torch")
    try:
        return run(argument)
    finally:
        config.set_random_generator("keras")


def models(parameters: float) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return what makes a model of about so many parameters with its initial weights."""
    count = max(1, round(parameters / _UNITS**2))

    def ours(initializer: str) -> Any:
        stack: list[Any] = [kerasish.Input((_UNITS,))]
        stack += [layers.Dense(_UNITS, kernel_initializer=initializer) for _ in range(count)]
        return kerasish.Sequential(stack)

    def plain() -> Any:
        return nn.Sequential(*(nn.Linear(_UNITS, _UNITS) for _ in range(count)))

    title = f"initial weights, {count * _UNITS**2 / 1e6:.0f} million"
    return {
        f"{title}, {name}": {
            "keras": partial(ours, name),
            "torch option": partial(with_torch, ours, name),
            "torch": plain,
        }
        for name in ("glorot_uniform", "random_normal", "he_normal")
    }


def table(cases: dict[str, dict[str, list[float]]]) -> list[str]:
    """Return the rows of a Markdown table: milliseconds, and ratios to torch's own."""
    rows = [
        "| case | torch's own | Keras's numbers | ratio | with the option | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for name, seconds in cases.items():
        cells = [name, _milliseconds(seconds["torch"])]
        for side in ("keras", "torch option"):
            if side not in seconds:
                cells += ["", ""]
                continue
            pairs = zip(seconds[side], seconds["torch"], strict=True)
            ratio = statistics.median(one / other for one, other in pairs)
            cells += [_milliseconds(seconds[side]), f"{ratio:.1f}x"]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def _milliseconds(seconds: Sequence[float]) -> str:
    value = 1000 * statistics.median(seconds)
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f} ms"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.random", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="fewer numbers, smaller models")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=machine.available_cores())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--numbers", type=int, help="how many are drawn (10 million; quick: 1)")
    parser.add_argument("--parameters", type=float, help="of a model (100 million; quick: 17)")
    parser.add_argument("--markdown", type=Path, metavar="OUT", help="write the report")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    cases = numbers(options.numbers or (10**6 if options.quick else 10**7), options.device)
    cases |= masks(options.device)
    seconds = {
        name: measure(sides, options.rounds, options.device) for name, sides in cases.items()
    }
    if options.device == "cpu":
        parameters = options.parameters or (1.7e7 if options.quick else 1e8)
        for name, sides in models(parameters).items():
            seconds[name] = measure(sides, min(options.rounds, 3), options.device)
    text = "\n".join([f"{options.threads} threads, {options.device}", "", *table(seconds)]) + "\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
