"""Memory that a thread uses again for each part of its work."""

from __future__ import annotations

from typing import Any

import numpy as np


class Workspace:
    """Arrays by name, made once and handed out again.

    A new array for each intermediate result costs page faults, which take longer than the
    arithmetic where several threads work.
    """

    def __init__(self) -> None:
        self._buffers: dict[str, np.ndarray] = {}

    def array(self, name: str, length: int, dtype: Any) -> np.ndarray:
        """Return an array `(length,)` whose values are undefined.

        It shares its memory with what the same name gave before, whatever its dtype.
        """
        size = length * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.nbytes < size:
            buffer = self._buffers[name] = np.empty(size, dtype=np.uint8)
        return buffer[:size].view(dtype)
