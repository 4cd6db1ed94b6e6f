"""Work on a long sequence in parts that fit the processor's cache, on several threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

from kerasish.random.workspace import Workspace

# Large enough that threads seldom wait for Python's global lock between two operations.
_BLOCKS = 64000
# Fewer blocks than this are not worth the start of threads.
_LEAST_BLOCKS = 128000
# The workspace of each thread, kept from call to call: some megabytes for parts of this size.
_LOCAL = threading.local()
_POOLS: dict[int, ThreadPoolExecutor] = {}


def run_in_parts(count: int, work: Callable[[int, int, Workspace], None]) -> None:
    """Call `work(first, last, space)` for consecutive ranges of blocks that cover `range(count)`.

    NumPy computes without holding Python's global lock, so that threads run at the same time. There
    are as many as torch is set to use.

    Args:
        count: Number of blocks.
        work: Writes the results for one range. It must not depend on other ranges. The workspace
            is its thread's.
    """
    threads = torch.get_num_threads() if count >= _LEAST_BLOCKS else 1
    parts = -(-count // (_BLOCKS * threads)) * threads
    size = max(1, -(-count // max(1, parts)))
    starts = range(0, count, size)

    def run(start: int) -> None:
        if not hasattr(_LOCAL, "space"):
            _LOCAL.space = Workspace()
        work(start, min(start + size, count), _LOCAL.space)

    if threads == 1:
        for start in starts:
            run(start)
        return
    for _ in _pool(threads).map(run, starts):
        pass


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads, which live on with their workspaces."""
    if threads not in _POOLS:
        _POOLS.clear()
        _POOLS[threads] = ThreadPoolExecutor(threads, "random-numbers")
    return _POOLS[threads]


# A process made by a fork has no threads but the one that made it.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOLS.clear)
