"""The circle loss of embeddings."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from kerasish.layers.base.inputs import set_mask
from kerasish.losses.conversion import convert_pair, to_tensor
from kerasish.losses.loss import BuiltinLoss
from kerasish.saving.registry import builtin


@builtin("keras.losses")
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> torch.Tensor:
    """Circle loss: embeddings of one class near each other, those of others far apart.

    Args:
        y_true: Class numbers `(batch,)`.
        y_pred: Embeddings of length 1, `(batch, d)`.
        ref_labels: Class numbers `(references,)` of embeddings to compare with; those of the
            batch if None.
        ref_embeddings: Embeddings `(references, d)` to compare with; those of the batch if None.
        remove_diagonal: Whether embedding `i` is not compared with reference `i`.
        gamma: Scale.
        margin: Relaxation.

    Returns:
        Losses `(batch,)`; zeros are masked.

    Source: https://arxiv.org/abs/2002.10857.
    """
    y_pred = convert_pair(0, y_pred)[1]
    device = y_pred.device
    labels = to_tensor(y_true, torch.int32, device).reshape(-1, 1)
    others = y_pred if ref_embeddings is None else to_tensor(ref_embeddings, y_pred.dtype, device)
    other_labels = labels if ref_labels is None else to_tensor(ref_labels, torch.int32, device)
    alike = labels == other_labels.reshape(1, -1)
    different = ~alike
    if remove_diagonal:
        alike = alike & ~torch.eye(*alike.shape, dtype=torch.bool, device=device)
    distances = torch.clamp(1 - y_pred @ others.T, min=0.0)
    near = torch.clamp((margin + distances) * alike, min=0.0) * (margin - distances)
    far = torch.clamp((1 + margin - distances) * different, min=0.0) * (1 - margin - distances)
    nothing = -torch.inf
    positive = torch.logsumexp(torch.where(alike, -gamma * near, nothing), dim=1)
    negative = torch.logsumexp(torch.where(different, gamma * far, nothing), dim=1)
    # Not F.softplus, which is linear from a threshold on.
    losses = -F.logsigmoid(-(positive + negative))
    return set_mask(losses, losses > 0)


@builtin("keras.losses")
class Circle(BuiltinLoss):
    """Circle loss: embeddings of one class near each other, those of others far apart.

    Args:
        gamma: Scale.
        margin: Relaxation.
        remove_diagonal: Whether an embedding is not compared with itself.
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
