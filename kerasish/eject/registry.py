"""Which function writes which layer: tables that grow by decorators, and never overwrite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Writer = Callable[..., Any]


class Registry:
    """A table of what writes what.

    Args:
        what: What the keys are, for messages.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._table: dict[Any, Any] = {}

    def enter(self, key: Any, value: Any) -> None:
        """Enter a value.

        Raises:
            ValueError: If there is one for the key already.
        """
        if key in self._table:
            raise ValueError(f"Ejecting has an entry for this {self._what}. Received: {key!r}")
        self._table[key] = value

    def register(self, *keys: Any) -> Callable[[Writer], Writer]:
        """Enter the decorated function for one or several keys.

        Raises:
            ValueError: If one of them has a function already.
        """

        def enter(function: Writer) -> Writer:
            for key in keys:
                self.enter(key, function)
            return function

        return enter

    def find(self, key: Any) -> Any:
        """Return the entry for a key, or None."""
        try:
            return self._table.get(key)
        except TypeError:  # not hashable
            return None

    def keys(self) -> list[Any]:
        """All keys."""
        return list(self._table)


LAYERS = Registry("class of layers")
MASKS = Registry("class's masks")
ACTIVATIONS = Registry("activation")
FUNCTIONS = Registry("function of tensors")

layer_writer = LAYERS.register
mask_writer = MASKS.register
