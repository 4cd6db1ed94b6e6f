"""Comparison of what the peers computed, before any is timed."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.peer import Results

OUTPUT_TOLERANCE = 1e-5
# A gradient sums over all steps and rows, each framework in another order.
STEP_TOLERANCE = 2e-4


class WrongResultError(AssertionError):
    """Two peers disagree."""


def require_equal(
    results: Results, expected: Results, valid: np.ndarray | None, names: tuple[str, str]
) -> None:
    """Compare two peers' results, by the largest difference.

    Outputs are compared absolutely (they lie in [-1, 1]), losses and training steps relative to
    the largest value.

    Args:
        results: What the one computed.
        expected: What the other computed.
        valid: `(batch, time)`, the steps to compare; None for all.
        names: Names of the two.

    Raises:
        WrongResultError: If they differ by more than rounding.
    """
    if set(results) != set(expected):
        raise WrongResultError(
            f"{names[0]} and {names[1]} computed different things. "
            f"Received: {sorted(results)} and {sorted(expected)}"
        )
    for name, value in results.items():
        wanted, tolerance = expected[name], STEP_TOLERANCE
        if name == "outputs":
            tolerance = OUTPUT_TOLERANCE
            if valid is not None:
                value, wanted = value[valid], wanted[valid]
        if value.shape != wanted.shape:
            raise WrongResultError(
                f"{name} of {names[0]} and {names[1]} differ in shape. "
                f"Received: {value.shape} and {wanted.shape}"
            )
        scale = 1.0 if name == "outputs" else float(np.abs(wanted).max())
        difference = float(np.abs(value - wanted).max())
        # Written so that NaN fails.
        if not difference <= tolerance * scale:
            raise WrongResultError(
                f"{name} of {names[0]} and {names[1]} differ by more than {tolerance:g} of "
                f"{scale:.3g}. Received: a largest difference of {difference:.3g}"
            )
