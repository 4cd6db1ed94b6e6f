"""`STFTSpectrogram`: the short-time Fourier transform as a convolution."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from kerasish import config as settings
from kerasish import initializers
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@builtin("keras.layers")
class STFTSpectrogram(Layer):
    """Turns sound into a spectrogram by convolutions, whose kernels training can change.

    Args:
        mode: `"log"`, `"magnitude"`, `"psd"`, `"real"`, `"imag"`, `"angle"`, or `"stft"` for real
            and imaginary parts.
        frame_length: Length of a window.
        frame_step: Samples from one window to the next; half a window by default.
        fft_length: Length of the Fourier transforms; the next power of two by default.
        window: Name of a window, its values, or None.
        periodic: Whether a named window is one period of a periodic function.
        scaling: `"density"`, `"spectrum"` or None.
        padding: `"valid"` or `"same"`.
        expand_dims: Whether frequencies and channels have axes of their own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: samples `(batch, time, channels)`; returns `(batch, windows, channels *
    frequencies)`, or with `expand_dims` `(batch, windows, frequencies, channels)`; the channels
    come before the time with `"channels_first"`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = (
        "mode",
        "frame_length",
        "frame_step",
        "fft_length",
        "window",
        "periodic",
        "scaling",
        "padding",
        "expand_dims",
        "data_format",
    )
    mode: str
    frame_length: int
    window: Any
    periodic: bool
    scaling: Any
    padding: str
    expand_dims: bool

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.data_format = data_format or settings.image_data_format()
        if mode not in _MODES:
            self._refuse("mode", mode, f"one of {_MODES}")
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            self._refuse("frame_step", frame_step, "a number from 1 to `frame_length`")
        if fft_length is not None and fft_length < frame_length:
            self._refuse("fft_length", fft_length, "a number not below `frame_length`")
        if scaling not in (None, "density", "spectrum"):
            self._refuse("scaling", scaling, "'density', 'spectrum' or None")
        if padding not in ("valid", "same"):
            self._refuse("padding", padding, "'valid' or 'same'")
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self._step = frame_step or frame_length // 2
        self._length = fft_length or 2 ** math.ceil(math.log2(frame_length))
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Any) -> None:
        """Make the kernels."""
        shape = (self.frame_length, 1, self._length // 2 + 1)
        for side, without in (("real", "imag"), ("imag", "real")):
            if self.mode != without:
                make = initializers.STFT(side, self.window, self.scaling, self.periodic)
                name = f"{side}_kernel"
                setattr(self, name, self.add_weight(shape, make, name=name))

    def _transform(self, inputs: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
        """Return `(batch, channels, frequencies, windows)`."""
        first = inputs if self.data_format == "channels_first" else inputs.transpose(1, 2)
        batch, channels, time = first.shape
        lines = first.reshape(batch * channels, 1, time)
        if self.padding == "same":
            windows = -(-time // self._step)
            missing = max((windows - 1) * self._step + self.frame_length - time, 0)
            lines = functional.pad(lines, (missing // 2, missing - missing // 2))
        weight = kernel.to(inputs.dtype).permute(2, 1, 0)
        result = functional.conv1d(lines, weight, stride=self._step)
        return result.unflatten(0, (batch, channels))

    def _arranged(self, values: torch.Tensor) -> torch.Tensor:
        """Put the axes in the order that is asked for."""
        if self.data_format == "channels_last":
            return values.permute(0, 3, 2, 1) if self.expand_dims else values.flatten(1, 2).mT
        return values.transpose(2, 3) if self.expand_dims else values.flatten(1, 2)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Transform."""
        if not inputs.is_floating_point():
            raise ValueError(
                f"Layer '{self.name}' (STFTSpectrogram) takes floats. "
                f"Received: a tensor of dtype {inputs.dtype}"
            )
        mode = self.mode
        if mode in ("real", "imag"):
            return self._arranged(self._transform(inputs, getattr(self, f"{mode}_kernel")))
        real = self._transform(inputs, self.real_kernel)
        imaginary = self._transform(inputs, self.imag_kernel)
        if mode == "angle":
            return self._arranged(torch.atan2(imaginary, real))
        if mode == "stft":
            return self._arranged(torch.cat([real, imaginary], dim=2))
        power = real.square() + imaginary.square()
        if mode == "psd":
            return self._arranged(power + functional.pad(power[:, :, 1:-1], (0, 0, 1, 1)))
        least = settings.epsilon()
        magnitude = self._arranged(power.clamp(min=least).sqrt())
        return magnitude if mode == "magnitude" else magnitude.clamp(min=least).log()

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the spectrogram's shape."""
        first = self.data_format == "channels_first"
        batch, time = input_shape[0], input_shape[2 if first else 1]
        channels = input_shape[1 if first else 2]
        frequencies = (self._length // 2 + 1) * (2 if self.mode == "stft" else 1)
        windows = None
        if time is not None:
            length = time if self.padding == "same" else time - self.frame_length + 1
            windows = -(-length // self._step)
        tail: tuple
        if self.expand_dims:
            tail = (channels, windows, frequencies) if first else (windows, frequencies, channels)
        else:
            joined = None if channels is None else channels * frequencies
            tail = (joined, windows) if first else (windows, joined)
        return (batch, *tail)
