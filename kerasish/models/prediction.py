"""`predict`: NumPy in, NumPy out, batch by batch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.distribution import processes
from kerasish.distribution.parallel_call import in_parallel
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.models.data import make_batches
from kerasish.models.inference_engine import InferenceEngine
from kerasish.models.progress import Progress
from kerasish.trainers.limits import limited_steps
from kerasish.trainers.old_methods import of_today


class Prediction(InferenceEngine):
    """The part of `Model` that predicts.

    Attributes:
        stop_predicting: Set to True by a callback to end a run of `predict` early.
    """

    stop_predicting: bool = False

    @in_parallel
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Return the model's outputs for inputs, in inference mode, without gradients.

        Args:
            x: NumPy arrays or torch tensors, in the structure of the model's inputs; or a
                `DataLoader`, a `Dataset`, or a generator of batches, of which the inputs are taken.
            batch_size: Number of samples that run at once, 32 by default.
            verbose: 0 for no output, 1 or `"auto"` for a progress bar, 2 for a line.
            steps: Number of batches to run, all by default; needed for an endless generator.
            callbacks: Objects with methods such as `on_predict_batch_end(batch, logs)`.
            **kwargs: Keras 2's `workers` and their like, which do nothing.

        Returns:
            Arrays in the structure of the model's outputs: one array, a list of them, or a dict.

        Raises:
            ValueError: If the inputs do not fit the model, or there are none.

        See https://keras.io/api/models/model_training_apis/#predict-method.
        """
        of_today("predict", kwargs)
        if processes.is_active() and processes.rank():
            verbose, callbacks = 0, None
        batches = make_batches(x, batch_size, steps, self.name)
        if limited_steps(steps, batches.count) != steps:
            batches = make_batches(x, batch_size, config.max_steps_per_epoch(), self.name)
        progress = Progress(batches.count, verbose)
        hooks = _Hooks(callbacks, self, {"verbose": verbose, "epochs": 1, "steps": batches.count})
        results: list[Any] = []
        self.stop_predicting = False
        hooks("on_predict_begin")
        for index, batch in enumerate(batches):
            hooks("on_predict_batch_begin", index)
            results.append(self.predict_on_batch(batch))
            progress.step(index + 1)
            hooks("on_predict_batch_end", index, outputs=results[-1])
            if self.stop_predicting:
                break
        progress.close()
        hooks("on_predict_end")
        if not results:
            raise ValueError(
                f"Model '{self.name}' got nothing to predict for. "
                f"Received: no batch from x of type {type(x).__name__}"
            )
        if batches.count is not None and len(results) < batches.count and not self.stop_predicting:
            warnings.warn(
                f"Model '{self.name}' predicted for {len(results)} of {batches.count} steps, as "
                "the data ended.",
                stacklevel=2,
            )
        if len(results) == 1:
            return results[0]
        columns = zip(*map(flatten, results), strict=True)
        return pack_like(results[0], [np.concatenate(column) for column in columns])

    @in_parallel
    def predict_on_batch(self, x: Any) -> Any:
        """Return the model's outputs for one batch, as `predict` does.

        Args:
            x: NumPy arrays or torch tensors, in the structure of the model's inputs.
        """
        if self._engine is not None:
            return self._engine(x)
        with torch.no_grad():
            outputs = self.predict_step((_on_device(x, self._device()),))  # type: ignore[attr-defined]
        arrays = map_structure(_to_numpy, outputs)
        # Several outputs come in a list also where a layer with states gives them in a tuple.
        return list(arrays) if type(arrays) is tuple else arrays


def _on_device(x: Any, device: torch.device | None) -> Any:
    if isinstance(x, torch.Tensor):
        return x if device is None or x.device == device else x.to(device)
    if isinstance(x, (list, tuple, dict)):
        return map_structure(lambda leaf: _on_device(leaf, device), x)
    return x


def _to_numpy(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    # NumPy has no bfloat16.
    return (value.float() if value.dtype == torch.bfloat16 else value).numpy(force=True)


class _Hooks:
    """Calls the hooks that callbacks have."""

    def __init__(self, callbacks: Any, model: Any, parameters: dict[str, Any]) -> None:
        if callbacks is None:
            callbacks = []
        self._callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        for callback in self._callbacks:
            if not any(name.startswith("on_predict_") for name in dir(callback)):
                raise ValueError(
                    "predict takes callbacks with methods on_predict_begin, on_predict_batch_begin,"
                    f" on_predict_batch_end or on_predict_end. Received: callbacks={callbacks!r}"
                )
            if hasattr(callback, "set_params"):
                callback.set_params(dict(parameters))
            if hasattr(callback, "set_model"):
                callback.set_model(model)

    def __call__(self, name: str, *arguments: Any, **logs: Any) -> None:
        for callback in self._callbacks:
            hook = getattr(callback, name, None)
            if hook is not None:
                with processes.alone():
                    hook(*arguments, logs)
