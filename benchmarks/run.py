"""One case after another: prepare it with every peer, compare the results, time them in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.cases import Case
from benchmarks.checks import WrongResultError, require_equal
from benchmarks.data import make_data
from benchmarks.peers.peer import Peer
from benchmarks.timing import Contender, run_rounds

OWN = "kerasish"
DENSE = "kerasish dense"


@dataclass
class Outcome:
    """What came of one case.

    Attributes:
        case: The case.
        contenders: Those that were timed, by name.
        failures: Why others were not, by name.
    """

    case: Case
    contenders: dict[str, Contender] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def takes(name: str, case: Case) -> bool:
    """Whether a peer is measured on a case.

    Bare torch has no masks but padding on the right. Keras on torch takes seconds for each call of
    the large masked cases, so it runs the medium ones alone.
    """
    if name == "torch":
        return case.mask in (None, "right")
    return name != "keras-torch" or case.mask is None or case.size.name != "large"


def run_case(case: Case, peers: Mapping[str, Peer], seconds: float, min_rounds: int) -> Outcome:
    """Compare and time one case.

    Args:
        case: The case.
        peers: The peers by name, `kerasish` among them.
        seconds: Time to spend on timing.
        min_rounds: Number of rounds that are run in any case.
    """
    outcome = Outcome(case)
    wanted = [Contender(name, peer, case) for name, peer in peers.items() if takes(name, case)]
    if case.mask is not None:
        dense = Case(case.layer, case.size, case.action)
        wanted.append(Contender(DENSE, peers[OWN], dense))
    valid = {"torch": make_data(case).mask}
    expected = None
    prepared = []
    try:
        for one in wanted:
            try:
                results = one.peer.prepare(one.case)
                prepared.append(one)
                if one.name == OWN:
                    expected = results
                elif one.case == case and expected is not None:
                    require_equal(results, expected, valid.get(one.name), (one.name, OWN))
            except (WrongResultError, RuntimeError) as error:
                outcome.failures[one.name] = str(error)
            else:
                outcome.contenders[one.name] = one
        if OWN in outcome.contenders:
            run_rounds(list(outcome.contenders.values()), seconds, min_rounds)
        else:
            outcome.contenders.clear()
    finally:
        for one in prepared:
            one.peer.release(one.case)
    return outcome
