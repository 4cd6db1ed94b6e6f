"""What a model is trained with, in Keras's files: `compile_config` and the optimizer's state."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.saving.custom_objects import CustomObjectScope
from weight_port.formats import LazyTensors, OpenFile, TensorInfo

_PREFIX = "optimizer/vars/"


def compile_config(model: Any) -> dict[str, Any]:
    """Return the entry of a configuration that tells how the model was compiled, if it was.

    Optimizers and losses of torch have no place in Keras's files; a warning says so.
    """
    if not getattr(model, "compiled", False):
        return {}
    try:
        if not isinstance(model.optimizer, Optimizer):
            raise TypeError(f"an optimizer of type {type(model.optimizer).__name__}")
        config = model.get_compile_config()
    except (TypeError, ValueError) as error:
        warnings.warn(
            f"Model '{model.name}' is saved without its training, which has no form in Keras's "
            f"files. Received: {error}",
            stacklevel=4,
        )
        return {}
    return {"compile_config": config}


def optimizer_arrays(model: Any) -> LazyTensors | None:
    """Return all that the model's optimizer remembers, named as in Keras's files."""
    optimizer = getattr(model, "optimizer", None)
    if not isinstance(optimizer, Optimizer) or not optimizer.built:
        return None
    values = {f"{_PREFIX}{n}": v.numpy() for n, v in enumerate(optimizer.variables)}
    infos = {key: TensorInfo(value.shape, str(value.dtype)) for key, value in values.items()}
    return LazyTensors(infos, values.__getitem__)


def restore_training(model: Any, file: OpenFile, custom_objects: Any) -> None:
    """Compile a model as a `.keras` file says, and read the state of its optimizer."""
    training: Mapping[str, Any] | None = getattr(file, "training", None)
    if file.format != "keras" or not training or not hasattr(model, "compile_from_config"):
        return
    with CustomObjectScope(custom_objects or {}):
        model.compile_from_config(training)
    state = {
        key.removeprefix(_PREFIX): file.optimizer.read(key)  # type: ignore[attr-defined]
        for key in file.optimizer  # type: ignore[attr-defined]
        if key.startswith(_PREFIX)
    }
    if state and isinstance(model.optimizer, Optimizer):
        model.optimizer.load_own_variables(state)
