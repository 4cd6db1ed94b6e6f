"""Normalizing layers, with moving statistics that are not the initial ones."""

import numpy as np
import pytest

import kerasish
from kerasish import layers
from kerasish.layers.normalization.batch_normalization import BatchNormalization
from kerasish.layers.normalization.group_normalization import GroupNormalization
from kerasish.layers.normalization.layer_normalization import LayerNormalization
from kerasish.layers.normalization.rms_normalization import RMSNormalization
from kerasish.layers.normalization.spectral_normalization import SpectralNormalization
from kerasish.layers.normalization.unit_normalization import UnitNormalization
from tests.kerasish.export.export_checker import check_export


def check(layer, shape, tmp_path, **options):
    start = kerasish.Input(shape, dtype=layer.dtype)
    model = kerasish.Model(start, layer(start))
    rng = np.random.default_rng(0)
    # Positive: a moving variance is.
    model.set_weights([rng.uniform(0.3, 2, w.shape) for w in model.weights])
    check_export(model, tmp_path, random=False, **options)


CASES = {
    "batch": (lambda **o: BatchNormalization(**o), (None, 4)),
    "batch of vectors": (lambda **o: BatchNormalization(center=False, **o), (4,)),
    "batch, channels first": (lambda **o: BatchNormalization(axis=1, scale=False, **o), (4, 3, 5)),
    "layer": (lambda **o: LayerNormalization(**o), (None, 4)),
    "layer, two axes": (lambda **o: LayerNormalization(axis=(1, 2), scale=False, **o), (3, 4)),
    "layer, first axis": (lambda **o: LayerNormalization(axis=1, center=False, **o), (3, 4, 2)),
    "layer, axes apart": (lambda **o: LayerNormalization(axis=(1, 3), **o), (3, None, 2)),
    "group": (lambda **o: GroupNormalization(2, **o), (None, 4)),
    "group of each": (lambda **o: GroupNormalization(-1, **o), (None, 5, 3)),
    "group of vectors": (lambda **o: GroupNormalization(2, center=False, **o), (4,)),
    "group, channels first": (lambda **o: GroupNormalization(3, axis=1, scale=False, **o), (6, 5)),
    "rms": (lambda **o: RMSNormalization(**o), (None, 4)),
    "rms, two axes": (lambda **o: RMSNormalization(axis=(1, 2), **o), (3, 4)),
    "unit": (lambda **o: UnitNormalization(**o), (None, 4)),
    "unit, two axes": (lambda **o: UnitNormalization(axis=(1, 2), **o), (3, 4)),
    "spectral": (lambda **o: SpectralNormalization(layers.Dense(3, **o), **o), (None, 4)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_normalization(name, dtype, tmp_path):
    make, shape = CASES[name]
    check(make(dtype=dtype), shape, tmp_path, precision=dtype)


def test_rms_scaling(tmp_path):
    with pytest.warns(UserWarning, match="rms_scaling"):
        layer = LayerNormalization(rms_scaling=True)
    check(layer, (None, 4), tmp_path)


def test_zeros_have_no_direction(tmp_path):
    start = kerasish.Input((3,))
    model = kerasish.Model(start, UnitNormalization()(start))
    check_export(model, tmp_path, inputs=np.zeros((2, 3), "float32"))


def test_masks_pass_through(tmp_path):
    start = kerasish.Input((None, 4))
    x = layers.Masking()(start)
    x = LayerNormalization()(BatchNormalization()(x))
    model = kerasish.Model(start, layers.LSTM(3, return_sequences=True)(x))
    check_export(model, tmp_path, random=False)
