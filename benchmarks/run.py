"""One case after another: prepare it with every peer, compare the results, time them in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.cases import Case
from benchmarks.checks import WrongResultError, require_equal
from benchmarks.data import make_data
from benchmarks.peers.peer import Peer, Results, UnsupportedError
from benchmarks.timing import Contender, run_rounds

OWN = "kerasish"
ENGINE = "kerasish-engine"
DENSE = "kerasish dense"


@dataclass
class Outcome:
    """What came of one case.

    Attributes:
        case: The case.
        contenders: Those that were timed, by name.
        failures: Why others were not, by name. Those that cannot run such a case are left out.
        path: How kerasish ran it, as `execution_path` tells.
    """

    case: Case
    contenders: dict[str, Contender] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    path: str = ""


def takes(name: str, case: Case) -> bool:
    """Whether a peer is measured on a case, if it can run it.

    Keras on torch takes seconds for each call of the large masked cases, so it runs the medium ones
    alone.
    """
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
    prepared = _prepare(wanted)
    expected = prepared.get(OWN)
    try:
        for one in wanted:
            results = prepared[one.name]
            if isinstance(results, UnsupportedError):
                continue
            if isinstance(results, Exception):
                outcome.failures[one.name] = str(results)
                continue
            if one.case == case and one.name != OWN and isinstance(expected, dict):
                try:
                    require_equal(results, expected, valid.get(one.name), (one.name, OWN))
                except WrongResultError as error:
                    outcome.failures[one.name] = str(error)
                    continue
            outcome.contenders[one.name] = one
        if OWN in outcome.contenders:
            outcome.path = peers[OWN].path(case)
            run_rounds(list(outcome.contenders.values()), seconds, min_rounds)
        else:
            outcome.contenders.clear()
    finally:
        for one in wanted:
            if not isinstance(prepared[one.name], Exception):
                one.peer.release(one.case)
    return outcome


def _prepare(wanted: Sequence[Contender]) -> dict[str, Results | Exception]:
    """Prepare a case with every peer; those in processes of their own compile side by side."""

    def prepare(one: Contender) -> Results | Exception:
        try:
            return one.peer.prepare(one.case)
        except (UnsupportedError, RuntimeError, ValueError) as error:
            return error

    with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
        others = {one.name: pool.submit(prepare, one) for one in wanted if one.peer.separate}
        results = {one.name: prepare(one) for one in wanted if one.name not in others}
        return {
            one.name: others[one.name].result() if one.name in others else results[one.name]
            for one in wanted
        }
