"""Where a training stands: all that it takes to go on as if it had not stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.random.seeding import random_state, restore_random_state
from kerasish.trainers.compile_loss import CompileLoss
from kerasish.trainers.compile_metrics import CompileMetrics

State = dict[str, Any]


def storable_random_state() -> State:
    """Return where all sources of random numbers stand, in tensors and plain values."""
    state = random_state()
    kind, words, *rest = state["numpy"]
    state["numpy"] = (kind, words.tolist(), *rest)
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def restore_stored_random_state(stored: Mapping[str, Any]) -> None:
    """Let all sources of random numbers go on from where `storable_random_state` found them."""
    state = dict(stored)
    kind, words, *rest = state["numpy"]
    state["numpy"] = (kind, np.array(words, np.uint32), *rest)
    cuda = state.pop("cuda", None)
    restore_random_state(state)
    if cuda is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(cuda)


def training_state(model: Any) -> State:
    """Return the weights, what layers and the optimizer remember, metrics and random numbers."""
    optimizer = model.optimizer
    built = isinstance(optimizer, torch.optim.Optimizer) and getattr(optimizer, "built", True)
    return {
        "model": list(_model_tensors(model).values()),
        "optimizer": optimizer.state_dict() if built else None,
        "optimizer_class": type(optimizer).__name__,
        "metrics": [[v.value for v in metric.variables] for metric in model.metrics],
        "random": storable_random_state(),
    }


def _model_tensors(model: Any) -> dict[str, torch.Tensor]:
    # States of stateful layers are no part of a `state_dict`.
    found = {**dict(model.named_buffers()), **model.state_dict()}
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def restore_weights(model: Any, state: Mapping[str, Any]) -> None:
    """Give the model its weights back, and the optimizer what it remembered.

    Raises:
        ValueError: If model or optimizer are not those of the state.
    """
    # By position: automatic names count on in a program that makes a model twice.
    found, stored = _model_tensors(model), state["model"]
    shapes = [tuple(tensor.shape) for tensor in found.values()]
    expected = [tuple(tensor.shape) for tensor in stored]
    if shapes != expected:
        differing = [
            f"{name} {shape} (backup: {other})"
            for name, shape, other in zip(found, shapes, expected, strict=False)
            if shape != other
        ]
        raise ValueError(
            f"Model '{model.name}' is not the one of the backup; make it as it was, or delete the "
            f"backup. They differ in {differing[:5] or 'their number of tensors'}. "
            f"Received: {len(shapes)} tensors, the backup has {len(expected)}"
        )
    with torch.no_grad():
        for tensor, value in zip(found.values(), stored, strict=True):
            tensor.copy_(value)
    optimizer = model.optimizer
    if state["optimizer"] is None or not isinstance(optimizer, torch.optim.Optimizer):
        return
    if type(optimizer).__name__ != state["optimizer_class"]:
        raise ValueError(
            f"Model '{model.name}' has another optimizer than the backup "
            f"({state['optimizer_class']}); compile it as it was, or delete the backup. "
            f"Received: {type(optimizer).__name__}"
        )
    if isinstance(optimizer, Optimizer) and not optimizer.built:
        optimizer.build(model.trainable_variables)
    optimizer.load_state_dict(state["optimizer"])


def build_metrics(model: Any, batch: Any) -> None:
    """Make losses and metrics of `compile` for a batch, so that their state can be restored."""
    made = [
        one
        for one in (model._compile_loss, model._compile_metrics)
        if isinstance(one, (CompileLoss, CompileMetrics)) and not one.built
    ]
    x, y = batch[0], batch[1]
    if not made or y is None:
        return
    with torch.no_grad():
        y_pred = model(x, training=False)
        for one in made:
            # By a call, as nested targets are sorted into their outputs there.
            if isinstance(one, CompileLoss):
                one(y, y_pred)
            else:
                one.update_state(y, y_pred)


def restore_metrics(model: Any, values: Sequence[Sequence[torch.Tensor]]) -> None:
    """Give all metrics their state back.

    Raises:
        ValueError: If there are others than those of the state.
    """
    metrics = model.metrics
    sizes = [len(metric.variables) for metric in metrics]
    if sizes != [len(one) for one in values]:
        raise ValueError(
            f"Model '{model.name}' has other metrics than the backup; compile it as it was, or "
            f"delete the backup. Received: {[metric.name for metric in metrics]}"
        )
    for metric, stored in zip(metrics, values, strict=True):
        for variable, value in zip(metric.variables, stored, strict=True):
            variable.assign(value.to(variable.value.device))
