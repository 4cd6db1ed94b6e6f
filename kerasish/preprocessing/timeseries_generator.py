"""`TimeseriesGenerator`: batches of windows over a series, as in Keras 2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasish.trainers.py_dataset import PyDataset


class TimeseriesGenerator(PyDataset):
    """Batches of windows over a series, each with the target of the step after its end.

    A window that ends before step `i` holds `data[i - length : i : sampling_rate]`; its target is
    `targets[i]`.

    Args:
        data: The steps `(time, ...)`, a list or an array.
        targets: As many targets as there are steps.
        length: Steps from a window's begin to its end.
        sampling_rate: Distance of the steps that a window takes.
        stride: Distance from one window to the next.
        start_index: Steps before it are in no window.
        end_index: Steps after it are no target; the last step by default.
        shuffle: Whether the windows of a batch are drawn at random, with replacement, from NumPy's
            global generator.
        reverse: Whether the steps of a window stand in reverse order.
        batch_size: Number of windows in a batch.

    Raises:
        ValueError: If `data` and `targets` differ in length, or no window fits.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/sequence/TimeseriesGenerator.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        super().__init__()
        if len(data) != len(targets):
            raise ValueError(
                "TimeseriesGenerator takes a target for each step. "
                f"Received: {len(data)} steps and {len(targets)} targets"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                "TimeseriesGenerator needs a step after the first window, at start_index + length. "
                f"Received: start_index={start_index}, length={length}, end_index={self.end_index}"
            )

    def __len__(self) -> int:
        steps = self.batch_size * self.stride
        return (self.end_index - self.start_index + steps) // steps

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return a batch of windows `(windows, steps, ...)` and their targets."""
        if self.shuffle:
            ends = np.random.randint(  # noqa: NPY002 - Keras draws from the global state
                self.start_index, self.end_index + 1, size=self.batch_size
            )
        else:
            steps = self.batch_size * self.stride
            first = self.start_index + steps * index
            ends = np.arange(first, min(first + steps, self.end_index + 1), self.stride)
        windows = np.array(
            [self.data[end - self.length : end : self.sampling_rate] for end in ends]
        )
        targets = np.array([self.targets[end] for end in ends])
        return (windows[:, ::-1] if self.reverse else windows), targets

    def get_config(self) -> dict[str, Any]:
        """Return the arguments; data and targets as JSON, `start_index` plus `length`, as Keras.

        Raises:
            TypeError: If JSON can't hold the data.
        """
        return {
            "data": _as_json(self.data),
            "targets": _as_json(self.targets),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the configuration as JSON.

        Args:
            **kwargs: For `json.dumps`.
        """
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def _as_json(values: Any) -> str:
    return json.dumps(values.tolist() if hasattr(values, "tolist") else values)
