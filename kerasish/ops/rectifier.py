"""`relu` as an operation, which has no options, unlike that of `keras.activations`."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor


@operation
def relu(x: Any) -> torch.Tensor:
    """Return `max(x, 0)`.

    Args:
        x: Any shape.
    """
    return torch.relu(tensor(x))
