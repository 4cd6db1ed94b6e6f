"""Losses between probability distributions: functions."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from kerasish import config
from kerasish.layers.base.inputs import set_mask
from kerasish.logits import with_logits
from kerasish.losses.conversion import convert_pair, to_tensor
from kerasish.losses.crossentropy_terms import (
    binary_terms,
    categorical_terms,
    clip_probabilities,
    sparse_terms,
)
from kerasish.saving.registry import builtin


@builtin(
    "keras.losses",
    "kld",
    "KLD",
    "kullback_leibler_divergence",
    "keras.metrics.kl_divergence",
    "keras.metrics.kullback_leibler_divergence",
)
def kl_divergence(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Kullback-Leibler divergence `sum(y_true * log(y_true / y_pred))` over the last axis.

    Args:
        y_true: Targets `(..., classes)`, clipped to the range from `epsilon` to 1.
        y_pred: Predictions `(..., classes)`, clipped alike.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    y_true = torch.clamp(y_true, config.epsilon(), 1.0)
    y_pred = torch.clamp(y_pred, config.epsilon(), 1.0)
    return (y_true * torch.log(y_true / y_pred)).sum(-1)


@builtin("keras.losses", "keras.metrics.poisson")
def poisson(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `y_pred - y_true * log(y_pred + epsilon)` over the last axis.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    return (y_pred - y_true * torch.log(y_pred + config.epsilon())).mean(-1)


@builtin("keras.losses", "bce", "BCE", "keras.metrics.binary_crossentropy")
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> torch.Tensor:
    """Mean of the binary cross entropy along an axis.

    Args:
        y_true: Targets `(..., d)` between 0 and 1.
        y_pred: Probabilities or logits `(..., d)`.
        from_logits: Whether they are logits.
        label_smoothing: How far targets are drawn towards 0.5, from 0 to 1.
        axis: The axis of the mean.

    Returns:
        Losses `(...)`.

    Raises:
        ValueError: If the shapes differ.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    y_true = _smooth_binary(y_true, label_smoothing)
    return binary_terms(y_true, y_pred, from_logits).mean(axis)


