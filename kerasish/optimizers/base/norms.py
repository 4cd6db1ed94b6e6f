"""Norms of variables that lie in several tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from kerasish.optimizers.base.trained_variable import TrainedVariable


def variable_norms(
    variables: Sequence[TrainedVariable], tensors: Sequence[torch.Tensor]
) -> list[torch.Tensor]:
    """Return the L2 norm of each variable, once for each of its pieces.

    Args:
        variables: The variables.
        tensors: A tensor for each piece of each variable, in order.
    """
    norms = iter(torch._foreach_norm(list(tensors)))
    found = []
    for variable in variables:
        parts = [next(norms) for _ in variable.pieces]
        norm = parts[0] if len(parts) == 1 else torch.linalg.vector_norm(torch.stack(parts))
        found.extend([norm] * len(parts))
    return found
