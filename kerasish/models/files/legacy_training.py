"""The training in old `.h5` files: what a model was compiled with, and its optimizer's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish import losses, metrics, optimizers
from kerasish.optimizers.base.optimizer import Optimizer
from weight_port.formats import Tensors

# What Keras 2 called the arrays that its optimizers keep for each weight.
_SLOTS = {
    *("m", "v", "vhat", "u", "rms", "mg", "momentum", "velocity", "velocity_hat"),
    *("average_gradient", "accumulator", "linear", "accum_grad", "accum_var"),
    *("accumulated_grad", "accumulated_delta_var", "norm"),
}


def training_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry `training_config` of a file for a model's `compile_config`."""
    kept = {name: value for name, value in config.items() if name != "optimizer"}
    optimizer = config["optimizer"]
    name = optimizer.get("registered_name") or optimizer["class_name"]
    return {**kept, "optimizer_config": {"class_name": name, "config": optimizer["config"]}}


def compile_arguments(training: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `compile` that an entry `training_config` stands for.

    Raises:
        ValueError: If something in it is not known.
    """
    described = dict(training["optimizer_config"])
    described["class_name"] = described["class_name"].rpartition(">")[2]
    arguments = {
        "optimizer": optimizers.deserialize(described),
        "loss": _each(training.get("loss"), _loss),
        "metrics": _each(training.get("metrics"), _metric),
        "weighted_metrics": _each(training.get("weighted_metrics"), _metric),
        "loss_weights": training.get("loss_weights"),
    }
    if arguments["metrics"] == []:
        arguments["metrics"] = None
    for name in ("run_eagerly", "steps_per_execution", "jit_compile"):
        if training.get(name) is not None:
            arguments[name] = training[name]
    return arguments


def _each(value: Any, made: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _each(item, made) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(item, made) for item in value]
    return made(value) if isinstance(value, Mapping) else value


def _loss(entry: Mapping[str, Any]) -> Any:
    config = {key: one for key, one in entry["config"].items() if key != "fn"}
    if config.get("reduction") == "auto":  # Keras 2's word for the default
        del config["reduction"]
    if entry["class_name"] == "LossFunctionWrapper":
        return losses.get(entry["config"]["fn"])
    return losses.deserialize({**entry, "config": config})


def _metric(entry: Mapping[str, Any]) -> Any:
    config = dict(entry["config"])
    if entry["class_name"] == "MeanMetricWrapper":
        # What the user wrote, `"accuracy"`, is the name; the function is what it came to mean.
        found = metrics.get(config["fn"])
        if isinstance(found, metrics.Metric):
            return type(found)(name=config.get("name"))
        return metrics.MeanMetricWrapper(found, name=config.get("name"))
    config.pop("fn", None)
    return metrics.deserialize({**entry, "config": config})


def restore_optimizer(optimizer: Optimizer, arrays: Tensors) -> bool:
    """Give a built optimizer what the arrays of an old file hold; tell whether they fit.

    Keras 3 stores all in the order of `variables`, older versions one kind of array after the
    other, some of them without the learning rate.
    """
    names = list(arrays)
    variables = optimizer.variables
    shapes = [arrays[name].shape for name in names]
    if shapes == [variable.shape for variable in variables] and not _is_old(names):
        optimizer.set_weights([arrays.read(name) for name in names])
        return True
    if not names or shapes[0] != ():
        return False
    rest = [name for name in names[1:] if not name.split(":")[0].endswith("learning_rate")]
    ours: dict[str, list[Any]] = {}
    for slot in optimizer._slots:
        ours.setdefault(getattr(slot._owner, "slot", slot.name), []).append(slot)
    slots = [slot for group in ours.values() for slot in group]
    found = _by_kind(rest) or rest[: len(slots)]
    if [arrays[name].shape for name in found] != [slot.shape for slot in slots]:
        return False
    variables[0].assign(np.asarray(arrays.read(names[0])))
    for slot, name in zip(slots, found, strict=True):
        slot.assign(arrays.read(name))
    return True


def _is_old(names: list[str]) -> bool:
    return any(name.endswith(":0") for name in names)


def _by_kind(names: list[str]) -> list[str]:
    """Sort names like `Adam/dense/kernel/m:0` or `Adam/m/dense/kernel:0` by kind of array."""
    for place in (1, -1):
        found: dict[str, list[str]] = {}
        for name in names:
            parts = name.split(":")[0].split("/")
            found.setdefault(parts[place] if len(parts) > 2 else "", []).append(name)
        if set(found) <= _SLOTS:
            return [name for group in found.values() for name in group]
    return []
