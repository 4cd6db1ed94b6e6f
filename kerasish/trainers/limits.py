"""The limits of `config.set_max_epochs` and `set_max_steps_per_epoch`, for scripts on trial."""

from __future__ import annotations

import warnings

from kerasish import config


def limited_epochs(epochs: int) -> int:
    """Return how many epochs are trained of those asked for; fewer come with a warning."""
    most = config.max_epochs()
    if not most or epochs <= most:
        return epochs
    warnings.warn(f"Limiting epochs to {most}", stacklevel=3)
    return most


def limited_steps(steps: int | None, count: int | None) -> int | None:
    """Return how many batches an epoch has; fewer than there are come with a warning.

    Args:
        steps: What was asked for; None for all.
        count: Number of batches of the data, if known.
    """
    most = config.max_steps_per_epoch()
    wanted = count if steps is None else steps
    if not most or (wanted is not None and wanted <= most):
        return steps
    warnings.warn(f"Limiting steps_per_epoch to {most}", stacklevel=3)
    return most
