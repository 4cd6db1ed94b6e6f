"""The logs of a step, computed when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class LaterLogs(Mapping):
    """Losses and metrics by name, asked for at the first look, and then kept.

    Most steps are looked at by nobody: the bar moves twenty times a second.

    Args:
        results: Computes them.
    """

    def __init__(self, results: Callable[[], Mapping[str, Any]]) -> None:
        self._results = results
        self._known: Mapping[str, Any] | None = None

    def _now(self) -> Mapping[str, Any]:
        if self._known is None:
            self._known = self._results()
        return self._known

    def __getitem__(self, name: str) -> Any:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())
