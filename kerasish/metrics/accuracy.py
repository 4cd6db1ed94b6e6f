"""How often predictions name the right class: functions."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.losses.conversion import to_tensor
from kerasish.losses.weighting import match_ranks
from kerasish.rounding import round_to_float32
from kerasish.saving.registry import builtin


def accuracy(y_true: Any, y_pred: Any) -> torch.Tensor:
    """1 where targets and predictions are equal, else 0.

    Args:
        y_true: Targets of any shape.
        y_pred: Predictions of the same shape.

    Returns:
        Values of that shape.
    """
    y_pred = to_tensor(y_pred)
    y_true = to_tensor(y_true, y_pred.dtype, y_pred.device)
    y_true, y_pred = match_ranks(y_true, y_pred)
    return (y_true == y_pred).to(torch_dtype(None))


@builtin("keras.metrics")
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> torch.Tensor:
    """1 where `y_pred > threshold` says what the target says, else 0.

    Args:
        y_true: Targets of any shape, 0 or 1.
        y_pred: Predictions of the same shape.
        threshold: What predictions of class 1 have to exceed.

    Returns:
        Values of that shape.
    """
    y_pred = to_tensor(y_pred)
    y_true, y_pred = match_ranks(to_tensor(y_true, device=y_pred.device), y_pred)
    if isinstance(threshold, float):
        threshold = round_to_float32(threshold)
    return (y_true == (y_pred > threshold).to(y_true.dtype)).to(torch_dtype(None))


@builtin("keras.metrics")
def categorical_accuracy(y_true: Any, y_pred: Any) -> torch.Tensor:
    """1 where the highest prediction stands at the class, else 0.

    Args:
        y_true: Targets `(..., classes)`, highest at the class.
        y_pred: Predictions `(..., classes)`.

    Returns:
        Values `(...)`.
    """
    y_pred = to_tensor(y_pred)
    labels = _argmax(to_tensor(y_true, device=y_pred.device))
    if labels.dim() == y_pred.dim():  # targets with one more axis, of size 1
        shape = labels.shape
        return (labels.squeeze(-1) == _argmax(y_pred)).to(torch_dtype(None)).reshape(shape)
    return (labels == _argmax(y_pred)).to(torch_dtype(None))


@builtin("keras.metrics")
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> torch.Tensor:
    """1 where the highest prediction stands at the class, else 0, for class numbers as targets.

    Args:
        y_true: Class numbers `(...)` or `(..., 1)`. One that does not exist is never met.
        y_pred: Predictions `(..., classes)`.

    Returns:
        Values `(...)`.
    """
    y_pred = to_tensor(y_pred)
    if y_pred.dtype == torch.float32 and y_pred.shape[-1] < _WHOLE_IN_FLOAT32:
        labels, found = to_tensor(y_true, device=y_pred.device), _argmax(y_pred)
    else:  # rounded as Keras rounds them
        labels = to_tensor(y_true, y_pred.dtype, y_pred.device)
        found = _argmax(y_pred).to(labels.dtype)
    if labels.dim() == y_pred.dim() and labels.shape[-1] == 1:
        labels = labels.squeeze(-1)
    matches = (labels == found).to(torch_dtype(None))
    return matches.squeeze(-1) if matches.dim() > 1 else matches


@builtin("keras.metrics")
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> torch.Tensor:
    """1 where the class is among the `k` highest predictions, else 0.

    Args:
        y_true: Targets `(..., classes)`, highest at the class.
        y_pred: Predictions `(..., classes)`.
        k: How many predictions count. A tie at the last place counts as a hit.

    Returns:
        Values `(...)`.
    """
    y_pred = to_tensor(y_pred)
    labels = _argmax(to_tensor(y_true, device=y_pred.device))
    return _in_top_k(labels, y_pred, k).to(torch_dtype(None))


@builtin("keras.metrics")
def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> torch.Tensor:
    """1 where the class is among the `k` highest predictions, for class numbers as targets.

    Args:
        y_true: Class numbers `(...)`. One that does not exist is never met.
        y_pred: Predictions `(..., classes)`; under `from_sorted_ids` class numbers, best first.
        k: How many predictions count. A tie at the last place counts as a hit.
        from_sorted_ids: Whether predictions are class numbers.

    Returns:
        Values of the shape of `y_true`.
    """
    y_pred = to_tensor(y_pred)
    if from_sorted_ids:
        labels = to_tensor(y_true, y_pred.dtype, y_pred.device)
        first = y_pred.reshape(-1, y_pred.shape[-1])[:, :k]
        hits = (labels.reshape(-1, 1) == first).any(-1)
    else:
        labels = to_tensor(y_true, torch.int32, y_pred.device)
        flat = y_pred.reshape(-1, y_pred.shape[-1])
        hits = _in_top_k(labels.reshape(-1), flat, k)
    return hits.to(torch_dtype(None)).reshape(labels.shape)


# Class numbers below it are the same in float32.
_WHOLE_IN_FLOAT32 = 1 << 24


def _argmax(x: torch.Tensor) -> torch.Tensor:
    return torch.argmax(x.to(torch.uint8) if x.dtype == torch.bool else x, dim=-1)


def _in_top_k(labels: torch.Tensor, y_pred: torch.Tensor, k: int) -> torch.Tensor:
    """Tell whether fewer than `k` predictions are higher than the label's, all being finite."""
    if not y_pred.is_floating_point():
        y_pred = y_pred.to(torch_dtype(None))
    valid = (labels >= 0) & (labels < y_pred.shape[-1])
    index = torch.where(valid, labels, 0).long().unsqueeze(-1)
    higher = (y_pred > torch.gather(y_pred, -1, index)).sum(-1)
    return valid & (higher < k) & torch.isfinite(y_pred).all(-1)
