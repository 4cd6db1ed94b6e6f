"""The parts of a batch: inputs, targets and weights."""

from __future__ import annotations

from typing import Any


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return the parts of a batch as `fit` takes them.

    Args:
        x: Inputs.
        y: Targets, or None.
        sample_weight: Weights of the samples, or None.

    Returns:
        `x`, `(x,)` where it is a list or tuple itself, `(x, y)` or `(x, y, sample_weight)`.

    See https://keras.io/api/utils/.
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return inputs, targets and weights of a batch, None for what it does not have.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        ValueError: If it has more parts.

    See https://keras.io/api/utils/.
    """
    parts = tuple(data) if isinstance(data, (tuple, list)) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            f"A batch is x, (x,), (x, y) or (x, y, sample_weight). Received: {len(parts)} parts"
        )
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight
