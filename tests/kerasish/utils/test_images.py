"""Images as files and arrays against Keras's."""

import io
import itertools
import sys

import keras
import numpy as np
import pytest
import torch
from PIL import Image

from kerasish import preprocessing, utils

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (14, 9, 4), dtype=np.uint8)


def image(mode):
    if mode == "I;16":
        return Image.fromarray(PIXELS[..., 0].astype("uint16") * 200)
    return Image.fromarray(PIXELS).convert(mode)


@pytest.mark.parametrize("mode", ["L", "I;16", "RGB", "RGBA", "1"])
def test_loading(mode, tmp_path):
    path = tmp_path / "image.png"
    image(mode).save(path)
    sizes = itertools.cycle([None, (5, 20), (14, 9), (30, 4)])
    interpolations = itertools.cycle(["nearest", "bilinear", "bicubic", "box", "lanczos"])
    for color_mode, keep in itertools.product(("rgb", "rgba", "grayscale"), (False, True)):
        for place in (path, str(path), io.BytesIO(path.read_bytes())):
            arguments = (color_mode, next(sizes), next(interpolations), keep)
            if mode == "I;16" and color_mode == "grayscale":
                arguments = (color_mode, None)
            ours = utils.load_img(place, *arguments)
            theirs = keras.utils.load_img(place, *arguments)
            assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
            for layout, dtype in ((None, None), ("channels_first", "uint8")):
                mine = utils.img_to_array(ours, layout, dtype)
                expected = keras.utils.img_to_array(theirs, layout, dtype)
                assert mine.dtype == expected.dtype
                np.testing.assert_array_equal(mine, expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("scale", [True, False])
def test_arrays_as_images(channels, scale, tmp_path):
    floats = RANDOM.uniform(0, 255, (6, 5, channels))
    wide = floats * 200 if channels == 1 else floats
    for array in (floats, wide, np.zeros((2, 3, channels))):
        for layout in ("channels_last", "channels_first"):
            x = array if layout == "channels_last" else array.transpose(2, 0, 1)
            ours = utils.array_to_img(x, layout, scale)
            assert ours.mode == {1: ours.mode, 3: "RGB", 4: "RGBA"}[channels]
            theirs = keras.utils.array_to_img(x, layout, scale)
            assert ours.mode == theirs.mode
            np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
            again = utils.array_to_img(torch.tensor(x), layout, scale)
            np.testing.assert_array_equal(np.asarray(ours), np.asarray(again))
    paths = tmp_path / "ours.png", tmp_path / "theirs.png"
    utils.save_img(paths[0], floats, scale=scale)
    keras.utils.save_img(paths[1], floats, scale=scale)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_jpeg_files(tmp_path):
    with pytest.warns(UserWarning, match="no transparency"):
        utils.save_img(tmp_path / "a.jpg", PIXELS)
    with Image.open(tmp_path / "a.jpg") as written:
        assert written.mode == "RGB"
    stream = io.BytesIO()
    utils.save_img(stream, PIXELS[..., :3], file_format="jpg")
    assert Image.open(stream).format == "JPEG"


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("size", [(5, 9), (20, 7), (3, 30)])
def test_smart_resize(interpolation, size):
    for x in (PIXELS, PIXELS[np.newaxis, ..., :3].astype("float32")):
        theirs = keras.preprocessing.image.smart_resize(x, size, interpolation)
        ours = preprocessing.image.smart_resize(x, size, interpolation)
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
        tensor = preprocessing.image.smart_resize(torch.tensor(x), size, interpolation)
        np.testing.assert_array_equal(tensor, ours)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: utils.load_img("x", "cmyk"), "Received: color_mode='cmyk'"),
        (lambda: utils.load_img("x", interpolation="area"), "Received: interpolation='area'"),
        (lambda: utils.img_to_array(np.zeros(3)), r"image of shape \(3,\)"),
        (lambda: utils.img_to_array(np.zeros((3, 3)), "last"), "Received: data_format='last'"),
        (lambda: utils.array_to_img(np.zeros((3, 3))), r"shape \(3, 3\) with"),
        (lambda: utils.array_to_img(np.zeros((3, 3, 2))), r"shape \(3, 3, 2\) with"),
    ],
)
def test_refusals(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_without_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pip install 'kerasish\[image\]'"):
        utils.load_img("x.png")
