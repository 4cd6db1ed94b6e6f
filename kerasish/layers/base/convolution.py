"""Sizes and padding of convolutions, as TensorFlow counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

CONVOLUTIONS: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}


def per_axis(layer: Any, argument: str, value: Any, rank: int) -> tuple[int, ...]:
    """Return an argument as one positive number for each axis of space.

    Args:
        layer: The layer, for the message.
        argument: Name of the argument.
        value: A number for all axes, or one for each.
        rank: Number of axes of space.

    Raises:
        ValueError: If it is neither.
    """
    sizes = sizes_of(value, rank)
    if sizes is None:
        layer._refuse(argument, value, f"a positive integer or {rank} of them")
        raise AssertionError
    return sizes


def sizes_of(value: Any, rank: int) -> tuple[int, ...] | None:
    """Return one positive number for each axis of space, or None if these are none.

    Args:
        value: A number for all axes, or one for each.
        rank: Number of axes of space.
    """
    sizes = tuple(value) if isinstance(value, (list, tuple)) else (value,) * rank
    whole = all(hasattr(size, "__index__") and size.__index__() > 0 for size in sizes)
    if len(sizes) != rank or not whole:
        return None
    return tuple(size.__index__() for size in sizes)


def output_size(
    sizes: Sequence[int | None],
    kernel: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int],
) -> tuple[int | None, ...]:
    """Return the sizes of a convolution's output in space, None where they are not known.

    Args:
        sizes: Sizes of the input in space.
        kernel: Sizes of the kernel.
        strides: Steps.
        padding: `"valid"` or `"same"`.
        dilation: Spacing of the kernel.
    """
    found: list[int | None] = []
    for size, width, step, spacing in zip(sizes, kernel, strides, dilation, strict=True):
        if size is None:
            found.append(None)
        elif padding == "same":
            found.append(-(-size // step))
        else:
            found.append((size - (width - 1) * spacing - 1) // step + 1)
    return tuple(found)


def padding_of(
    sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> list[int]:
    """Return TensorFlow's `"same"` padding in the form that `torch.nn.functional.pad` takes.

    The axes come last first, each with the padding before and after; the odd one goes after.
    """
    pads: list[int] = []
    for size, width, step, spacing in zip(sizes, kernel, strides, dilation, strict=True):
        reach = (width - 1) * spacing + 1
        total = max((-(-size // step) - 1) * step + reach - size, 0)
        pads = [total // 2, total - total // 2, *pads]
    return pads


def transposed_growth(width: int, step: int, padding: str, extra: int | None) -> int:
    """Return what a transposed convolution's output has beyond `size * step` entries of an axis.

    Args:
        width: Size of the kernel with its spacing.
        step: The stride.
        padding: `"valid"` or `"same"`.
        extra: What `output_padding` adds; None for the size that Keras chooses.
    """
    if padding == "valid":
        return (max(width, step) if extra is None else width + extra) - step
    return 0 if extra is None else width % 2 + extra - step


def transposed_padding(width: int, step: int, growth: int) -> tuple[int, int, int]:
    """Return torch's `padding` and `output_padding` of an axis, and what is cut at its end.

    What TensorFlow's convolution of the output's size would pad its transpose cuts: the smaller
    half at the beginning.

    Args:
        width: Size of the kernel with its spacing.
        step: The stride.
        growth: What the output has beyond `size * step` entries.
    """
    cut = width - step - growth
    before = max(cut, 0) // 2
    after = 2 * before - cut
    return before, max(after, 0), max(-after, 0)
