"""Layers that crop, pad and enlarge."""

import pytest

import kerasish
from kerasish import layers
from tests.kerasish.export.export_checker import check_export

FIRST = {"data_format": "channels_first"}
CASES = [
    (lambda: layers.Cropping1D((1, 2)), (None, 3)),
    (lambda: layers.Cropping1D((0, 2)), (None, 3)),
    (lambda: layers.Cropping2D(((1, 0), (2, 1))), (None, None, 3)),
    (lambda: layers.Cropping2D(1, **FIRST), (3, 6, 5)),
    (lambda: layers.Cropping3D(1), (5, 6, 7, 2)),
    (lambda: layers.ZeroPadding1D((1, 2)), (None, 3)),
    (lambda: layers.ZeroPadding2D(((1, 0), (2, 1))), (None, 4, 3)),
    (lambda: layers.ZeroPadding2D(2, **FIRST), (3, 6, 5)),
    (lambda: layers.ZeroPadding3D(1), (5, 6, 7, 2)),
    (lambda: layers.UpSampling1D(3), (None, 3)),
    (lambda: layers.UpSampling2D((2, 3)), (None, None, 3)),
    (lambda: layers.UpSampling2D(2, **FIRST), (3, 6, None)),
    (lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"), (None, 4, 3)),
    (lambda: layers.UpSampling2D(3, interpolation="bilinear", **FIRST), (3, 6, 5)),
    (lambda: layers.UpSampling3D((1, 2, 3)), (2, 3, 4, 2)),
]


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_space(layer, shape, dtype, tmp_path):
    made = layer()
    if dtype == "int32" and getattr(made, "interpolation", "") == "bilinear":
        pytest.skip("torch interpolates floating-point numbers")
    start = kerasish.Input(shape, dtype=dtype)
    check_export(kerasish.Model(start, made(start)), tmp_path)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_interpolation_in_another_type(dtype, tmp_path):
    start = kerasish.Input((4, 5, 3), dtype="float64")
    layer = layers.UpSampling2D(2, interpolation="bilinear", dtype="float64")
    check_export(kerasish.Model(start, layer(start)), tmp_path, precision=dtype, dtype=dtype)
