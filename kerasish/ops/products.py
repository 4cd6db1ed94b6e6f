"""Products of matrices and tensors."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation
from kerasish.ops.promotion import alike


@operation
def matmul(x1: Any, x2: Any) -> torch.Tensor:
    """Multiply matrices; axes before the last two broadcast."""
    return torch.matmul(*alike(x1, x2))


@operation
def dot(x1: Any, x2: Any) -> torch.Tensor:
    """Multiply over the first's last axis and the second's last but one (or only) axis."""
    x1, x2 = alike(x1, x2)
    if not x1.ndim or not x2.ndim:
        return x1 * x2
    return torch.tensordot(x1, x2, ([-1], [x2.ndim - 2 if x2.ndim > 1 else 0]))


@operation
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> torch.Tensor:
    """Multiply over some axes of both.

    Args:
        x1: Any shape.
        x2: Any shape.
        axes: How many last axes of the first and first axes of the second; or both lists.
    """
    if not isinstance(axes, int):
        axes = tuple([one] if isinstance(one, int) else list(one) for one in axes)
    x1, x2 = alike(x1, x2)
    return torch.tensordot(x1, x2, axes)


@operation
def outer(x1: Any, x2: Any) -> torch.Tensor:
    """Return the products of all pairs, `(count 1, count 2)`."""
    x1, x2 = alike(x1, x2)
    return torch.outer(x1.reshape(-1), x2.reshape(-1))


@operation
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> torch.Tensor:
    """Add up products by a formula such as `"ij,jk->ik"`.

    Args:
        subscripts: The formula.
        *operands: Tensors.
        **kwargs: `optimize` is taken; torch finds the order itself.

    Raises:
        TypeError: If there are other arguments.
    """
    if set(kwargs) - {"optimize"}:
        raise TypeError(f"einsum takes no arguments besides optimize. Received: {sorted(kwargs)}")
    return torch.einsum(subscripts, *alike(*operands))
