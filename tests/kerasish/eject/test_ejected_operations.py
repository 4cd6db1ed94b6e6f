"""Operations of Keras's on symbols as plain PyTorch."""

import numpy as np
import pytest

import kerasish
from kerasish.eject import EjectError
from tests.kerasish.eject.ejecting import build, eject_to, outputs_of
from tests.kerasish.export.test_steps import many_operations


def test_operations_are_written(tmp_path):
    def make():
        start = kerasish.Input((3, 4), name="start")
        return kerasish.Model(start, many_operations(start))

    pair = eject_to(build(make), tmp_path / "model.py")
    data = np.random.default_rng(2).normal(size=(5, 3, 4)).astype("float32")
    wanted = pair.model(data)
    for one, other in zip(outputs_of(pair.module, [data]), wanted, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-6, atol=1e-6)


def test_others_are_named(tmp_path):
    start = kerasish.Input((3, 4))
    model = kerasish.Model(start, kerasish.ops.median(start, axis=1))
    with pytest.raises(EjectError, match=r"keras\.ops\.median"):
        eject_to(model, tmp_path / "model.py")
