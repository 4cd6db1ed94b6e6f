"""Biases: Keras's and torch's cells have different numbers of them.

The two of a GRU with `reset_after=True` do not act as their sum; torch's two of an LSTM do.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from weight_port.verify.difference import as_float
from weight_port.verify.hypotheses.hypothesis import Candidate, Hypothesis, Subject


def _halves(subject: Subject) -> tuple[np.ndarray, np.ndarray] | None:
    right = subject.right
    if subject.last_name != "bias" or right.ndim != 2 or right.shape[0] != 2:
        return None
    wide = as_float(right)
    return wide[0], wide[1]


def _swapped(subject: Subject) -> Iterator[Candidate]:
    if _halves(subject) is not None:
        yield "", subject.right[::-1]


def _summed(subject: Subject) -> Iterator[Candidate]:
    halves = _halves(subject)
    if halves is not None:
        total, zero = halves[0] + halves[1], np.zeros_like(halves[0])
        yield "the input's bias is the sum, the recurrent bias is zero", np.stack([total, zero])
        yield "the recurrent bias is the sum, the input's is zero", np.stack([zero, total])
        yield "both are the sum", np.stack([total, total])
        yield "both are half the sum", np.stack([total, total]) / 2


def _one_half(subject: Subject) -> Iterator[Candidate]:
    halves = _halves(subject)
    if halves is not None:
        inputs, state = halves
        zero = np.zeros_like(inputs)
        yield "the recurrent bias is zero", np.stack([inputs, zero])
        yield "the input's bias is zero", np.stack([zero, state])
        yield "the input's bias stands in both places", np.stack([inputs, inputs])
        yield "the recurrent bias stands in both places", np.stack([state, state])
        yield "the recurrent bias stands in the input's place", np.stack([state, zero])
        yield "the input's bias stands in the recurrent place", np.stack([zero, inputs])


def _reset_before(subject: Subject) -> Iterator[Candidate]:
    halves = _halves(subject)
    if halves is not None and subject.wrong.ndim == 1:
        yield "it is the sum of the two", halves[0] + halves[1]
        yield "it is the input's bias alone", halves[0]
        yield "it is the recurrent bias alone", halves[1]


def _addend(subject: Subject) -> Iterator[Candidate]:
    yield from zip(("bias_ih", "bias_hh"), subject.addends, strict=False)


def _doubled(subject: Subject) -> Iterator[Candidate]:
    if subject.last_name == "bias":
        yield "twice", as_float(subject.right) * 2
        yield "half of", as_float(subject.right) / 2


BIASES = (
    Hypothesis(
        "bias_halves_swapped",
        "The input's bias and the recurrent bias are exchanged in {wrong}.",
        "Row 0 of Keras's bias is torch's bias_ih, row 1 its bias_hh.",
        _swapped,
        rearranges=True,
    ),
    Hypothesis(
        "bias_halves_summed",
        "The two biases of the GRU were added in {wrong}: {detail}. The reset gate lies between "
        "them, so they do not act as their sum.",
        "Keep both biases: bias[0] and bias[1], bias_ih and bias_hh.",
        _summed,
        rearranges=True,
    ),
    Hypothesis(
        "bias_half_only",
        "Only one of the two biases of the GRU arrived in {wrong}: {detail}.",
        "Port both biases: bias[0] and bias[1], bias_ih and bias_hh.",
        _one_half,
        rearranges=True,
    ),
    Hypothesis(
        "reset_after",
        "{wrong} is a GRU with reset_after=False, with one bias; {right} has two, with "
        "reset_after=True. In {wrong}, {detail}.",
        "Give both layers the same reset_after; no weights make the two cells equal.",
        _reset_before,
        rearranges=True,
    ),
    Hypothesis(
        "bias_addend_lost",
        "The bias in {wrong} is {detail} alone; in {right} it is the sum of torch's two biases.",
        "Keras's bias is bias_ih + bias_hh.",
        _addend,
    ),
    Hypothesis(
        "bias_doubled",
        "The bias in {wrong} is {detail} the bias in {right}: torch's cells have two biases that "
        "act as their sum, and a bias that is written to both counts twice.",
        "Write Keras's bias to bias_ih and zeros to bias_hh.",
        _doubled,
    ),
)
