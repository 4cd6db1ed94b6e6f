"""Paths of weights: which layers enclose the one whose weights are made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Scopes(threading.local):
    """The layers that are being built or called for the first time, outermost first."""

    def __init__(self) -> None:
        self.owners: list[Any] = []


_scopes = _Scopes()


@contextmanager
def weight_scope(owner: Any) -> Iterator[None]:
    """Let the weights that are made inside have the owner's name in their paths.

    Args:
        owner: A layer.
    """
    if _scopes.owners and _scopes.owners[-1] is owner:
        yield
        return
    _scopes.owners.append(owner)
    try:
        yield
    finally:
        _scopes.owners.pop()


def enclosing_path(owner: Any) -> str:
    """Return the names of the layers around one, each followed by a slash.

    Args:
        owner: The layer, itself in the innermost scope or not.
    """
    around = _scopes.owners
    if around and around[-1] is owner:
        around = around[:-1]
    return "".join(f"{one.name}/" for one in around)


def innermost_layer() -> str | None:
    """Return the name of the layer that is being built; None outside of building."""
    return _scopes.owners[-1].name if _scopes.owners else None
