"""Activations as layers."""

import numpy as np
import pytest

import kerasish
from kerasish import layers
from tests.kerasish.export.export_checker import check_export

CASES = [
    lambda: layers.ReLU(),
    lambda: layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2),
    lambda: layers.LeakyReLU(0.1),
    lambda: layers.ELU(0.5),
    lambda: layers.PReLU(shared_axes=[1]),
    lambda: layers.Softmax(),
    lambda: layers.Softmax(axis=(1, 2)),
    lambda: layers.AlphaDropout(0.5),
]


@pytest.mark.parametrize("make", CASES)
def test_layers(make, tmp_path):
    start = kerasish.Input((None, 4))
    check_export(kerasish.Model(start, make()(start)), tmp_path)


def test_slopes_of_every_entry(tmp_path):
    start = kerasish.Input((3, 4))
    check_export(kerasish.Model(start, layers.PReLU()(start)), tmp_path)


@pytest.mark.parametrize("dtype", ["bool", "float32"])
@pytest.mark.parametrize("axis", [-1, (1, 2)])
def test_masked_softmax(axis, dtype, tmp_path):
    start, mask = kerasish.Input((3, 4)), kerasish.Input((3, 4), dtype=dtype)
    model = kerasish.Model([start, mask], layers.Softmax(axis=axis)(start, mask=mask))
    rng = np.random.default_rng(0)
    valid = rng.integers(0, 2, (5, 3, 4))
    valid[0] = 0
    inputs = [rng.normal(size=(5, 3, 4)).astype("float32"), valid.astype(dtype)]
    check_export(model, tmp_path, inputs=inputs)
