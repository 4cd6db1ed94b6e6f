"""Weights of samples from weights of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from kerasish.dtypes import torch_dtype


def weights_of_classes(
    y: Any, sample_weight: Any, class_weight: Mapping[int, float]
) -> torch.Tensor:
    """Return the weight of each sample by its class.

    Args:
        y: Targets of one output: `(batch,)`, `(batch, 1)`, or one-hot `(batch, ..., classes)`.
        sample_weight: Has to be None.
        class_weight: Weight by class; 1 for classes that are not in it.

    Returns:
        Weights of shape `(batch,)`, or that of `y` without its last axis.

    Raises:
        ValueError: If there are sample weights too, or no single output's targets.
    """
    if sample_weight is not None:
        raise ValueError(
            "`class_weight` and `sample_weight` can't be given together; multiply them. "
            f"Received: class_weight={class_weight!r} and sample weights"
        )
    if not isinstance(y, torch.Tensor):
        raise ValueError(
            "`class_weight` is for models with one output, with targets. "
            f"Received: y of type {type(y).__name__}"
        )
    if y.ndim > 1:
        y = y.argmax(-1) if y.shape[-1] != 1 else y.squeeze(-1)
    classes = (y.round() if y.is_floating_point() else y).long()
    weights = torch.ones(classes.shape, dtype=torch_dtype(None), device=classes.device)
    for number, weight in class_weight.items():
        weights[classes == int(number)] = float(weight)
    return weights
