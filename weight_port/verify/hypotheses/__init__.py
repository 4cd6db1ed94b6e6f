"""The table of ways in which ports of weights go wrong, the likeliest first."""

from weight_port.verify.hypotheses.arrangement import ARRANGEMENTS
from weight_port.verify.hypotheses.biases import BIASES
from weight_port.verify.hypotheses.exchange import EXCHANGES
from weight_port.verify.hypotheses.gates import FORGET_BIAS, GATE_ORDER
from weight_port.verify.hypotheses.hypothesis import Candidate, Hypothesis, Subject, explains
from weight_port.verify.hypotheses.values import VALUES

WEIGHT_HYPOTHESES: tuple[Hypothesis, ...] = (
    GATE_ORDER,
    *EXCHANGES[:-1],
    *ARRANGEMENTS,
    *BIASES,
    FORGET_BIAS,
    *VALUES,
    EXCHANGES[-1],
)

__all__ = [
    "GATE_ORDER",
    "WEIGHT_HYPOTHESES",
    "Candidate",
    "Hypothesis",
    "Subject",
    "explains",
]
