"""Runs a metric of Keras and ours on the same batches."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch


def compare(theirs: Any, ours: Any, batches: list[tuple], rtol: float, atol: float = 1e-7) -> None:
    """Compare results after every batch, the state at the end, and the state after a reset.

    Args:
        theirs: Metric of Keras.
        ours: Metric of kerasish.
        batches: Arguments of `update_state`.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
    """
    for batch in batches:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs.update_state(*batch)
            ours.update_state(*batch)
            expected, result = np.asarray(theirs.result()), ours.result()
        assert isinstance(result, torch.Tensor)
        assert result.dtype == getattr(torch, str(expected.dtype))
        np.testing.assert_allclose(result.numpy(), expected, rtol=rtol, atol=atol)
    assert [v.path.split("/")[-1] for v in ours.variables] == [v.name for v in theirs.variables]
    for state, expected in zip(ours.variables, theirs.variables, strict=True):
        assert state.dtype == expected.dtype
        np.testing.assert_allclose(state.numpy(), expected.numpy(), rtol=rtol, atol=atol)
    ours.reset_state()
    assert all(not variable.numpy().any() for variable in ours.variables)
