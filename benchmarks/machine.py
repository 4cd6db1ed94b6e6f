"""What the measurements ran on, and how fast it multiplies matrices."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_SIDE = 2048


def sgemm_rates(device: str, seconds: float = 1.0) -> dict[str, float]:
    """Return the operations a second of products of two 2048 x 2048 matrices in float32.

    Of each library the best of the runs that fit in the time: it stands as a bound, which noise can
    only lower. The libraries differ: MKL, behind `torch.matmul`, leaves the widest instructions of
    other makers' processors unused, oneDNN does not.

    Args:
        device: `"cpu"` or `"cuda"`; there float32 means what torch's settings say it does.
        seconds: Time to spend on each library.
    """
    a, b = (torch.randn(_SIDE, _SIDE, device=device) for _ in range(2))
    products: dict[str, Callable[[], Any]] = {"torch.matmul": lambda: a @ b}
    # What torch.compile calls for a linear layer on the CPU; not every build has it.
    if device == "cpu" and hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        linear = torch.ops.mkldnn._linear_pointwise
        products["oneDNN"] = lambda: linear(a, b, None, "none", [], "")
    return {name: _best_rate(product, device, seconds) for name, product in products.items()}


def _best_rate(product: Callable[[], Any], device: str, seconds: float) -> float:
    best, end, runs = float("inf"), time.perf_counter() + seconds, 0
    while runs < 3 or time.perf_counter() < end:
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        product()
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
        runs += 1
    return 2 * _SIDE**3 / best


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe(device: str) -> dict[str, str]:
    """Name the processor, the system and Python."""
    facts = {
        "processor": _processor(),
        "cores": str(available_cores()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    if device == "cuda":
        facts["gpu"] = torch.cuda.get_device_name()
    return facts


def load() -> float | None:
    """Return how many processes want to run, the mean of a minute, where the system tells."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if table.exists():
        for line in table.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
