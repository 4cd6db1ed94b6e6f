"""Interleaved timing: the contenders take turns, round by round."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import Case

# A turn lasts about this long, so that the clock and the switch to another peer do not count.
_TURN_SECONDS = 0.02
_MAX_ROUNDS = 200
# A process that has just worked may spin for a moment before its threads sleep.
_PAUSE_SECONDS = 0.003
# A call that takes longer is compared in the first rounds only, so that it does not use up the
# time of the others: such a peer is slower by far.
_SLOW_SECONDS = 1.0
_SLOW_ROUNDS = 2


@dataclass
class Contender:
    """One peer on one case; a round has a turn for each.

    Attributes:
        name: Name in the report; the peer's, or that of a second use of it.
        peer: The `Peer`; None in a report that was read back.
        case: The prepared case.
        seconds: Seconds a call, one value a round.
    """

    name: str
    peer: Any
    case: Case
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Spread:
    """Median, quartiles and minimum of some values."""

    median: float
    lower: float
    upper: float
    minimum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarize values, at least two."""
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, lower, upper, min(values))


def run_rounds(contenders: Sequence[Contender], seconds: float, min_rounds: int) -> None:
    """Time the contenders in turn until the time is spent.

    Each round has another order, so that none always follows the same one. Those whose calls take
    more than a second have turns in the first two rounds alone.

    Args:
        contenders: What is timed; their `seconds` are filled.
        seconds: Time to spend.
        min_rounds: Number of rounds that are run in any case.
    """
    looks = [one.peer.time(one.case, 1) for one in contenders]
    repeats = [max(1, round(_TURN_SECONDS / max(look, 1e-7))) for look in looks]
    orders = random.Random(0)
    end = time.perf_counter() + seconds
    for number in range(_MAX_ROUNDS):
        if number >= min_rounds and time.perf_counter() > end:
            return
        for index in orders.sample(range(len(contenders)), len(contenders)):
            if looks[index] > _SLOW_SECONDS and number >= _SLOW_ROUNDS:
                continue
            one = contenders[index]
            time.sleep(_PAUSE_SECONDS)
            one.seconds.append(one.peer.time(one.case, repeats[index]))


def ratios(one: Contender, other: Contender) -> Spread:
    """How many times as long one takes as the other, compared within each round that both had."""
    return Spread.of([a / b for a, b in zip(one.seconds, other.seconds, strict=False)])


def differences(one: Contender, other: Contender) -> Spread:
    """How many seconds longer a call of one takes than of the other, within each round."""
    return Spread.of([a - b for a, b in zip(one.seconds, other.seconds, strict=False)])
