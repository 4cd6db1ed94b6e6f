"""`Config`: named values, as attributes or entries, that can be frozen."""

from __future__ import annotations

import difflib
import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any


class Config:
    """A dict whose entries are attributes too.

    Args:
        **kwargs: The first entries.

    Source: https://github.com/keras-team/keras/blob/v3.15.1/keras/src/utils/config.py

    >>> config = Config(rate=0.1)
    >>> config.epochs = 3
    >>> config.freeze()
    >>> config.to_json()
    '{"rate": 0.1, "epochs": 3}'
    """

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__["_values"] = kwargs
        self.__dict__["_is_frozen"] = False

    @property
    def frozen(self) -> bool:
        """Whether nothing can be changed."""
        return self.__dict__["_is_frozen"]

    def freeze(self) -> None:
        """Let nothing be changed from now on."""
        self.__dict__["_is_frozen"] = True

    def unfreeze(self) -> None:
        """Let entries be changed again."""
        self.__dict__["_is_frozen"] = False

    def _changeable(self) -> dict[str, Any]:
        if self.frozen:
            raise ValueError(
                "The configuration is frozen; `unfreeze` lets it be changed. "
                f"Received: a change of {self!r}"
            )
        return self._values

    def as_dict(self) -> dict[str, Any]:
        """Return the entries as a dict of their own."""
        return dict(self._values)

    def to_json(self) -> str:
        """Return the entries as JSON."""
        return json.dumps(self._values)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._values.keys()

    def values(self) -> ValuesView[Any]:
        """Return the values."""
        return self._values.values()

    def items(self) -> ItemsView[str, Any]:
        """Return pairs of a name and a value."""
        return self._values.items()

    def pop(self, *args: Any) -> Any:
        """Take an entry out and return it, as a dict's `pop` does."""
        return self._changeable().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add entries, as a dict's `update` does."""
        self._changeable().update(*args, **kwargs)

    def get(self, keyname: str, value: Any = None) -> Any:
        """Return an entry, or another value if there is none."""
        return self._values.get(keyname, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(f"{name} of a Config is no entry. Received: {name}={value!r}")
        self._changeable()[name] = value

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        near = difflib.get_close_matches(name, values, n=1, cutoff=0.7)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise AttributeError(f"Unknown attribute: '{name}'.{hint}")

    def __setitem__(self, key: str, item: Any) -> None:
        self._changeable()[key] = item

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __delitem__(self, key: str) -> None:
        del self._changeable()[key]

    def __contains__(self, item: object) -> bool:
        return item in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Config {self._values}>"
