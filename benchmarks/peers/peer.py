"""What a peer does: prepare a case, answer with results to compare, and time calls."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.cases import Case

Call = Callable[[], Any]
Results = dict[str, np.ndarray]

# A call that takes longer needs none before it that is not timed.
_LONG_SECONDS = 0.2
COMPARED_ROWS = 64
"""How many rows of the outputs are compared, at most."""


class UnsupportedError(Exception):
    """The peer has no such layer, or no such action."""


class Peer(ABC):
    """One implementation, in this process or another.

    Attributes:
        separate: Whether it runs in a process of its own.
    """

    separate = False

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that the peer runs."""

    @abstractmethod
    def prepare(self, case: Case) -> Results:
        """Make the layer and the call of a case.

        Returns:
            `{"outputs": ...}` for inference, `(batch, time, outputs)`, of `COMPARED_ROWS` rows at
            most; for training, `{"loss": ..., "first_kernel": ..., ...}`: the loss before, and how
            much one step with the data's `checked_rate` moved each weight, in Keras's layout.
            Where training drops something, the outputs of inference.

        Raises:
            UnsupportedError: If the peer cannot run the case at all.
        """

    @abstractmethod
    def time(self, case: Case, repeats: int) -> float:
        """Return the seconds that a call of a prepared case takes, the mean of some calls."""

    @abstractmethod
    def release(self, case: Case) -> None:
        """Forget a prepared case."""

    def path(self, case: Case) -> str:
        """Return what a call of a prepared case runs on, where the peer tells."""
        return ""

    @abstractmethod
    def close(self) -> None:
        """End what the peer runs."""


class LocalPeer(Peer):
    """A peer whose calls are made in the process that it is in."""

    def __init__(self) -> None:
        self._calls: dict[Case, Call] = {}
        self._seconds: dict[Case, float] = {}

    @abstractmethod
    def make(self, case: Case) -> tuple[Call, Results]:
        """Return the call to time and the results to compare."""

    def synchronize(self) -> None:
        """Wait for what a device still computes."""

    def prepare(self, case: Case) -> Results:
        start = time.perf_counter()
        self._calls[case], results = self.make(case)
        # An upper bound, as making a case calls it once.
        self._seconds[case] = time.perf_counter() - start
        return results

    def time(self, case: Case, repeats: int) -> float:
        call = self._calls[case]
        if self._seconds[case] < _LONG_SECONDS:
            call()  # brings code and data back into the caches that another peer has used since
            self.synchronize()
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        self.synchronize()
        self._seconds[case] = (time.perf_counter() - start) / repeats
        return self._seconds[case]

    def release(self, case: Case) -> None:
        del self._calls[case], self._seconds[case]

    def close(self) -> None:
        self._calls.clear()
        self._seconds.clear()


def weight_steps(
    before: list[dict[str, np.ndarray]], after: list[dict[str, np.ndarray]]
) -> Results:
    """Name how far a training step moved each weight."""
    return {
        f"{part}_{name}": new[name] - old[name]
        for part, old, new in zip(("first", "second"), before, after, strict=False)
        for name in old
    }
