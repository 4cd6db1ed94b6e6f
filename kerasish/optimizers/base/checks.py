"""What the constructor refuses."""

from __future__ import annotations

from typing import Any


def check_options(optimizer: Any, unknown: dict[str, Any]) -> None:
    """Refuse options that no optimizer takes.

    Args:
        optimizer: The optimizer, with its options set.
        unknown: Arguments that are left over.

    Raises:
        ValueError: If there are some, or a value is not allowed.
    """
    owner = type(optimizer).__name__
    if unknown:
        raise ValueError(f"{owner} does not know these arguments. Received: {unknown}")
    steps = optimizer.gradient_accumulation_steps
    if steps and not steps >= 2:
        raise ValueError(
            f"{owner}: `gradient_accumulation_steps` must be an integer >= 2, or None. "
            f"Received: gradient_accumulation_steps={steps}"
        )
    if optimizer.use_ema:
        if not 0 <= optimizer.ema_momentum <= 1:
            raise ValueError(
                f"{owner}: `ema_momentum` must be in the range [0, 1]. "
                f"Received: ema_momentum={optimizer.ema_momentum}"
            )
        every = optimizer.ema_overwrite_frequency
        if every and (not isinstance(every, int) or every < 1):
            raise ValueError(
                f"{owner}: `ema_overwrite_frequency` must be an integer >= 1, or None. "
                f"Received: ema_overwrite_frequency={every}"
            )
    limits = {
        name: getattr(optimizer, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")
    }
    if sum(limit is not None for limit in limits.values()) > 1:
        given = ", ".join(f"{name}={limit}" for name, limit in limits.items())
        raise ValueError(
            f"{owner} takes only one of `clipnorm`, `clipvalue` and `global_clipnorm`. "
            f"Received: {given}"
        )
