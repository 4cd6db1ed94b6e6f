"""Fourier transforms, of pairs of real and imaginary parts, and pieces of signals."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import floats
from kerasish.periodic_windows import NAMES, periodic_window

Parts = tuple[torch.Tensor, torch.Tensor]


def _complex(name: str, x: Any) -> torch.Tensor:
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"{name} takes a pair of real and imaginary parts. Received: {type(x).__name__}"
        )
    real, imaginary = map(tensor, x)
    if real.shape != imaginary.shape:
        raise ValueError(
            f"{name} takes real and imaginary parts of one shape. "
            f"Received: shapes {tuple(real.shape)} and {tuple(imaginary.shape)}"
        )
    if not (real.is_floating_point() and imaginary.is_floating_point()):
        raise ValueError(f"{name} takes floats. Received: {real.dtype} and {imaginary.dtype}")
    return torch.complex(real, imaginary)


def _parts(x: torch.Tensor) -> Parts:
    return x.real, x.imag


@operation
def fft(x: Any) -> Parts:
    """Return the Fourier transform along the last axis, as a pair like `x`."""
    return _parts(torch.fft.fft(_complex("fft", x)))


@operation
def fft2(x: Any) -> Parts:
    """Return the Fourier transform along the last two axes, as a pair like `x`."""
    return _parts(torch.fft.fft2(_complex("fft2", x)))


@operation
def ifft2(x: Any) -> Parts:
    """Return the inverse Fourier transform along the last two axes, as a pair like `x`."""
    return _parts(torch.fft.ifft2(_complex("ifft2", x)))


@operation
def rfft(x: Any, fft_length: int | None = None) -> Parts:
    """Return the Fourier transform of real numbers along the last axis.

    Args:
        x: `(..., time)`.
        fft_length: To how many entries `x` is cut or filled up.

    Returns:
        Real and imaginary parts `(..., fft_length // 2 + 1)`.
    """
    return _parts(torch.fft.rfft(floats(x), fft_length))


@operation
def irfft(x: Any, fft_length: int | None = None) -> torch.Tensor:
    """Return the real numbers whose `rfft` is given.

    Args:
        x: A pair of real and imaginary parts `(..., frequencies)`.
        fft_length: Length of the result; `2 * (frequencies - 1)` by default.
    """
    return torch.fft.irfft(_complex("irfft", x), fft_length)


@operation
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> torch.Tensor:
    """Return all windows of the last axis that fit in, `(..., windows, sequence_length)`.

    Args:
        x: `(..., time)`.
        sequence_length: Length of a window.
        sequence_stride: Steps from one window to the next.
    """
    x = tensor(x)
    if x.shape[-1] < sequence_length:
        return x.new_zeros([*x.shape[:-1], 0, sequence_length])
    return x.unfold(-1, sequence_length, sequence_stride)


def _check_stride(name: str, sequence_stride: Any) -> None:
    if not isinstance(sequence_stride, int) or sequence_stride <= 0:
        raise ValueError(
            f"{name} takes a positive integer as sequence_stride. "
            f"Received: sequence_stride={sequence_stride}"
        )


def _window(
    name: str, window: Any, sequence_length: int, fft_length: int, like: torch.Tensor
) -> torch.Tensor | None:
    """Return the window in the middle of `fft_length` entries."""
    if fft_length < sequence_length:
        raise ValueError(
            f"{name} takes an fft_length not below sequence_length. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
        )
    if window is None:
        return None
    if isinstance(window, str):
        if window not in NAMES:
            raise ValueError(f"{name} knows the windows {NAMES}. Received: window={window!r}")
        values = periodic_window(window, sequence_length, like)
    else:
        values = tensor(window).to(like)
    if tuple(values.shape) != (sequence_length,):
        raise ValueError(
            f"{name} takes a window of {sequence_length} values. "
            f"Received: window of shape {tuple(values.shape)}"
        )
    left = (fft_length - sequence_length) // 2
    return functional.pad(values, (left, fft_length - sequence_length - left))


@operation
def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Parts:
    """Return the Fourier transforms of windows of a signal.

    Args:
        x: Floats `(..., time)`.
        sequence_length: Length of a window.
        sequence_stride: Steps from one window to the next.
        fft_length: Length of the Fourier transforms, not below `sequence_length`.
        window: `"hann"`, `"hamming"`, values `(sequence_length,)`, or None.
        center: Whether `x` is reflected at both ends, so that windows are centered.

    Returns:
        Real and imaginary parts `(..., windows, fft_length // 2 + 1)`.

    Raises:
        TypeError: If the numbers are not float32 or float64.
        ValueError: If an argument has a value it can't have.
    """
    _check_stride("stft", sequence_stride)
    x = tensor(x)
    if x.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"stft takes float32 or float64. Received: {x.dtype}")
    values = _window("stft", window, sequence_length, fft_length, x)
    if center:
        half = fft_length // 2
        flat = functional.pad(x.reshape(-1, 1, x.shape[-1]), (half, half), mode="reflect")
        x = flat.reshape([*x.shape[:-1], flat.shape[-1]])
    frames = x.unfold(-1, fft_length, sequence_stride)
    return _parts(torch.fft.rfft(frames if values is None else frames * values))


@operation
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> torch.Tensor:
    """Return the signal whose `stft` is given (Griffin and Lim 1984).

    Args:
        x: A pair of real and imaginary parts `(..., windows, frequencies)`.
        sequence_length: Length of a window.
        sequence_stride: Steps from one window to the next.
        fft_length: Length of the Fourier transforms.
        length: Length of the result; what the windows reach by default.
        window: The window of `stft`.
        center: Whether `stft` was centered.

    Returns:
        `(..., time)`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """
    _check_stride("istft", sequence_stride)
    spectrum = _complex("istft", x)
    frames = torch.fft.irfft(spectrum, fft_length)
    values = _window("istft", window, sequence_length, fft_length, frames)
    if values is not None:
        # What all windows that reach a step add up to, squared.
        squares = functional.pad(values.square(), (0, -fft_length % sequence_stride))
        total = squares.reshape(-1, sequence_stride).sum(0)
        total = total.repeat(len(squares) // sequence_stride)[:fft_length]
        frames = frames * (values / total)
    count = frames.shape[-2]
    reach = fft_length + sequence_stride * (count - 1)
    folded = functional.fold(
        frames.reshape(-1, count, fft_length).transpose(1, 2),
        (1, reach),
        (1, fft_length),
        stride=(1, sequence_stride),
    )
    signal = folded.reshape([*frames.shape[:-2], reach])
    start = fft_length // 2 if center else 0
    if length is not None:
        return signal[..., start : start + length]
    return signal[..., start : reach - start]


@operation
def view_as_complex(x: Any) -> torch.Tensor:
    """Return real and imaginary parts along the last axis as complex numbers.

    Args:
        x: `(..., 2)`.

    Returns:
        complex64 `(...)`.
    """
    x = floats(x)
    if not x.ndim or x.shape[-1] != 2:
        raise ValueError(
            "view_as_complex takes real and imaginary parts along the last axis. "
            f"Received: shape {tuple(x.shape)}"
        )
    parts = x.to(torch.float32)
    return torch.complex(parts[..., 0], parts[..., 1])


@operation
def view_as_real(x: Any) -> torch.Tensor:
    """Return the real and imaginary parts of numbers along a new last axis."""
    x = tensor(x)
    if x.is_complex():
        return torch.view_as_real(x.resolve_conj())
    return torch.stack([x, torch.zeros_like(x)], -1)
