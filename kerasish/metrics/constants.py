"""Short lists of numbers as tensors, made once for each device."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch


def constant(values: Sequence[float], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return numbers as a tensor that must not be changed.

    A new one each time would be a copy from the host that a GPU has to wait for.

    Args:
        values: The numbers.
        dtype: Type of the tensor.
        device: Its device.
    """
    if torch.compiler.is_compiling():
        return torch.tensor(values, dtype=dtype, device=device)
    return _made(tuple(values), dtype, device)


@functools.lru_cache(maxsize=64)
def _made(values: tuple, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype, device=device)
