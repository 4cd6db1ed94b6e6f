"""Methods and arguments of Keras 1 and 2 that mean something exact today."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasish.layers.base.layer import Layer
from kerasish.trainers.compiling import Compiling

# How batches were computed in other threads and processes; no number depends on it.
_NEUTRAL = (
    *("workers", "use_multiprocessing", "max_queue_size"),
    *("nb_worker", "pickle_safe", "max_q_size"),
)
_RENAMED = {"nb_epoch": "epochs", "nb_val_samples": "validation_steps"}
KNOWN = frozenset([*_NEUTRAL, *_RENAMED])


def of_today(verb: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return old arguments under the names of today, after one warning.

    Raises:
        ValueError: If one is not known.
    """
    if not kwargs:
        return {}
    found = {_RENAMED[name]: value for name, value in kwargs.items() if name in _RENAMED}
    unknown = sorted(set(kwargs) - set(_RENAMED) - set(_NEUTRAL))
    if unknown:
        raise ValueError(f"{verb} does not know these arguments. Received: {unknown}")
    said = [f"`{old}` is `{_RENAMED[old]}` now" for old in kwargs if old in _RENAMED]
    said += [f"`{old}` does nothing" for old in kwargs if old not in _RENAMED]
    warnings.warn(f"{verb}: {'; '.join(said)}.", DeprecationWarning, 4)
    return found


class OldMethods(Compiling):
    """The part of `Model` with the methods of Keras 1 and 2."""

    def fit_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Keras 2's name of `fit` on a generator; `steps_per_epoch` and `epochs` come first."""
        _warn("fit_generator", "fit")
        return self.fit(generator, **_old(args, kwargs, ("steps_per_epoch", "epochs", "verbose")))  # type: ignore[attr-defined]

    def evaluate_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Keras 2's name of `evaluate` on a generator; `steps` and `callbacks` come first."""
        _warn("evaluate_generator", "evaluate")
        return self.evaluate(generator, **_old(args, kwargs, ("steps", "callbacks")))  # type: ignore[attr-defined]

    def predict_generator(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Keras 2's name of `predict` on a generator; `steps` and `callbacks` come first."""
        _warn("predict_generator", "predict")
        return self.predict(generator, **_old(args, kwargs, ("steps", "callbacks")))  # type: ignore[attr-defined]

    def predict_proba(self, x: Any, batch_size: int | None = 32, verbose: int = 0) -> Any:
        """Keras 2's other name of `predict`."""
        _warn("predict_proba", "predict")
        return self.predict(x, batch_size=batch_size, verbose=verbose)  # type: ignore[attr-defined]

    def predict_classes(self, x: Any, batch_size: int | None = 32, verbose: int = 0) -> Any:
        """Return the class with the highest prediction; for one unit, whether it is above 0.5."""
        _warn("predict_classes", "`np.argmax(predict(x), -1)`, or `predict(x) > 0.5` for one unit")
        values = self.predict(x, batch_size=batch_size, verbose=verbose)  # type: ignore[attr-defined]
        if values.shape[-1] > 1:
            return values.argmax(-1)
        return (values > 0.5).astype(np.dtype("int32"))

    def reset_states(self) -> None:
        """Set the states of all stateful layers to zero: Keras 2's way, for the whole model."""
        _warn("reset_states", "`reset_state` of each stateful layer")
        for layer in self.modules():
            if isinstance(layer, Layer) and getattr(layer, "stateful", False):
                layer.reset_state()  # type: ignore[operator]


def _warn(old: str, new: str) -> None:
    warnings.warn(f"`{old}` is {new} now.", DeprecationWarning, 3)


def _old(args: tuple, kwargs: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of an old method; its warning has been given."""
    if len(args) > len(names):
        raise ValueError(f"Give arguments after {names} by name. Received: {args}")
    known = dict(zip(names, args, strict=False))
    renamed = {_RENAMED.get(key, key): one for key, one in kwargs.items() if key not in _NEUTRAL}
    return {**known, **renamed}