@builtin("keras.losses", "keras.metrics.binary_focal_crossentropy")
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> torch.Tensor:
    """Binary cross entropy in which entries count for less that are right with confidence.

    The cross entropy times `(1 - p)^gamma`, with the probability `p` of the true class; and
    times `alpha` for class 1 and `1 - alpha` for class 0 under `apply_class_balancing`.

    Args:
        y_true: Targets `(..., d)` between 0 and 1.
        y_pred: Probabilities or logits `(..., d)`.
        apply_class_balancing: Whether the classes have weights.
        alpha: Weight of class 1.
        gamma: How much less confident entries count.
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards 0.5, from 0 to 1.
        axis: The axis of the mean.

    Returns:
        Losses `(...)`.

    Raises:
        ValueError: If the shapes differ.

    Source: https://arxiv.org/abs/1708.02002.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    y_true = _smooth_binary(y_true, label_smoothing)
    if from_logits:
        y_pred = with_logits(torch.sigmoid(y_pred), y_pred)
    losses = binary_terms(y_true, y_pred, from_logits=False)
    right = y_true * y_pred + (1 - y_true) * (1 - y_pred)
    losses = torch.pow(1.0 - right, gamma) * losses
    if apply_class_balancing:
        losses = (y_true * alpha + (1 - y_true) * (1 - alpha)) * losses
    return losses.mean(axis)


@builtin("keras.losses", "keras.metrics.categorical_crossentropy")
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> torch.Tensor:
    """Cross entropy `-sum(y_true * log(y_pred))` along an axis.

    From logits the derivative is `softmax - y_true`, as on TensorFlow, which is the exact one
    for targets that sum to 1.

    Args:
        y_true: Targets `(..., classes)`, distributions.
        y_pred: Predictions `(..., classes)`, divided by their sum unless they are logits.
        from_logits: Whether they are logits.
        label_smoothing: How far targets are drawn towards equal ones, from 0 to 1.
        axis: The axis of classes.

    Returns:
        Losses `(...)`.

    Raises:
        ValueError: If the shapes differ or the axis is a bool.
    """
    y_true, y_pred = _class_pair(y_true, y_pred, axis, label_smoothing, "categorical_crossentropy")
    return categorical_terms(y_true, y_pred, from_logits, axis)


@builtin("keras.losses", "keras.metrics.categorical_focal_crossentropy")
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> torch.Tensor:
    """Cross entropy in which classes count for less that are predicted with confidence.

    `-sum(alpha * (1 - y_pred)^gamma * y_true * log(y_pred))`.

    Args:
        y_true: Targets `(..., classes)`, distributions.
        y_pred: Predictions `(..., classes)`, divided by their sum.
        alpha: A factor, or one for each class.
        gamma: How much less confident predictions count.
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards equal ones, from 0 to 1.
        axis: The axis of classes.

    Returns:
        Losses `(...)`.

    Raises:
        ValueError: If the axis is a bool.

    Source: https://arxiv.org/abs/1708.02002.
    """
    name = "categorical_focal_crossentropy"
    y_true, y_pred = _class_pair(y_true, y_pred, axis, label_smoothing, name)
    if from_logits:
        y_pred = torch.softmax(y_pred, axis)
    output = clip_probabilities(y_pred / y_pred.sum(axis, keepdim=True))
    losses = -y_true * torch.log(output)
    if isinstance(alpha, (list, tuple)):  # float32, which Keras makes of a list
        alpha = torch.tensor(alpha, dtype=torch.float32, device=output.device)
    if not isinstance(alpha, (int, float)):
        alpha = to_tensor(alpha, output.dtype, output.device)
    return (torch.pow(1.0 - output, gamma) * alpha * losses).sum(axis)


@builtin("keras.losses", "keras.metrics.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> torch.Tensor:
    """Cross entropy for class numbers as targets.

    Args:
        y_true: Class numbers `(...)` or `(..., 1)`.
        y_pred: Probabilities or logits `(..., classes)`.
        from_logits: Whether they are logits.
        ignore_class: A class number whose entries give 0 and are masked, or None.
        axis: The axis of classes. Keras on TensorFlow takes the last one only.

    Returns:
        Losses `(...)`. On a GPU and in compiled code class numbers that do not exist give NaN.

    Raises:
        ValueError: If the shapes do not fit, or on a CPU a class does not exist.
    """
    y_pred = convert_pair(0, y_pred)[1]
    y_true = to_tensor(y_true, device=y_pred.device)
    if y_true.dim() == y_pred.dim() and y_true.shape[axis] == 1:
        y_true = y_true.squeeze(axis)
    if ignore_class is None:
        return sparse_terms(y_true, y_pred, from_logits, axis)
    valid = y_true != ignore_class
    y_true = torch.where(valid, y_true, 0)
    y_pred = torch.where(valid.unsqueeze(axis), y_pred, 0.0)
    losses = torch.where(valid, sparse_terms(y_true, y_pred, from_logits, axis), 0.0)
    return set_mask(losses, valid)


@builtin("keras.losses")
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> torch.Tensor:
    """`(1 - p^q) / q` of the true class's probability `p`, which bears some wrong labels.

    Args:
        y_true: Class numbers `(batch,)`.
        y_pred: Probabilities `(batch, classes)`.
        q: From 0 (the cross entropy) to 1 (the absolute error).

    Returns:
        Losses `(batch,)`. A class number that does not exist counts as a probability of 0.

    Source: https://arxiv.org/abs/1805.07836.
    """
    y_pred = convert_pair(0, y_pred)[1]
    labels = to_tensor(y_true, torch.int64, y_pred.device)
    classes = torch.arange(y_pred.shape[-1], device=y_pred.device)
    chosen = (labels.unsqueeze(-1) == classes).to(y_pred.dtype)
    return (1 - torch.pow((y_pred * chosen).sum(-1), q)) / q


def _smooth_binary(y_true: torch.Tensor, label_smoothing: float) -> torch.Tensor:
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing


def _class_pair(
    y_true: Any, y_pred: Any, axis: int, label_smoothing: float, name: str
) -> tuple[torch.Tensor, torch.Tensor]:
    if isinstance(axis, bool):
        raise ValueError(f"{name}'s `axis` has to be an int. Received: axis={axis!r}")
    y_true, y_pred = convert_pair(y_true, y_pred)
    if y_pred.shape[-1:] == (1,) and not torch.compiler.is_compiling():
        warnings.warn(
            f"{name} is for two classes or more; use binary_crossentropy for one output. "
            f"Received: y_pred of shape {tuple(y_pred.shape)}",
            SyntaxWarning,
            stacklevel=3,
        )
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[-1]
    return y_true, y_pred
