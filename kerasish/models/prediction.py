"""`predict`: NumPy in, NumPy out, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.layers.base.layer import Layer
from kerasish.models.data import make_batches
from kerasish.models.progress import Progress


class Prediction(Layer):
    """The part of `Model` that predicts."""

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the model's outputs for inputs, in inference mode.

        Args:
            x: NumPy arrays or torch tensors, in the structure of the model's inputs; or a
                `DataLoader`, a `Dataset`, or an iterable of batches, of which the inputs are taken.
            batch_size: Number of samples that run at once, 32 by default.
            verbose: 0 for no output, 1 or `"auto"` for a progress bar, 2 for a line.
            steps: Number of batches to run, all by default; needed for an endless generator.
            callbacks: Objects with methods such as `on_predict_batch_end(batch, logs)`.

        Returns:
            An array; a list of arrays for a model with several outputs; a dict for one whose
            outputs are a dict.

        Raises:
            ValueError: If the inputs do not fit the model, or there are none.
        """
        batches = make_batches(x, batch_size, steps, self.name)
        hooks = _Hooks(callbacks, self)
        progress = Progress(batches.count, verbose)
        results: list[Any] = []
        hooks("on_predict_begin")
        for index, batch in enumerate(batches):
            hooks("on_predict_batch_begin", index)
            results.append(self.predict_on_batch(batch))
            hooks("on_predict_batch_end", index, {"outputs": results[-1]})
            progress.step()
        progress.close()
        hooks("on_predict_end")
        if not results:
            raise ValueError(
                f"Model '{self.name}' got nothing to predict for. Received: no batch from {x!r}"
            )
        if len(results) == 1:
            return results[0]
        columns = zip(*map(flatten, results), strict=True)
        return pack_like(results[0], [np.concatenate(column) for column in columns])

    def predict_on_batch(self, x: Any) -> Any:
        """Return the model's outputs for one batch, as `predict` does.

        Args:
            x: NumPy arrays or torch tensors, in the structure of the model's inputs.
        """
        with torch.no_grad():
            outputs = self(_on_device(x, self._device()), training=False)
        arrays = map_structure(_to_numpy, outputs)
        return list(arrays) if isinstance(arrays, tuple) else arrays


def _on_device(x: Any, device: torch.device | None) -> Any:
    if isinstance(x, torch.Tensor):
        return x if device is None or x.device == device else x.to(device)
    if isinstance(x, (list, tuple, dict)):
        return map_structure(lambda leaf: _on_device(leaf, device), x)
    return x if hasattr(x, "dtype") else np.asarray(x)


def _to_numpy(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    value = value.detach().cpu()
    # NumPy has no bfloat16.
    return (value.float() if value.dtype == torch.bfloat16 else value).numpy()


class _Hooks:
    """Calls the hooks that callbacks have."""

    def __init__(self, callbacks: Any, model: Any) -> None:
        if callbacks is None:
            callbacks = []
        self._callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        for callback in self._callbacks:
            if not any(name.startswith("on_predict") for name in dir(callback)):
                raise ValueError(
                    "predict takes callbacks with on_predict_* methods. "
                    f"Received: callbacks={callbacks!r}"
                )
            if hasattr(callback, "set_model"):
                callback.set_model(model)

    def __call__(self, name: str, *arguments: Any) -> None:
        for callback in self._callbacks:
            hook = getattr(callback, name, None)
            if hook is not None:
                hook(*arguments)
