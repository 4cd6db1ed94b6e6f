"""`fit`, `evaluate` and their relatives: the loop over epochs and batches."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from kerasish.callbacks.callback_list import CallbackList
from kerasish.distribution import processes
from kerasish.distribution.first_process import SharedCallbacks
from kerasish.distribution.parallel_call import in_parallel
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.trainers.compile_metrics import CompileMetrics
from kerasish.trainers.data import Source, source_of, split_validation
from kerasish.trainers.epoch_iterator import EpochIterator
from kerasish.trainers.later_logs import LaterLogs
from kerasish.trainers.limits import limited_epochs
from kerasish.trainers.old_methods import OldMethods, of_today
from kerasish.trainers.training_state import (
    build_metrics,
    restore_metrics,
    restore_stored_random_state,
    restore_weights,
)


class Fitting(OldMethods):
    """The part of `Model` that trains and evaluates."""

    @in_parallel
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        **kwargs: Any,
    ) -> Any:
        """Train the model.

        With `shuffle=True` arrays go in the order that Keras on TensorFlow gives them after
        `set_random_seed`, the same one in each epoch. Without a seed, or with torch's generator
        chosen, each epoch goes in the order of a `torch.randperm`. The last, smaller batch is used
        too.

        Args:
            x: Inputs: arrays, tensors, data frames, or lists and dicts of them; or a
                `DataLoader`, `Dataset`, `PyDataset`, or generator of `(x, y)` or
                `(x, y, sample_weight)`.
            y: Targets, for arrays.
            batch_size: Number of samples in a batch, 32 by default.
            epochs: Number of the epoch to end with.
            verbose: 0 for nothing, 1 or `"auto"` for bars, 2 for a line for each epoch.
            callbacks: Callbacks.
            validation_split: Part of the samples, the last ones, to validate with.
            validation_data: `(x, y)`, `(x, y, sample_weight)`, or batches of these.
            shuffle: Whether arrays go in random order; `"batch"` for one within each batch.
            class_weight: Weight by class.
            sample_weight: Weights of the samples.
            initial_epoch: Number of the epoch to begin with.
            steps_per_epoch: Number of batches of an epoch.
            validation_steps: Number of batches to validate with.
            validation_batch_size: Size of these batches.
            validation_freq: Number of epochs from one validation to the next, or the epochs.
            **kwargs: Arguments of Keras 1 and 2: `nb_epoch`, `workers` and their like.

        Returns:
            The `History`.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit.

        See https://keras.io/api/models/model_training_apis/#fit-method.
        """
        old = of_today("fit", kwargs)
        epochs = limited_epochs(_whole("epochs", old.get("epochs", epochs)))
        validation_steps = old.get("validation_steps", validation_steps)
        self._require_compiled("fit")
        object.__setattr__(self, "stop_training", False)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split_validation(
                (x, y, sample_weight), validation_split
            )
        source = source_of(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            steps=steps_per_epoch,
            shuffle=shuffle,
            class_weight=class_weight,
            device=self._device(),
        )
        validation = None
        if validation_data is not None:
            validated = self._validation_source(
                validation_data, validation_batch_size or batch_size, validation_steps
            )
            validation = functools.partial(EpochIterator, validated, validation_steps)
        batches = EpochIterator(source, steps_per_epoch)
        called = _callback_list(callbacks, self, verbose, epochs, batches.steps, history=True)
        state = {"_fit_batches": batches, "_fit_callbacks": called}
        for name, value in state.items():
            object.__setattr__(self, name, value)
        try:
            self._train_epochs(
                range(initial_epoch, epochs), batches, validation, validation_freq, called
            )
        finally:
            for name in state:
                del self.__dict__[name]
        return self.history

    def _train_epochs(
        self,
        epochs: range,
        batches: EpochIterator,
        validation: Callable[[], EpochIterator] | None,
        frequency: int | Sequence[int],
        called: CallbackList,
    ) -> None:
        logs: Any = {}
        training_logs: Any = None
        called.on_train_begin()
        first = getattr(self, "_initial_epoch", None) or epochs.start
        restart = self._prepare_restart(batches, called)
        for epoch in range(first, epochs.stop):
            self.reset_metrics()
            called.on_epoch_begin(epoch)
            if restart is not None:
                logs, restart = self._go_on(restart), None
            logs = self._run("train", batches, called, logs)
            epoch_logs = self._final_logs(logs)
            if validation is not None and _should_validate(epoch + 1, frequency):
                values = self._evaluate(validation(), called)
                epoch_logs.update({f"val_{name}": value for name, value in values.items()})
            called.on_epoch_end(epoch, epoch_logs)
            training_logs = epoch_logs
            if self.stop_training or batches.exhausted:
                break
        if isinstance(self.optimizer, Optimizer) and self.optimizer.built and epochs.stop > 0:
            self.optimizer.finalize_variable_values(self.trainable_weights)
        called.on_train_end(training_logs)

    def _validation_source(self, data: Any, batch_size: int | None, steps: int | None) -> Source:
        x, y, sample_weight = data, None, None
        if isinstance(data, (tuple, list)):
            if not 1 <= len(data) <= 3:
                raise ValueError(
                    "`validation_data` is (x, y), (x, y, sample_weight), or batches. "
                    f"Received: {len(data)} parts"
                )
            x, y, sample_weight = (*data, None, None)[:3]
        return source_of(
            x, y, sample_weight, batch_size=batch_size, steps=steps, device=self._device()
        )

    def _prepare_restart(self, batches: EpochIterator, called: CallbackList) -> Any:
        """Take up where a backup was made, if a callback has read one; return what is left to do.

        The rest follows when the epoch has begun, as callbacks may change the learning rate then.
        """
        restart = self.__dict__.pop("_restart", None)
        object.__setattr__(self, "_initial_epoch", None)
        position = None if restart is None else restart["position"]
        if processes.is_active():
            position = processes.from_first(position)
        if position is None:
            return None
        last = batches.resume(position)
        if restart is None:  # the first process has the rest, and shares it
            return None
        if last is not None and position["done"]:
            build_metrics(self, last)
        else:
            restore_stored_random_state(restart["state"]["random"])
        called.restore_states(restart["callbacks"])
        return restart if position["done"] else None

    def _go_on(self, restart: Mapping[str, Any]) -> Any:
        """Restore the middle of an epoch; return the logs of the step before."""
        restore_weights(self, restart["state"])
        restore_metrics(self, restart["state"]["metrics"])
        restore_stored_random_state(restart["state"]["random"])
        return restart["logs"]

    def _run(
        self, kind: str, batches: EpochIterator, called: CallbackList, logs: Any = None
    ) -> Any:
        """Run the steps of an epoch; return the logs of the last, or else those given."""
        step = self._loop_step(kind)
        begin = getattr(called, f"on_{kind}_batch_begin")
        end = getattr(called, f"on_{kind}_batch_end")
        size = self.steps_per_execution
        logs = {} if logs is None else logs
        index, pending = batches.done, False
        no_grad = torch.no_grad() if kind == "test" else torch.enable_grad()
        stop = "stop_training" if kind == "train" else "stop_evaluating"
        object.__setattr__(self, "stop_evaluating", False)
        for batch in batches.epoch():
            if not pending:
                begin(index - index % size if size > 1 else index)
                pending = True
            with no_grad:
                logs = step(batch)
            if (index + 1) % size == 0:
                end(index, logs)
                pending = False
            index += 1
            if not pending and getattr(self, stop):
                break
        if pending:
            end(index - 1, logs)
        return logs

    def _final_logs(self, logs: Any) -> dict[str, Any]:
        current = self.get_metrics_result()
        if isinstance(logs, LaterLogs):
            return plain(current)
        same = isinstance(logs, Mapping) and set(logs) == set(current)
        return plain(current if same else logs)

    def _evaluate(self, batches: EpochIterator, called: CallbackList) -> dict[str, Any]:
        self.reset_metrics()
        called.on_test_begin()
        logs = self._final_logs(self._run("test", batches, called))
        called.on_test_end(logs)
        return logs

    @in_parallel
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return loss and metrics on data, in inference mode.

        Args:
            x: Inputs, as in `fit`.
            y: Targets.
            batch_size: Number of samples in a batch, 32 by default.
            verbose: 0 for nothing, 1 or `"auto"` for a bar, 2 for a line.
            sample_weight: Weights of the samples.
            steps: Number of batches.
            callbacks: Callbacks.
            return_dict: Whether the result is a dict by name.
            **kwargs: Keras 2's `workers` and their like, which do nothing.

        Returns:
            The loss, or a list of it and the metrics, or a dict.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit.
        """
        of_today("evaluate", kwargs)
        self._require_compiled("evaluate")
        source = source_of(
            x, y, sample_weight, batch_size=batch_size, steps=steps, device=self._device()
        )
        batches = EpochIterator(source, steps)
        called = _callback_list(callbacks, self, verbose, 1, batches.steps, history=False)
        logs = self._evaluate(batches, called)
        return logs if return_dict else self._in_order(logs)

    def _in_order(self, logs: Mapping[str, Any]) -> Any:
        names: list[str] = []
        for metric in self.metrics:
            compiled = isinstance(metric, CompileMetrics)
            names += [inner.name for inner in metric.metrics] if compiled else [metric.name]
        values = [logs[name] for name in names if name in logs]
        values += [logs[name] for name in sorted(logs) if name not in names]
        return values[0] if len(values) == 1 else values

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Train on one batch, and return its loss and metrics."""
        return self._on_batch("train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluate on one batch, and return its loss and metrics."""
        return self._on_batch("test", x, y, sample_weight, None, return_dict)

    @in_parallel
    def _on_batch(
        self, kind: str, x: Any, y: Any, weight: Any, class_weight: Any, return_dict: bool
    ) -> Any:
        self._require_compiled(f"{kind}_on_batch")
        whole = source_of(
            x,
            y,
            weight,
            batch_size=1 << 40,
            class_weight=class_weight,
            device=self._device(),
        )
        self.reset_metrics()
        with torch.set_grad_enabled(kind == "train"):
            logs = plain(getattr(self, f"{kind}_step")(next(whole.make())))
        return logs if return_dict else self._in_order(logs)


