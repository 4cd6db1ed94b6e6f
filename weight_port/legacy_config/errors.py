"""Where in a configuration something stands, and the error that says so."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from weight_port.errors import WeightPortError

_short = reprlib.Repr()
_short.maxdict = _short.maxlist = _short.maxtuple = 6
_short.maxlevel = 3
_short.maxstring = _short.maxother = 120


class LegacyConfigError(WeightPortError):
    """A configuration of old Keras is broken, or asks for what has no equivalent today."""


@dataclass(frozen=True)
class Place:
    """A layer in a configuration, for messages.

    Attributes:
        name: Name of the layer, or None.
        class_name: Its class.
    """

    name: str | None
    class_name: str

    def refuse(self, problem: str, received: Any) -> NoReturn:
        """Raise an error that names the layer.

        Raises:
            LegacyConfigError: Always.
        """
        raise LegacyConfigError(f"{self} {problem}. Received: {shown(received)}")

    def __str__(self) -> str:
        name = "without a name" if self.name is None else shown(self.name)
        return f"Layer {name} ({self.class_name[:80]})"


def shown(value: Any) -> str:
    """Return a value from outside in bounded length, for a message."""
    return _short.repr(value)


def require_mapping(value: Any, place: Place, what: str) -> Mapping[str, Any]:
    """Return a value that has to be an object with names.

    Raises:
        LegacyConfigError: If it is not.
    """
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        place.refuse(f"takes an object as `{what}`", value)
    return value


def require_list(value: Any, place: Place, what: str) -> list[Any]:
    """Return a value that has to be a list.

    Raises:
        LegacyConfigError: If it is not.
    """
    if not isinstance(value, (list, tuple)):
        place.refuse(f"takes a list as `{what}`", value)
    return list(value)


def copied(value: Any) -> Any:
    """Return a copy of plain data."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [copied(item) for item in value]
    return value
