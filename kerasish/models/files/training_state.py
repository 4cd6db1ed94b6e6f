"""What a model is trained with, in Keras's files: `compile_config` and the optimizer's state."""

from __future__ import annotations

import warnings
from typing import Any

from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.saving.custom_objects import CustomObjectScope
from weight_port.formats import LazyTensors, OpenFile, TensorInfo

_PREFIX = "optimizer/vars/"
# The step and the learning rate, which an optimizer has before its first step.
_WITHOUT_STATE = 2


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
    """Compile a model as a file says, and read the state of its optimizer."""
    training = file.training
    if not training or not hasattr(model, "compile_from_config"):
        return
    if file.format == "h5":
        _restore_legacy(model, file, custom_objects)
        return
    if file.format != "keras" or not file.metadata.get("keras_version", "3").startswith("3"):
        if len(file.optimizer) > _WITHOUT_STATE:
            warnings.warn(
                f"{file.path}: the training is restored from .h5 files, and .keras files of Keras "
                "3, alone; compile the model anew. `weight-port convert --optimizer` keeps the "
                f"arrays. Received: an optimizer's state of {len(file.optimizer)} arrays",
                stacklevel=4,
            )
        return
    with CustomObjectScope(custom_objects or {}):
        model.compile_from_config(training)
    state = {
        key.removeprefix(_PREFIX): file.optimizer.read(key)
        for key in file.optimizer
        if key.startswith(_PREFIX)
    }
    if len(state) > _WITHOUT_STATE and isinstance(model.optimizer, Optimizer):
        model.optimizer.load_own_variables(state)


def _restore_legacy(model: Any, file: OpenFile, custom_objects: Any) -> None:
    from kerasish.models.files.legacy_training import compile_arguments, restore_optimizer

    assert file.training is not None
    try:
        with CustomObjectScope(custom_objects or {}):
            model.compile(**compile_arguments(file.training))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        warnings.warn(
            f"{file.path}: the training is not restored; compile the model anew. "
            f"Received: {type(error).__name__}: {str(error)[:300]}",
            stacklevel=5,
        )
        return
    if len(file.optimizer) <= _WITHOUT_STATE or not isinstance(model.optimizer, Optimizer):
        return
    model.optimizer.build(model.trainable_variables)
    if not restore_optimizer(model.optimizer, file.optimizer):
        warnings.warn(
            f"{file.path}: the optimizer begins anew, as its state has another form. "
            f"Received: {len(file.optimizer)} arrays, where {type(model.optimizer).__name__} has "
            f"{len(model.optimizer.variables)}",
            stacklevel=5,
        )


def restore_optimizer_state(model: Any, file: OpenFile) -> None:
    """Give a model's optimizer the state that a weights file holds, as Keras does.

    It has to be built; with one that is not, as after `compile` alone, a warning says that nothing
    was read.
    """
    optimizer = getattr(model, "optimizer", None)
    names = [key for key in file.optimizer if key.startswith(_PREFIX)]
    if len(names) > _WITHOUT_STATE and isinstance(optimizer, Optimizer):
        optimizer.load_own_variables(
            {key.removeprefix(_PREFIX): file.optimizer.read(key) for key in names}
        )


def legacy_training(model: Any) -> tuple[dict[str, Any] | None, LazyTensors | None]:
    """Return what a model was compiled with and its optimizer's arrays, as `.h5` files have it."""
    from kerasish.models.files.legacy_training import training_config

    found = compile_config(model)
    if not found:
        return None, None
    optimizer = model.optimizer
    if not optimizer.built:
        return training_config(found["compile_config"]), None
    values = {variable.path: variable.numpy() for variable in optimizer.variables}
    infos = {key: TensorInfo(value.shape, str(value.dtype)) for key, value in values.items()}
    return training_config(found["compile_config"]), LazyTensors(infos, values.__getitem__)
