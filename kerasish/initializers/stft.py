"""Kernels of the short-time Fourier transform."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.initializers.initializer import Initializer
from kerasish.initializers.windows import window_values
from kerasish.saving.registry import builtin

_SIDES = ("real", "imag")
_SCALINGS = (None, "density", "spectrum")


@builtin("keras.initializers", "stft", "STFTInitializer")
class STFT(Initializer):
    """The cosines or sines of a short-time Fourier transform, as the kernel of a convolution.

    Args:
        side: `"real"` for the cosines, `"imag"` for the sines.
        window: Name of a window (see `windows.WINDOWS`), its values, or None.
        scaling: Divides the window by the root of its sum of squares (`"density"`), by its sum
            (`"spectrum"`), or not at all (None).
        periodic: Whether a named window is one period of a periodic function.

    Raises:
        ValueError: If an argument is not of these kinds.

    See https://keras.io/api/layers/initializers/#stftinitializer-class.
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in _SIDES:
            raise ValueError(f"STFT's `side` has to be one of {_SIDES}. Received: side={side!r}")
        if scaling not in _SCALINGS:
            raise ValueError(
                f"STFT's `scaling` has to be one of {_SCALINGS}. Received: scaling={scaling!r}"
            )
        if isinstance(window, str):
            window_values(window, 1, periodic)
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return the kernel.

        Args:
            shape: `(frame, 1, bands // 2 + 1)`: only half of the bands is computed, as the other
                half are their conjugates.
            dtype: A float dtype.

        Raises:
            ValueError: If the shape or the window does not fit.
        """
        kind = torch_dtype(dtype)
        if len(shape) != 3:
            raise ValueError(
                "STFT's kernel has the shape (frame, 1, bands // 2 + 1). "
                f"Received: shape={tuple(shape)}"
            )
        frame, _, bands = shape
        frequencies = torch.arange(bands, dtype=kind).view(1, 1, bands) / ((bands - 1) * 2)
        times = torch.arange(frame, dtype=kind).view(frame, 1, 1)
        angles = -2 * times * frequencies * torch.tensor(math.pi, dtype=kind)
        kernel = torch.cos(angles) if self.side == "real" else torch.sin(angles)
        if self.window is None:
            return kernel
        if isinstance(self.window, str):
            window = window_values(self.window, frame, self.periodic).to(kind)
        else:
            window = torch.as_tensor(self.window, dtype=kind)
        if tuple(window.shape) != (frame,):
            raise ValueError(
                f"STFT's `window` has to have as many values as a frame, {frame}. "
                f"Received: window of shape {tuple(window.shape)}"
            )
        scale: Any = 1
        if self.scaling == "density":
            scale = torch.sqrt(torch.sum(torch.square(window)))
        elif self.scaling == "spectrum":
            scale = torch.sum(torch.abs(window))
        return kernel * window.view(frame, 1, 1) / scale

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "side": self.side,
            "window": self.window,
            "periodic": self.periodic,
            "scaling": self.scaling,
        }
