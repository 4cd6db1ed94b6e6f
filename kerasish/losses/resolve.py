"""Losses whose meaning depends on the shapes of targets and predictions."""

from __future__ import annotations

from typing import Any

from kerasish.layers.base.naming import to_snake_case
from kerasish.losses.lookup import get
from kerasish.losses.loss import Loss, LossFunctionWrapper
from kerasish.losses.probabilistic import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)


def kind_of_targets(y_true: Any, y_pred: Any) -> str:
    """Tell how targets name classes: `"binary"`, `"sparse"` or `"categorical"`.

    Args:
        y_true: Targets; only the shape counts.
        y_pred: Predictions; `(..., 1)` means binary ones.
    """
    true_shape, shape = tuple(y_true.shape), tuple(y_pred.shape)
    if shape[-1] == 1:
        return "binary"
    if len(true_shape) < len(shape) or true_shape[-1] == 1:
        return "sparse"
    return "categorical"


def object_name(obj: Any) -> str:
    """Return the name of a loss or metric: its own, or the snake-cased one of its function."""
    if hasattr(obj, "name"):
        return obj.name
    return to_snake_case(getattr(obj, "__name__", type(obj).__name__))


def get_loss(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """Return the loss that an argument of `compile` means.

    Args:
        identifier: What `get` takes, or `"crossentropy"`, `"ce"`: the cross entropy that fits.
        y_true: Targets; only the shape counts.
        y_pred: Predictions; only the shape counts.

    Returns:
        An instance of `Loss`, made from functions too; None for None.

    Raises:
        ValueError: If there is no such loss.
    """
    if identifier is None:
        return None
    if str(identifier).lower() in ("crossentropy", "ce"):
        found: Any = {
            "binary": binary_crossentropy,
            "sparse": sparse_categorical_crossentropy,
            "categorical": categorical_crossentropy,
        }[kind_of_targets(y_true, y_pred)]
    else:
        found = get(identifier)
    if isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else object_name(found)
    return LossFunctionWrapper(found, name=name)
