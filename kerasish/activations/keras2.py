"""The `hard_sigmoid` of Keras 2, which models from old files compute with."""

from __future__ import annotations

import torch

from kerasish.activations.array_like import takes_array_like
from kerasish.saving.registry import builtin
from weight_port.legacy_config import KERAS2_HARD_SIGMOID


@builtin("keras.activations", name=KERAS2_HARD_SIGMOID)
@takes_array_like
def keras2_hard_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Piecewise linear sigmoid of Keras 1 and 2: `clip(0.2 * x + 0.5, 0, 1)`.

    Args:
        x: Tensor of any shape.
    """
    return torch.clamp(0.2 * x + 0.5, 0.0, 1.0)
