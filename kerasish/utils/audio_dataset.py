"""`audio_dataset_from_directory`: recordings in folders, a folder for each class."""

from __future__ import annotations

import os
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kerasish.pipelines import Pipeline, grouping
from kerasish.pipelines.indices import batches_of_indices
from kerasish.utils.directories import LabelledFiles, Selection


def audio_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Return the recordings of the `.wav` files in a folder, and their labels.

    Args:
        directory: The folder, with a folder for each class.
        labels: `"inferred"` from the folders, None, or a label for each file in the order of the
            paths.
        label_mode: `"int"` for int32 `(batch,)`, `"binary"` for float32 `(batch, 1)`,
            `"categorical"` for float32 `(batch, classes)`, None for no labels.
        class_names: Which folders are classes, in their order; all by default.
        batch_size: Number of recordings in a batch; None for single ones.
        sampling_rate: Samples a second that all files must have; nothing is resampled.
        output_sequence_length: Number of samples of each recording, which is cut or filled with
            zeros. By default those of a batch are as long as the longest.
        ragged: False: torch has no tensors with rows of different lengths.
        shuffle: Whether the order is random, that of Keras on TensorFlow for the same seed.
        seed: Seed of the order; from NumPy's global generator if None.
        validation_split: Part of the files for validation.
        subset: `"training"`, `"validation"`, or `"both"` for a list of two pipelines.
        follow_links: Whether folders behind links are read.
        verbose: Whether the number of files is written.

    Returns:
        A pipeline of batches `(recordings, labels)`, float32 recordings
        `(batch, samples, channels)` from -1 to 1; its `class_names` are the names of the classes.

    Raises:
        ValueError: If an argument has a value it can't have, there are no files, or one can't be
            read.

    Source: https://keras.io/api/data_loading/audio/
    """
    if ragged:
        raise ValueError(
            "torch has no ragged tensors; give `output_sequence_length`, or batch_size=None for "
            f"recordings of their own lengths. Received: ragged={ragged}"
        )
    for name, value in {
        "sampling_rate": sampling_rate,
        "output_sequence_length": output_sequence_length,
    }.items():
        if value is not None and (not isinstance(value, int) or value < 1):
            raise ValueError(f"`{name}` is a positive integer. Received: {name}={value!r}")
    selection = Selection(
        labels, label_mode, class_names, shuffle, seed, validation_split, subset,
        follow_links, verbose,
    )  # fmt: skip
    reader = _Reader(sampling_rate, output_sequence_length)
    pipelines = [
        # Of both parts, that for validation is in the order of the files.
        _pipeline(part, reader, selection.label_mode, batch_size,
                  selection.seed if shuffle and not number else None)
        for number, part in enumerate(selection.files(directory, (".wav",)))
    ]  # fmt: skip
    return pipelines if subset == "both" else pipelines[0]


def _pipeline(
    files: LabelledFiles,
    reader: _Reader,
    label_mode: str | None,
    batch_size: int | None,
    seed: int | None,
) -> Pipeline:
    labels = files.encoded(label_mode)

    def load(indices: list[int]) -> Any:
        recordings = grouping.padded([reader.read(files.paths[index]) for index in indices])
        return recordings if labels is None else (recordings, labels[indices])

    pipeline = batches_of_indices(len(files.paths), load, batch_size, seed)
    pipeline.class_names = files.class_names
    return pipeline


@dataclass(frozen=True)
class _Reader:
    """Reads the samples of files."""

    sampling_rate: int | None
    length: int | None

    def read(self, path: str) -> torch.Tensor:
        """Return a recording, `(samples, channels)` from -1 to 1."""
        try:
            with wave.open(path, "rb") as file:
                rate, channels, width = (
                    file.getframerate(),
                    file.getnchannels(),
                    file.getsampwidth(),
                )
                stored = file.readframes(file.getnframes())
        except (wave.Error, EOFError) as error:
            raise ValueError(
                f"audio_dataset_from_directory reads WAV files of PCM samples. Received: {path}, "
                f"which is none ({error})"
            ) from error
        if self.sampling_rate not in (None, rate):
            raise ValueError(
                "Nothing is resampled: all files have the `sampling_rate` that is asked for. "
                f"Received: sampling_rate={self.sampling_rate}, {path} has {rate}"
            )
        samples = torch.from_numpy(_decoded(stored, width)).reshape(-1, channels)
        if self.length is None:
            return samples
        samples = samples[: self.length]
        missing = self.length - len(samples)
        return torch.cat([samples, samples.new_zeros(missing, channels)]) if missing else samples


def _decoded(stored: bytes, width: int) -> np.ndarray:
    """Return little-endian samples of so many bytes as floats; those of one byte are unsigned."""
    if width == 1:
        return (np.frombuffer(stored, np.uint8).astype(np.float32) - 128) / 128
    parts = np.frombuffer(stored, np.uint8).reshape(-1, width)
    wide = np.zeros((len(parts), 4), np.uint8)
    wide[:, 4 - width :] = parts
    return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
