"""Which code draws: NumPy on the CPU, torch operations on other devices and in compiled code."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from kerasish.random import host, native, traced
from kerasish.random.philox import Stream, stream
from kerasish.random.seed_generator import SeedGenerator, draw_seed

Seed = int | SeedGenerator | None
Device = torch.device | str | None


def random_floats(
    kind: str,
    count: int,
    dtype: torch.dtype,
    scale: Any,
    offset: Any,
    seed: Seed,
    device: Device,
) -> torch.Tensor:
    """Draw `scale * value + offset`.

    Args:
        kind: `"uniform"` (in [0, 1)), `"normal"` or `"truncated_normal"`.
        count: How many.
        dtype: A float dtype.
        scale: Factor, a number of the dtype.
        offset: Summand, a number of the dtype.
        seed: See `draw_seed`.
        device: Where the result is; None for the CPU.

    Returns:
        Tensor of shape `(count,)`.
    """
    where = torch.device(device or "cpu")
    if has_no_values(where):
        return torch.empty(count, dtype=dtype, device=where)
    if native.is_chosen(seed):
        return native.draw(kind, count, dtype, scale, offset, where)
    source = stream(draw_seed(seed))
    # MPS has no float64, which normal numbers are computed in.
    if on_host(where) or (where.type == "mps" and kind != "uniform"):
        return getattr(host, kind)(source, count, dtype, scale, offset).to(where)
    return getattr(traced, kind)(source, count, dtype, scale, offset, where)


def random_mask(
    count: int, least: float, dtype: torch.dtype, seed: Seed, device: torch.device
) -> torch.Tensor:
    """Draw whether numbers uniform in [0, 1) are `least` or more.

    Args:
        count: How many.
        least: Between 0 and 1.
        dtype: The float dtype of the numbers.
        seed: See `draw_seed`; None for Keras's global generator.
        device: Where the result is.

    Returns:
        Boolean tensor of shape `(count,)`.
    """
    if has_no_values(device):
        return torch.empty(count, dtype=torch.bool, device=device)
    source = stream(draw_seed(seed))
    least = rounded(least, dtype)
    if on_host(device) and dtype != torch.float64:
        return host.mask(source, count, dtype, least)
    draw = host.uniform if on_host(device) else partial(traced.uniform, device=device)
    return draw(source, count, dtype, 1.0, 0.0) >= least


def random_words(source: Stream, count: int, device: torch.device) -> torch.Tensor:
    """Return the first blocks of a stream, int32 of shape `(count, 4)` with unsigned bits."""
    if on_host(device):
        return host.random_words(source, count)
    return traced.random_words(source, count, device)


def on_host(device: torch.device) -> bool:
    """Return whether NumPy draws: on the CPU, outside of compiled code."""
    return device.type == "cpu" and not torch.compiler.is_compiling()


def has_no_values(device: torch.device) -> bool:
    """Return whether tensors have shapes alone now, so that nothing is to be drawn.

    That is so on the device `"meta"`, and while a layer's output shape is found by running it on
    fake tensors. The seed does not move on then.
    """
    if device.type == "meta":
        return True
    if torch.compiler.is_compiling():
        return False
    from torch._subclasses.fake_tensor import FakeTensor

    return isinstance(torch.empty(0, device=device), FakeTensor)


def rounded(value: Any, dtype: torch.dtype) -> Any:
    """Return a number rounded to a dtype, which torch does not do before it computes.

    An array with dimensions, a list, and a tensor that takes part in a gradient become a tensor.
    """
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
    if getattr(value, "ndim", 0) or getattr(value, "requires_grad", False):
        return torch.as_tensor(value).to(dtype)
    if torch.compiler.is_compiling():
        return torch.as_tensor(value, dtype=dtype)
    if dtype == torch.float64:
        return float(value)
    return torch.as_tensor(value, dtype=dtype, device="cpu").item()


def as_keras_reads(value: Any) -> Any:
    """Return a Python float, or a list of them, in float32, as TensorFlow takes it before a cast.

    Anything that has a type of its own, and integers, keep all their digits.
    """
    if isinstance(value, (list, tuple)):
        array = np.asarray(value)
        return array.astype(np.float32) if array.dtype == np.float64 else array
    if isinstance(value, float) and not isinstance(value, np.generic):
        return rounded(value, torch.float32)
    return value
