"""`resize` against real Keras: methods, sizes, types, aspect ratios."""

import keras
import numpy as np
import pytest
import torch

from kerasish.image import resize

SIZES = (
    ((7, 5), (14, 15)),
    ((9, 12), (4, 5)),
    ((6, 6), (6, 9)),
    ((1, 3), (5, 1)),
    ((40, 33), (3, 64)),
)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(
    "interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"]
)
def test_methods(interpolation: str, antialias: bool) -> None:
    rng = np.random.default_rng(0)
    for old, new in SIZES:
        for kind in ("float32", "uint8", "float64", "int32"):
            images = (rng.random((2, *old, 3)) * 255).astype(kind)
            options = {"interpolation": interpolation, "antialias": antialias}
            expected = np.array(keras.ops.image.resize(images, new, **options))
            found = resize(torch.tensor(images), new, **options)
            assert str(found.dtype) == f"torch.{expected.dtype}"
            if kind.startswith("float"):
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)
            else:
                # A sum that ends in .5 is rounded to either side.
                wrong = found.numpy().astype(int) - expected.astype(int)
                assert np.abs(wrong).max() <= 1
                assert (wrong != 0).mean() < 0.01


def test_aspect_ratio_and_channels_first() -> None:
    rng = np.random.default_rng(1)
    for old, new in SIZES:
        images = rng.random((2, 3, *old), np.float32)
        for options in (
            {"crop_to_aspect_ratio": True},
            {"pad_to_aspect_ratio": True, "fill_value": 0.25},
            {},
        ):
            options = options | {"data_format": "channels_first"}
            for one in (images, images[0]):
                expected = np.array(keras.ops.image.resize(one, new, **options))
                found = resize(torch.tensor(one), new, **options)
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"size": (2,)},
        {"size": (0, 3)},
        {"interpolation": "linear"},
        {"fill_mode": "wrap"},
        {"data_format": "last"},
        {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
    ],
    ids=str,
)
def test_wrong_arguments(options: dict) -> None:
    with pytest.raises(ValueError, match="Received: "):
        resize(torch.zeros(2, 3, 1), **{"size": (2, 2), **options})
