"""Values that are all there, but not in their places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from weight_port import layouts, transform
from weight_port.errors import LayoutError
from weight_port.layouts import Layout
from weight_port.verify.hypotheses.hypothesis import Candidate, Hypothesis, Subject


def _transposed(subject: Subject) -> Iterator[Candidate]:
    right = subject.right
    if not 2 <= right.ndim <= 5:
        return
    for order in permutations(range(right.ndim)):
        shape = tuple(right.shape[i] for i in order)
        if order != tuple(range(right.ndim)) and shape == subject.wrong.shape:
            detail = "" if right.ndim == 2 else f" (axes in the order {order})"
            yield detail, right.transpose(order)


def _reshaped(subject: Subject) -> Iterator[Candidate]:
    right = subject.right
    if not 2 <= right.ndim <= 5 or right.size != subject.wrong.size:
        return
    for order in permutations(range(right.ndim)):
        if order != tuple(range(right.ndim)):
            detail = "" if right.ndim == 2 else f" (axes in the order {order})"
            yield detail, right.transpose(order).reshape(subject.wrong.shape)


def _cudnn_filled(subject: Subject) -> Iterator[Candidate]:
    """Read the arrays of cuDNN's layers as if they were those of the plain ones, and vice versa."""
    plain = _plain_recurrent(subject.layout)
    if plain is None:
        return
    cudnn = layouts.get(f"CuDNN{plain.layer_class}")
    name = subject.last_name
    for source, target, detail in (
        (plain, cudnn, "as CuDNN layers store it"),
        (cudnn, plain, "as if a CuDNN layer had stored it"),
    ):
        try:
            torch = transform.weight_to_torch(source, name, subject.right)
            yield detail, np.asarray(transform.weight_to_keras(target, name, torch))
        except LayoutError:  # of a shape that such a layer cannot have
            continue


def _plain_recurrent(layout: Layout | None) -> Layout | None:
    if layout is None or not layout.cell:
        return None
    name = layout.layer_class.removeprefix("CuDNN").removesuffix("Cell")
    return layouts.get(name) if name in ("LSTM", "GRU") else None


def _flipped(subject: Subject) -> Iterator[Candidate]:
    right = subject.right
    if not 3 <= right.ndim <= 5:
        return
    space = tuple(range(right.ndim - 2))
    yield "", np.flip(right, space)


def _shifted(subject: Subject) -> Iterator[Candidate]:
    right = subject.right
    if subject.last_name != "embeddings" or right.ndim != 2 or right.shape[0] < 3:
        return
    for amount in (1, -1):
        yield f"by {amount:+d}", np.roll(right, amount, axis=0)
    if subject.wrong.ndim != 2:
        return
    longer = subject.wrong.shape[0] == right.shape[0] + 1
    if longer and subject.wrong.shape[1] == right.shape[1]:
        yield "by +1, a row was put before the first", np.concatenate([subject.wrong[:1], right])
    yield "by -1, the first row is gone", right[1:]


ARRANGEMENTS = (
    Hypothesis(
        "transposed",
        "{weights} is transposed in {wrong}{detail}.",
        "Transpose it once more: Keras stores (inputs, units), torch (units, inputs).",
        _transposed,
        rearranges=True,
    ),
    Hypothesis(
        "cudnn_fill",
        "{weights} lies in {wrong} {detail}: each gate's block is filled with its transposed "
        "matrix.",
        "Read a CuDNNLSTM or CuDNNGRU layer by its own layout; otherwise transpose the whole "
        "matrix, not the block of each gate.",
        _cudnn_filled,
        rearranges=True,
    ),
    Hypothesis(
        "reshaped",
        "{weights} was reshaped in {wrong} where it should have been transposed{detail}: the "
        "values are in the order of memory of the other layout.",
        "Use a transpose (numpy.transpose, permute) in place of reshape or view.",
        _reshaped,
        rearranges=True,
    ),
    Hypothesis(
        "flipped",
        "{weights} is mirrored along its spatial axes in {wrong}.",
        "Do not mirror it: both Keras and torch compute the cross-correlation.",
        _flipped,
        rearranges=True,
    ),
    Hypothesis(
        "rows_shifted",
        "The rows of {weights} are shifted in {wrong} {detail}: one side reserves a row for the "
        "padding index and the other does not.",
        "Use the same numbering of tokens on both sides.",
        _shifted,
    ),
)
