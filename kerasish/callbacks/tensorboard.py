"""`TensorBoard`: logs for TensorBoard, through torch's writer."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasish.callbacks.callback import Callback, Logs
from kerasish.callbacks.callback_list import numbers
from kerasish.callbacks.learning_rates import learning_rates
from kerasish.callbacks.tensorboard_summaries import (
    model_summary,
    profiler,
    write_embeddings,
    write_weights,
    writer_class,
)

_GONE = ("batch_size", "write_grads", "embeddings_layer_names", "embeddings_data")


class TensorBoard(Callback):
    """Writes losses, metrics, weights and the model for TensorBoard; needs the extra `tensorboard`.

    Values are found under Keras's names and steps: `epoch_loss` by epochs, in the runs `train` and
    `validation`; `batch_loss` by batches; `evaluation_loss_vs_iterations`.

    Args:
        log_dir: The folder.
        histogram_freq: Number of epochs between histograms of the weights; 0 for none.
        write_graph: Whether the layers are shown, for functional and sequential models.
        write_images: Whether weights are written as images too, with the histograms.
        write_steps_per_second: Whether the speed is written.
        update_freq: `"epoch"`, `"batch"`, or the number of batches from one value to the next.
        profile_batch: Number of a batch, or of the first and last, that `torch.profiler` records
            into a trace (`*.pt.trace.json`, for Perfetto or chrome://tracing); 0 for none.
        embeddings_freq: Number of epochs between pictures of `Embedding` layers; 0 for none.
        embeddings_metadata: File with a label in each line, or such files by names of layers.
        **kwargs: Keras 2's `batch_size`, `write_grads` and others that no longer do anything.

    Raises:
        ImportError: Without the package `tensorboard`.
        ValueError: For values that are not allowed.

    See https://keras.io/api/callbacks/tensorboard/.
    """

    takes_tensors = True

    def __init__(
        self,
        log_dir: str | os.PathLike = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: str | Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        unknown = sorted(set(kwargs) - set(_GONE))
        if unknown:
            raise ValueError(f"TensorBoard does not know these arguments. Received: {unknown}")
        if kwargs:
            warnings.warn(
                f"TensorBoard has no {sorted(kwargs)} any more; they do nothing.",
                DeprecationWarning,
                2,
            )
        whole = isinstance(update_freq, int) and update_freq > 0
        if update_freq not in ("epoch", "batch") and not whole:
            raise ValueError(
                "TensorBoard: `update_freq` is 'epoch', 'batch' or a number of batches. "
                f"Received: update_freq={update_freq!r}"
            )
        self._writer_class = writer_class()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._first, self._last = _range(profile_batch)
        self._profiler: Any = None
        self._writers: dict[str, Any] = {}
        self._batch = 0

    def _writer(self, run: str) -> Any:
        if run not in self._writers:
            self._writers[run] = self._writer_class(str(Path(self.log_dir) / run))
        return self._writers[run]

    def set_model(self, model: Any) -> None:
        """Take the model, and write its layers."""
        super().set_model(model)
        self._close()
        if self.write_graph:
            summary = model_summary(model)
            if summary is not None:
                self._writer("train").file_writer.add_summary(summary, 0)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin to count."""
        self._batch = 0
        self._writer("train")

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Look at the clock."""
        self._epoch_started, self._iterations_before = time.perf_counter(), self._iterations()

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Count, and begin to record."""
        self._batch += 1
        self._batch_started = time.perf_counter()
        if self._first and self._batch == self._first:
            self._profiler = profiler(str(Path(self.log_dir) / "train"))
            self._profiler.start()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Write the values of the batch."""
        if isinstance(self.update_freq, int) and self._batch % self.update_freq == 0:
            writer = self._writer("train")
            if self.write_steps_per_second:
                pace = 1.0 / max(time.perf_counter() - self._batch_started, 1e-9)
                writer.add_scalar("batch_steps_per_second", pace, self._batch)
            for name, value in numbers(logs).items():
                writer.add_scalar(f"batch_{name}", value, self._batch)
        if self._profiler is not None and self._batch >= self._last:
            self._stop_profiler()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the values of the epoch, and the weights."""
        values = numbers(logs)
        train = {name: one for name, one in values.items() if not name.startswith("val_")}
        if values:
            train.update(learning_rates(self.model.optimizer))
            if self.write_steps_per_second:
                seconds = time.perf_counter() - self._epoch_started
                steps = self._iterations() - self._iterations_before
                train["steps_per_second"] = steps / max(seconds, 1e-9)
        for name, value in train.items():
            self._writer("train").add_scalar(f"epoch_{name}", value, epoch)
        for name, value in values.items():
            if name.startswith("val_"):
                tag = f"epoch_{name.removeprefix('val_')}"
                self._writer("validation").add_scalar(tag, value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            write_weights(self._writer("train"), self.model, epoch, self.write_images)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            write_embeddings(self._writer("train"), self.model, epoch, self.embeddings_metadata)
        for writer in self._writers.values():
            writer.flush()

    def on_test_end(self, logs: Logs = None) -> None:
        """Write the values of an evaluation by the number of updates so far."""
        for name, value in numbers(logs).items():
            tag = f"evaluation_{name}_vs_iterations"
            self._writer("validation").add_scalar(tag, value, self._iterations())
        self._writer("validation").flush()

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the files."""
        self._stop_profiler()
        self._close()

    def _iterations(self) -> int:
        iterations = getattr(self.model.optimizer, "iterations", None)
        return self._batch if iterations is None else int(iterations)

    def _stop_profiler(self) -> None:
        if self._profiler is not None:
            self._profiler.stop()
            self._profiler = None

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


def _range(profile_batch: Any) -> tuple[int, int]:
    """Return the first and the last batch to record; zeros for none."""
    given = profile_batch
    if isinstance(given, str):
        given = [int(part) for part in given.split(",")]
    if isinstance(given, (list, tuple)) and len(given) == 1:
        given = given[0]
    first, last = (given, given) if isinstance(given, int) else (-1, -1)
    if isinstance(given, (list, tuple)) and len(given) == 2:
        first, last = given
    if first < 0 or last < first:
        raise ValueError(
            "TensorBoard: `profile_batch` is a number of a batch, or the first and the last. "
            f"Received: profile_batch={profile_batch!r}"
        )
    return int(first), int(last)
