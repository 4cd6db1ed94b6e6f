"""`name_scope` and `device`: contexts in which weights are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch

_names: ContextVar[tuple[str, ...]] = ContextVar("name_scopes", default=())


@contextmanager
def name_scope(name: str, **kwargs: Any) -> Iterator[str]:
    """Put a name before the paths of the variables that are made inside by `kerasish.Variable`.

    The paths of layers' weights are made of the layers' names alone.

    Args:
        name: The name, without `/`.
        **kwargs: `caller` and others, as Keras takes them; without effect.

    Raises:
        ValueError: If it is no string, empty, or has a `/` in it.
    """
    if not isinstance(name, str) or not name or "/" in name:
        raise ValueError(f"name_scope takes a name without '/'. Received: name={name!r}")
    token = _names.set((*_names.get(), name))
    try:
        yield name
    finally:
        _names.reset(token)


def path_of(name: str) -> str:
    """Return a name with those of the scopes around it before it."""
    return "/".join((*_names.get(), name))


def device(device_name: str) -> torch.device:
    """Return a context in which tensors and weights are made on a device: torch's own.

    Args:
        device_name: Keras's or torch's name: `"cpu"`, `"gpu:0"`, `"cuda:1"`, `"mps"`.

    Raises:
        ValueError: If torch knows no such device.

    Example:
        >>> with kerasish.device("cpu:0"):
        ...     x = kerasish.ops.ones((2, 2))
    """
    if not isinstance(device_name, str):
        raise ValueError(f"device takes a name. Received: device_name={device_name!r}")
    name = device_name.lower().removeprefix("/").removeprefix("device:")
    kind, _, number = name.partition(":")
    if kind == "gpu":
        accelerator = torch.accelerator.current_accelerator()
        kind = "cuda" if accelerator is None else accelerator.type
    try:
        return torch.device(f"{kind}:{number}" if number and kind != "cpu" else kind)
    except RuntimeError as error:
        raise ValueError(
            f"torch knows no such device: {error}. Received: device_name={device_name!r}"
        ) from None
