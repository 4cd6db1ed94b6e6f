"""Padding, cropping and enlarging against Keras."""

import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(5)
DATA = {1: (2, 9, 3), 2: (2, 7, 8, 3), 3: (2, 5, 6, 4, 2)}
FIRST = {"data_format": "channels_first"}


def case(name, *args, **options):
    data = rng.normal(size=DATA[int(name[-2])])
    if options.get("data_format") == "channels_first":
        data = np.moveaxis(data, -1, 1)
    return (lambda n, **k: getattr(n.layers, name)(*args, **options, **k)), data


LAYERS = {
    "pad 1d": case("ZeroPadding1D"),
    "pad 1d pair": case("ZeroPadding1D", (0, 2), **FIRST),
    "pad 2d": case("ZeroPadding2D", 2),
    "pad 2d numbers": case("ZeroPadding2D", (1, 2)),
    "pad 2d pairs": case("ZeroPadding2D", ((1, 0), (2, 3)), **FIRST),
    "pad 3d": case("ZeroPadding3D", ((1, 0), (2, 3), (0, 1))),
    "crop 1d": case("Cropping1D"),
    "crop 1d pair": case("Cropping1D", (0, 2)),
    "crop 2d": case("Cropping2D", ((1, 0), (2, 3))),
    "crop 2d first": case("Cropping2D", 1, **FIRST),
    "crop 2d default": case("Cropping2D"),
    "crop 3d": case("Cropping3D"),
    "crop 3d pairs": case("Cropping3D", ((1, 0), (2, 3), (0, 1)), **FIRST),
    "up 1d": case("UpSampling1D", 3),
    "up 2d": case("UpSampling2D"),
    "up 2d first": case("UpSampling2D", (2, 3), **FIRST),
    "up 3d": case("UpSampling3D", (1, 2, 3)),
    "up 3d first": case("UpSampling3D", 2, **FIRST),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    make, inputs = LAYERS[name]
    check_layer(make, inputs, copies=False)
    check_layer(make, inputs, dtype="float64", copies=False, config=False, symbolic=False)


@pytest.mark.parametrize("options", [{}, FIRST])
def test_bilinear(options):
    make, inputs = case("UpSampling2D", (2, 3), interpolation="bilinear", **options)
    check_layer(make, inputs)


@pytest.mark.parametrize("interpolation", ["bicubic", "lanczos3", "lanczos5"])
def test_interpolations_of_images(interpolation):
    for options in ({}, FIRST):
        make, inputs = case("UpSampling2D", (2, 3), interpolation=interpolation, **options)
        check_layer(make, inputs, copies=False)


def test_compiled():
    for name in ("pad 2d", "crop 2d", "up 2d"):
        make, inputs = LAYERS[name]
        layer, x = make(kerasish), torch.tensor(inputs, dtype=torch.float32)
        torch.compiler.reset()
        compiled = torch.compile(layer, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(x), layer(x))


@pytest.mark.parametrize(
    ("name", "options", "received"),
    [
        ("ZeroPadding2D", {"padding": (1, 2, 3)}, r"padding=\(1, 2, 3\)"),
        ("Cropping1D", {"cropping": -1}, "cropping=-1"),
        ("UpSampling2D", {"interpolation": "cubic"}, "interpolation='cubic'"),
    ],
)
def test_refusals(name, options, received):
    with pytest.raises(ValueError, match=f"Received: {received}"):
        getattr(kerasish.layers, name)(**options)


def test_cropping_of_everything():
    with pytest.raises(ValueError, match=r"would leave nothing. Received: inputs of shape"):
        kerasish.layers.Cropping1D(2)(np.zeros((2, 4, 1), "float32"))
