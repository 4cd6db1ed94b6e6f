"""How much memory this process holds, and has held."""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def held() -> float | None:
    """Return the bytes that the process holds, those that its allocator keeps given back first.

    None where the system does not tell.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
        if trim is not None:
            trim(0)
    return _field("VmRSS")


def peak() -> float | None:
    """Return the most bytes that the process has held, or None where the system does not tell."""
    # Not `getrusage`, which counts what the parent held when it made the process.
    return _field("VmHWM")


def _field(name: str) -> float | None:
    if not _STATUS.exists():
        return None
    for line in _STATUS.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return 1024.0 * int(line.split()[1])
    return None
