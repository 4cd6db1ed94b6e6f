"""How many predictions are right and wrong at each of many thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from kerasish.losses.conversion import to_tensor
from kerasish.losses.weighting import match_ranks
from kerasish.metrics.constants import constant
from kerasish.metrics.thresholds import LOWEST

# Up to so many thresholds every prediction is compared with each.
_FEW = 8


class Counts(NamedTuple):
    """Weighted numbers of predictions, `(thresholds,)` or `(thresholds, labels)`."""

    true_positives: torch.Tensor
    false_positives: torch.Tensor
    true_negatives: torch.Tensor
    false_negatives: torch.Tensor


def confusion_counts(
    y_true: Any,
    y_pred: Any,
    thresholds: Sequence[float],
    dtype: torch.dtype,
    *,
    even: bool = False,
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
    label_weights: torch.Tensor | None = None,
    multi_label: bool = False,
) -> Counts:
    """Count predictions above each threshold.

    Args:
        y_true: Targets of any shape; not 0 means true.
        y_pred: Predictions of the same shape, or with one more axis of size 1.
        thresholds: What a prediction has to exceed.
        dtype: Type of the computation.
        even: Whether the thresholds are even ones from 0 to 1; values on a threshold are then
            found by their rank and not by a comparison, as in Keras.
        top_k: How many predictions of a sample count; others count as lowest.
        class_id: The only class that counts.
        sample_weight: Weights that broadcast to the predictions, from the first axis on.
        label_weights: Weights `(labels,)` of the last axis.
        multi_label: Whether to count for each label.

    Raises:
        ValueError: If a shape does not fit.
    """
    y_pred = to_tensor(y_pred, dtype)
    y_true = to_tensor(y_true, dtype, y_pred.device)
    y_pred, y_true = match_ranks(y_pred, y_true)
    if y_pred.shape != y_true.shape:
        raise ValueError(
            "Targets and predictions have to be of the same shape. Received: y_true of shape "
            f"{tuple(y_true.shape)}, y_pred of shape {tuple(y_pred.shape)}"
        )
    weights = _weights(y_true, sample_weight)
    if top_k is not None:
        y_pred = _only_top_k(y_pred, top_k)
    if class_id is not None:
        if y_pred.dim() == 1:
            raise ValueError(
                "`class_id` needs predictions `(batch, ..., classes)`. "
                f"Received: class_id={class_id}, y_pred of shape {tuple(y_pred.shape)}"
            )
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    weights = _expand(weights, y_pred)
    if label_weights is not None:
        weights = weights * label_weights.to(weights)
    labels = y_pred.shape[-1] if multi_label else 1
    predictions = y_pred.reshape(-1, labels)
    weights = weights.reshape(-1, labels)
    is_true = (y_true != 0).reshape(-1, labels)
    true_weights = torch.where(is_true, weights, 0.0)
    false_weights = torch.where(is_true, 0.0, weights)
    if even:
        ranks = _even_ranks(predictions, thresholds)
        counts = _cumulate(ranks, true_weights, false_weights, len(thresholds))
    elif len(thresholds) <= _FEW:
        counts = _compare(predictions, true_weights, false_weights, thresholds)
    else:
        ascending = sorted(thresholds)
        ranks = _ranks(predictions, ascending)
        counts = _cumulate(ranks, true_weights, false_weights, len(thresholds))
        if ascending != list(thresholds):
            places = [ascending.index(threshold) for threshold in thresholds]
            index = constant(places, torch.int64, predictions.device)
            counts = Counts(*(count[index] for count in counts))
    return counts if multi_label else Counts(*(count.squeeze(-1) for count in counts))


def _weights(y_true: torch.Tensor, sample_weight: Any) -> torch.Tensor:
    if sample_weight is None:
        return y_true.new_ones(())
    weights = to_tensor(sample_weight, y_true.dtype, y_true.device).unsqueeze(-1)
    # A weight for each sample stands over its labels; a weight for each label stands alone.
    return weights.squeeze(-1) if weights.dim() == y_true.dim() + 1 else weights


def _expand(weights: torch.Tensor, y_pred: torch.Tensor) -> torch.Tensor:
    fits = zip(reversed(weights.shape), reversed(y_pred.shape), strict=False)
    if weights.dim() > y_pred.dim() or not all(a in (1, b) for a, b in fits):
        raise ValueError(
            "`sample_weight` has to broadcast to the predictions, of shape "
            f"{tuple(y_pred.shape)}. Received: sample_weight of shape {tuple(weights.shape)}"
        )
    return weights.expand(y_pred.shape)


def _only_top_k(y_pred: torch.Tensor, top_k: int) -> torch.Tensor:
    # torch.topk leaves open which of equal predictions it takes; Keras takes the first.
    order = torch.argsort(y_pred, dim=-1, descending=True, stable=True)
    chosen = torch.zeros_like(y_pred, dtype=torch.bool)
    chosen = chosen.scatter(-1, order[..., :top_k], True)
    return torch.where(chosen, y_pred, LOWEST)


def _compare(
    predictions: torch.Tensor,
    true_weights: torch.Tensor,
    false_weights: torch.Tensor,
    thresholds: Sequence[float],
) -> Counts:
    counts = []
    for threshold in thresholds:
        above = predictions > torch.full_like(predictions[:1, :1], threshold)
        parts = [
            torch.where(above, true_weights, 0.0),
            torch.where(above, false_weights, 0.0),
            torch.where(above, 0.0, false_weights),
            torch.where(above, 0.0, true_weights),
        ]
        counts.append(torch.stack([part.sum(0) for part in parts]))
    return Counts(*torch.stack(counts, dim=1))


def _ranks(predictions: torch.Tensor, thresholds: Sequence[float]) -> torch.Tensor:
    """Return how many thresholds each prediction exceeds, of ascending ones; 0 for NaN."""
    bounds = constant(thresholds, predictions.dtype, predictions.device)
    ranks = torch.searchsorted(bounds, predictions.contiguous())
    return torch.where(torch.isnan(predictions), 0, ranks)


def _even_ranks(predictions: torch.Tensor, thresholds: Sequence[float]) -> torch.Tensor:
    ranks = torch.ceil(torch.clamp(predictions, 0.0, 1.0) * (len(thresholds) - 1))
    if thresholds[0] < 0.0 or thresholds[-1] > 1.0:
        ranks = torch.clamp(ranks, min=1.0)  # even a prediction of 0 exceeds the first one
    return torch.where(torch.isnan(ranks), 0.0, ranks).long()


def _cumulate(
    ranks: torch.Tensor, true_weights: torch.Tensor, false_weights: torch.Tensor, count: int
) -> Counts:
    """Sum weights by rank, then over the ranks above and below each threshold."""
    sums = []
    for weights in (true_weights, false_weights):
        by_rank = weights.new_zeros(count + 1, weights.shape[1]).scatter_add(0, ranks, weights)
        below = torch.cumsum(by_rank, 0)[:-1]
        above = torch.flip(torch.cumsum(torch.flip(by_rank, (0,)), 0), (0,))[1:]
        sums.append((above, below))
    (true_above, true_below), (false_above, false_below) = sums
    return Counts(true_above, false_above, false_below, true_below)
