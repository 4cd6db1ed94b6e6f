"""Losses of torch, which take predictions first, as losses of `compile`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.losses.loss import Loss
from kerasish.losses.weighting import reduce_weighted_values
from kerasish.trainers.nested import is_nested


class TorchLoss(Loss):
    """A loss `(prediction, target)` of torch, called as Keras calls losses.

    Args:
        function: A module such as `nn.CrossEntropyLoss()`, or a function of
            `torch.nn.functional`.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(name=getattr(function, "__name__", None) or type(function).__name__)
        self.function = function

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> torch.Tensor:
        """Return the loss; targets keep their type, as classes are integers for torch.

        Raises:
            ValueError: For sample weights where the loss has reduced its values.
        """
        target = torch.as_tensor(y_true, device=y_pred.device)
        value = self.function(y_pred, target)
        if value.ndim == 0 and sample_weight is None:
            return value
        if value.ndim == 0:
            raise ValueError(
                f"The torch loss {self.name} has to be made with reduction='none' to count sample "
                "weights. Received: sample_weight and a loss of shape ()"
            )
        if sample_weight is not None:
            sample_weight = torch.as_tensor(sample_weight, device=value.device).to(value.dtype)
        return reduce_weighted_values(value, sample_weight, None, self.reduction)


def with_torch_losses(loss: Any) -> Any:
    """Wrap the losses of torch in an argument of `compile`."""
    if isinstance(loss, dict):
        return {key: with_torch_losses(value) for key, value in loss.items()}
    if is_nested(loss):
        return type(loss)(with_torch_losses(value) for value in loss)
    from_torch = str(getattr(loss, "__module__", "")).startswith("torch.")
    if isinstance(loss, torch.nn.Module) or (callable(loss) and from_torch):
        return TorchLoss(loss)
    return loss
