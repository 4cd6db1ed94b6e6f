"""Gates in another order than Keras's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from weight_port.gates import DIFFERENCES, GATE_ORDERS, gate_order, gate_permutation
from weight_port.verify.difference import as_float
from weight_port.verify.hypotheses.hypothesis import (
    Candidate,
    Hypothesis,
    Subject,
    gap,
    largest,
    some,
)


def _reordered(subject: Subject) -> Iterator[Candidate]:
    """Find the order by the blocks themselves, so that any order is found."""
    axes = subject.axes
    if axes is None or axes.gate_dim is None or subject.right.shape != subject.wrong.shape:
        return
    if subject.layout is None:
        return
    dim = axes.gate_dim
    right = subject.right.reshape(axes.expanded)
    wrong = subject.wrong.reshape(axes.expanded)
    permutation = _match_blocks(np.moveaxis(right, dim, 0), np.moveaxis(wrong, dim, 0))
    if permutation is None or permutation == list(range(len(permutation))):
        return
    moved = np.take(right, permutation, axis=dim).reshape(subject.right.shape)
    yield describe_order(subject.layout.cell, permutation), moved


def regated_by_table(subject: Subject) -> Iterator[Candidate]:
    """Give the weight with its gates in each order that the gate table knows, there and back."""
    axes, layout = subject.axes, subject.layout
    if axes is None or axes.gate_dim is None or layout is None:
        return
    known = {
        gate_permutation(layout.cell, *pair)
        for framework, cell in GATE_ORDERS
        if cell == layout.cell
        for pair in (("keras", framework), (framework, "keras"))
    }
    right = subject.right.reshape(axes.expanded)
    for permutation in sorted(known - {tuple(range(len(axes.gates)))}):
        moved = np.take(right, permutation, axis=axes.gate_dim).reshape(subject.right.shape)
        yield describe_order(layout.cell, list(permutation)), moved


def _match_blocks(right: np.ndarray, wrong: np.ndarray) -> list[int] | None:
    """Return for each block of `wrong` which block of `right` it is; None if one is none."""
    near = 1e-6 * largest(wrong)
    free = list(range(len(right)))
    found = []
    for position, block in enumerate(wrong):
        # Equal blocks (of a bias of zeros) stay where they are if they can.
        order = sorted(free, key=lambda i: i != position)
        match = next((i for i in order if _alike(right[i], block, near)), None)
        if match is None:
            return None
        free.remove(match)
        found.append(match)
    return found


def _alike(a: np.ndarray, b: np.ndarray, near: float) -> bool:
    return gap(some(a), some(b)) <= near and gap(as_float(a), as_float(b)) <= near


def describe_order(cell: str, permutation: list[int]) -> str:
    """Say which order blocks are in that should be in Keras's.

    Args:
        cell: `"lstm"` or `"gru"`.
        permutation: For each block, its position in Keras's order.
    """
    keras = gate_order("keras", cell)
    names = tuple(keras[i] for i in permutation)
    others = [f for f, c in GATE_ORDERS if c == cell and f != "keras"]
    stored = [f for f in others if gate_order(f, cell) == names]
    order = ", ".join(names)
    if stored:
        return f"the blocks are in the order {order}, that of {_listed(stored)}"
    converted = [f for f in others if list(gate_permutation(cell, f, "keras")) == permutation]
    if converted:
        return (
            f"the blocks were reordered as if they came from {_listed(converted)}, but they were "
            f"in Keras's order; now they are in the order {order}"
        )
    return f"the blocks are in the order {order}, which no framework in the gate table has"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _forget_bias(subject: Subject) -> Iterator[Candidate]:
    axes = subject.axes
    if subject.last_name != "bias" or axes is None or axes.gate_dim is None:
        return
    if "forget" not in axes.gates:
        return
    amounts = {d.run_time_forget_bias for d in DIFFERENCES.values()} - {0.0}
    place = [slice(None)] * len(axes.expanded)
    place[axes.gate_dim] = axes.gates.index("forget")  # type: ignore[call-overload]
    for amount in sorted(amounts):
        for signed in (amount, -amount):
            changed = as_float(subject.right).reshape(axes.expanded).copy()
            changed[tuple(place)] += signed
            yield f"by {signed:+g}", changed.reshape(subject.right.shape)


GATE_ORDER = Hypothesis(
    "gate_order",
    "The gates of {weights} are in the wrong order in {wrong}: {detail}.",
    "Reorder the blocks with weight_port.transform.regate, or port with weight_port.",
    _reordered,
)

FORGET_BIAS = Hypothesis(
    "forget_bias",
    "The bias of the forget gate differs {detail} everywhere: TensorFlow 1's cells add forget_bias "
    "when they run and do not store it, other frameworks store it as part of the bias.",
    "Add forget_bias to the stored bias once, when porting.",
    _forget_bias,
)
