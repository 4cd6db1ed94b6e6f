"""`MelSpectrogram`: how strong each pitch is at each moment of a sound."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from kerasish.dtypes import torch_dtype
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.periodic_windows import periodic_window
from kerasish.saving.registry import builtin

# The mel scale of O'Shaughnessy, Speech Communication, 1987.
_BREAK_HERTZ = 700.0
_HIGH_FREQUENCY_Q = 1127.0


@builtin("keras.layers")
class MelSpectrogram(DataLayer):
    """Turns sound into a spectrogram on the mel scale.

    Args:
        fft_length: Length of the Fourier transforms.
        sequence_stride: Samples from one window to the next.
        sequence_length: Length of a window; `fft_length` by default.
        window: `"hann"`, `"hamming"`, values of the window, or None.
        sampling_rate: Samples in a second.
        num_mel_bins: Number of pitches.
        min_freq: Lowest frequency, in hertz.
        max_freq: Highest frequency; half the sampling rate by default.
        power_to_db: Whether to give decibels.
        top_db: Decibels below the loudest that are kept apart.
        mag_exp: Exponent of the magnitude: 1 for that, 2 for power.
        min_power: Least power, for decibels.
        ref_power: Power of 0 decibels.
        **kwargs: Arguments of every layer.

    Call argument: samples `(batch, time)` or `(time,)`; returns `(batch, num_mel_bins, windows)`,
    or without the batch axis.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = (
        "fft_length",
        "sequence_stride",
        "sequence_length",
        "window",
        "sampling_rate",
        "num_mel_bins",
        "min_freq",
        "max_freq",
        "power_to_db",
        "top_db",
        "mag_exp",
        "min_power",
        "ref_power",
    )
    fft_length: int
    sequence_stride: int
    sampling_rate: int
    num_mel_bins: int
    min_freq: float
    power_to_db: bool
    top_db: float
    mag_exp: float
    min_power: float
    ref_power: float

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.sequence_length = sequence_length or fft_length
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.window = window
        if self.sequence_length > fft_length:
            self._refuse("fft_length", fft_length, "a number not below `sequence_length`")
        if isinstance(window, str) and window not in ("hann", "hamming"):
            self._refuse("window", window, "'hann', 'hamming', values, or None")
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Transform."""
        kind = torch_dtype(self.compute_dtype)
        work = kind if kind in (torch.float32, torch.float64) else torch.float32
        samples = inputs.to(work)
        single = samples.ndim == 1
        result = self._powers(samples[None] if single else samples) @ self._mel_matrix(samples)
        if self.power_to_db:
            result = self._decibels(result)
        result = result.transpose(-1, -2).to(kind)
        return result[0] if single else result

    def _powers(self, samples: torch.Tensor) -> torch.Tensor:
        """Return the strength of each frequency, `(batch, windows, frequencies)`."""
        half = self.fft_length // 2
        padded = functional.pad(samples[:, None], (half, half), mode="reflect")[:, 0]
        frames = padded.unfold(-1, self.fft_length, self.sequence_stride)
        if self.window is not None:
            left = (self.fft_length - self.sequence_length) // 2
            right = self.fft_length - self.sequence_length - left
            frames = frames * functional.pad(self._window(samples), (left, right))
        spectrum = torch.fft.rfft(frames, self.fft_length)
        return (spectrum.real.square() + spectrum.imag.square()).sqrt() ** self.mag_exp

    def _window(self, like: torch.Tensor) -> torch.Tensor:
        size = self.sequence_length
        if not isinstance(self.window, str):
            values = torch.as_tensor(self.window, dtype=like.dtype, device=like.device)
            if tuple(values.shape) != (size,):
                self._refuse("window", tuple(values.shape), f"{size} values")
            return values
        return periodic_window(self.window, size, like)

    def _mel_matrix(self, like: torch.Tensor) -> torch.Tensor:
        """Return how much each frequency counts for each pitch, `(frequencies, pitches)`."""
        frequencies = self.fft_length // 2 + 1
        hertz = torch.linspace(0.0, self.sampling_rate / 2.0, frequencies, device=like.device)[1:]
        low, high = (
            self._mels(torch.tensor(float(edge), device=like.device))
            for edge in (self.min_freq, self.max_freq)
        )
        steps = torch.linspace(0.0, 1.0, self.num_mel_bins + 2, device=like.device)
        edges = low + (high - low) * steps
        lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
        mels = self._mels(hertz)[:, None]
        rising, falling = (mels - lower) / (center - lower), (upper - mels) / (upper - center)
        matrix = torch.minimum(rising, falling).clamp(min=0.0)
        return functional.pad(matrix, (0, 0, 1, 0)).to(like.dtype)

    def _mels(self, hertz: torch.Tensor) -> torch.Tensor:
        return _HIGH_FREQUENCY_Q * torch.log(1.0 + hertz / _BREAK_HERTZ)

    def _decibels(self, powers: torch.Tensor) -> torch.Tensor:
        decibels = 10.0 * torch.log10(powers.clamp(min=self.min_power))
        reference = 10.0 * math.log10(max(abs(self.ref_power), self.min_power))
        decibels = decibels - reference
        return torch.maximum(decibels, decibels.max() - self.top_db)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the spectrogram's shape, as Keras tells it."""
        *batch, time = input_shape
        stride = self.sequence_stride
        windows = None if time is None else (time + stride + 1) // stride
        return (*batch, self.num_mel_bins, windows)
