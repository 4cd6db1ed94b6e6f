"""Work on a long sequence in parts that fit the processor's cache, on several threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

_BLOCKS = 8000
# Fewer parts than this are not worth the start of threads.
_LEAST_PARTS = 4


def run_in_parts(count: int, work: Callable[[int, int], None]) -> None:
    """Call `work(first, last)` for consecutive ranges of blocks that cover `range(count)`.

    NumPy computes without holding Python's global lock, so that threads run at the same time. There
    are as many as torch is set to use.

    Args:
        count: Number of blocks.
        work: Writes the results for one range. It must not depend on other ranges.
    """
    starts = range(0, count, _BLOCKS)

    def run(start: int) -> None:
        work(start, min(start + _BLOCKS, count))

    threads = min(torch.get_num_threads(), len(starts))
    if threads == 1 or len(starts) < _LEAST_PARTS:
        for start in starts:
            run(start)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(run, starts):
            pass
