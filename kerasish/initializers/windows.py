"""Windows by name, as `scipy.signal.get_window` gives them.

Sources: Harris, "On the use of windows for harmonic analysis with the discrete Fourier
transform", Proceedings of the IEEE 66(1), 1978; SciPy's `scipy.signal.windows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

# Weights of the cosines of 0, 1, 2... periods.
_COSINE_SUMS: dict[str, tuple[float, ...]] = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}


def _barthann(x: torch.Tensor) -> torch.Tensor:
    return 0.62 - 0.48 * x.abs() + 0.38 * torch.cos(2 * math.pi * x)


def _bartlett(x: torch.Tensor) -> torch.Tensor:
    return 1 - 2 * x.abs()


def _bohman(x: torch.Tensor) -> torch.Tensor:
    far = (2 * x).abs()
    return (1 - far) * torch.cos(math.pi * far) + torch.sin(math.pi * far) / math.pi


def _lanczos(x: torch.Tensor) -> torch.Tensor:
    return torch.sinc(2 * x)


# Functions of the place in the window, from -1/2 at its first sample to 1/2 at its last.
_BY_PLACE: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "barthann": _barthann,
    "bartlett": _bartlett,
    "bohman": _bohman,
    "boxcar": torch.ones_like,
    "lanczos": _lanczos,
}
_ALIASES = {"hanning": "hann", "sinc": "lanczos", "ones": "boxcar", "rect": "boxcar"}

WINDOWS = tuple(sorted({*_COSINE_SUMS, *_BY_PLACE, *_ALIASES, "cosine", "parzen", "triang"}))


def window_values(name: str, length: int, periodic: bool) -> torch.Tensor:
    """Return the values of a window.

    Args:
        name: One of `WINDOWS`.
        length: Number of values.
        periodic: Whether they are one period of a periodic function; otherwise they are symmetric.

    Returns:
        float64 tensor of shape `(length,)`.

    Raises:
        ValueError: If there is no such window.
    """
    if name not in WINDOWS:
        raise ValueError(
            f"Unknown window; known are {', '.join(WINDOWS)}. Pass any other as its values. "
            f"Received: window={name!r}"
        )
    if length <= 1:
        return torch.ones(length, dtype=torch.float64)
    name = _ALIASES.get(name, name)
    # A periodic window is a symmetric one of one value more, without the last.
    size = length + 1 if periodic else length
    samples = torch.arange(size, dtype=torch.float64)
    place = samples / (size - 1) - 0.5
    if name in _COSINE_SUMS:
        values = torch.zeros_like(place)
        for periods, weight in enumerate(_COSINE_SUMS[name]):
            values += weight * torch.cos(2 * math.pi * periods * place)
    elif name in _BY_PLACE:
        values = _BY_PLACE[name](place)
    elif name == "cosine":
        values = torch.sin(math.pi / size * (samples + 0.5))
    else:
        values = _triangle(samples, size) if name == "triang" else _parzen(samples, size)
    return values[:length]


def _triangle(samples: torch.Tensor, size: int) -> torch.Tensor:
    far = (samples - (size - 1) / 2).abs()
    return 1 - far / ((size + 1) / 2 if size % 2 else size / 2)


def _parzen(samples: torch.Tensor, size: int) -> torch.Tensor:
    far = (samples - (size - 1) / 2).abs() / (size / 2)
    near = 1 - 6 * far**2 + 6 * far**3
    return torch.where(far <= 0.5, near, 2 * (1 - far) ** 3)