def plain(logs: Any) -> dict[str, Any]:
    """Return logs by sorted names, as Keras has them, with floats for tensors."""
    return {
        name: value.tolist() if isinstance(value, (torch.Tensor, np.ndarray, np.generic)) else value
        for name, value in sorted((logs or {}).items())
    }


def _callback_list(
    callbacks: Any, model: Any, verbose: int | str, epochs: int, steps: int | None, history: bool
) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    if verbose not in (0, 1, 2, "auto"):
        raise ValueError(
            f"`verbose` is 0 (silent), 1 (bars), 2 (lines) or 'auto'. Received: verbose={verbose!r}"
        )
    if processes.is_active() and processes.rank():
        callbacks, verbose = None, 0
    called = CallbackList(
        callbacks,
        add_history=history,
        add_progbar=verbose != 0,
        model=model,
        verbose=1 if verbose == "auto" else verbose,
        epochs=epochs,
        steps=steps,
    )
    return SharedCallbacks(called, model) if processes.is_active() else called


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ValueError(
            f"`{name}` is a whole number; cut a fraction off with int(...). "
            f"Received: {name}={value!r}"
        )
    return int(value)


def _should_validate(epoch: int, frequency: int | Sequence[int]) -> bool:
    if isinstance(frequency, int):
        return epoch % frequency == 0
    return epoch in frequency
