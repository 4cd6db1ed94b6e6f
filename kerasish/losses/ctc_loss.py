"""Connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from kerasish.losses.conversion import convert_pair, to_tensor
from kerasish.losses.loss import BuiltinLoss
from kerasish.saving.registry import builtin


@builtin("keras.losses")
def ctc(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Minus the log-likelihood of label sequences under all alignments.

    Args:
        y_true: Labels `(batch, length)`, filled up with the blank 0 at the end.
        y_pred: Logits `(batch, time, classes)`.

    Returns:
        Losses `(batch,)`; infinite where the labels don't fit into the time.

    Raises:
        ValueError: If a shape is another one.

    Source: https://www.cs.toronto.edu/~graves/icml_2006.pdf.
    """
    y_pred = convert_pair(0, y_pred)[1]
    labels = to_tensor(y_true, torch.int64, y_pred.device)
    if labels.dim() != 2:
        raise ValueError(
            f"ctc takes targets `(batch, length)`. Received: y_true of shape {tuple(labels.shape)}"
        )
    if y_pred.dim() != 3:
        raise ValueError(
            "ctc takes logits `(batch, time, classes)`. "
            f"Received: y_pred of shape {tuple(y_pred.shape)}"
        )
    steps = torch.full((y_pred.shape[0],), y_pred.shape[1], device=y_pred.device)
    return ctc_of_lengths(labels, y_pred, (labels != 0).sum(-1), steps)


def ctc_of_lengths(
    labels: torch.Tensor,
    logits: torch.Tensor,
    label_counts: torch.Tensor,
    steps: torch.Tensor,
    blank: int = 0,
) -> torch.Tensor:
    """Return minus the log-likelihoods of label sequences of given lengths, `(batch,)`.

    Args:
        labels: int64 `(batch, length)`.
        logits: `(batch, time, classes)`.
        label_counts: How many labels of each sample count.
        steps: How many steps of each sample count.
        blank: The class that stands for no label.
    """
    log_probabilities = torch.log_softmax(logits, -1).transpose(0, 1)
    return F.ctc_loss(log_probabilities, labels, steps, label_counts, blank=blank, reduction="none")


@builtin("keras.losses")
class CTC(BuiltinLoss):
    """Minus the log-likelihood of label sequences under all alignments.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "ctc",
        dtype: Any = None,
    ) -> None:
        super().__init__(ctc, reduction, name, dtype)
