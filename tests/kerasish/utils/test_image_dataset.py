"""`image_dataset_from_directory` against Keras's."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasish.utils import image_dataset_from_directory, set_random_seed
from kerasish.utils.image_dataset import _decoded

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 4), dtype=np.uint8)
SOURCE = Image.fromarray(PIXELS).resize((40, 31), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("images")
    for name in "ab":
        (top / name).mkdir()
    for index in range(9):
        image = SOURCE.resize((11 + 5 * index, 40 - 4 * index))
        image = image.convert(("RGB", "RGBA", "L")[index % 3])
        image.save(top / "ab"[index % 2] / f"{index}.{('png', 'PNG')[index % 2]}")
    return top


CASES = [
    {},
    {"interpolation": "nearest", "batch_size": 2, "shuffle": False},
    {"crop_to_aspect_ratio": True, "interpolation": "bicubic", "label_mode": "binary"},
    {"crop_to_aspect_ratio": True, "data_format": "channels_first", "seed": 4},
    {"pad_to_aspect_ratio": True, "label_mode": "categorical", "seed": 4, "batch_size": 4},
    {"pad_to_aspect_ratio": True, "interpolation": "nearest", "color_mode": "grayscale"},
    {"color_mode": "rgba", "interpolation": "area", "label_mode": None},
    {"color_mode": "grayscale", "interpolation": "Lanczos3", "image_size": 12},
    {"seed": 1, "validation_split": 0.4, "subset": "both", "batch_size": None},
    {"data_format": "channels_first", "labels": None, "interpolation": "lanczos5"},
]


@pytest.mark.parametrize("arguments", CASES, ids=str)
def test_as_in_keras(folder, arguments):
    arguments = {"image_size": (17, 23), "verbose": False} | arguments
    set_random_seed(5)
    ours = image_dataset_from_directory(folder, **arguments)
    keras.utils.set_random_seed(5)
    theirs = keras.utils.image_dataset_from_directory(folder, **arguments)
    both = (ours, theirs) if isinstance(ours, list) else ([ours], [theirs])
    for mine, other in zip(*both, strict=True):
        assert mine.class_names == other.class_names
        assert mine.file_paths == other.file_paths
        for _ in range(2):
            pairs = zip(mine.as_numpy_iterator(), other.as_numpy_iterator(), strict=True)
            for batch, expected in pairs:
                parts = zip(
                    batch if isinstance(batch, tuple) else (batch,),
                    expected if isinstance(expected, tuple) else (expected,),
                    strict=True,
                )
                for part, wanted in parts:
                    assert (part.dtype, part.shape) == (wanted.dtype, wanted.shape)
                    np.testing.assert_allclose(part, wanted, atol=1e-3)


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


COLORS = SOURCE.convert("RGB")
FILES = {
    **{f"png_{mode}": encoded(SOURCE.convert(mode), "png") for mode in ("L", "LA", "RGB", "1")},
    "png_palette": encoded(COLORS.quantize(16), "png"),
    "png_clear": encoded(COLORS.quantize(16), "png", transparency=3),
    "png_16": encoded(Image.fromarray(np.asarray(SOURCE.convert("L")) * np.uint16(257)), "png"),
    **{f"jpeg_{mode}": encoded(COLORS.convert(mode), "jpeg") for mode in ("L", "RGB", "CMYK")},
    "jpeg_fine": encoded(COLORS, "jpeg", quality=95, subsampling=0, progressive=True),
    "bmp": encoded(COLORS, "bmp"),
    "gif": encoded(COLORS.quantize(32), "gif", save_all=True, append_images=[COLORS]),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_as_by_tensorflow(name, tmp_path):
    """JPEG as TensorFlow does when it is asked to be accurate."""
    path = tmp_path / "file"
    path.write_bytes(FILES[name])
    for channels, mode in ((1, "grayscale"), (3, "rgb")):
        if channels == 1 and name in ("bmp", "gif", "jpeg_CMYK"):
            continue  # TensorFlow does not read them so
        if name.startswith("jpeg"):
            options = {"channels": channels, "dct_method": "INTEGER_ACCURATE"}
            expected = tf.image.decode_jpeg(FILES[name], **options)
        else:
            expected = tf.image.decode_image(FILES[name], channels, expand_animations=False)
        np.testing.assert_array_equal(_decoded(str(path), mode), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"color_mode": "bgr"}, "Received: color_mode='bgr'"),
        ({"image_size": (1, 2, 3)}, r"Received: image_size=\(1, 2, 3\)"),
        ({"interpolation": "gaussian"}, "Received: interpolation='gaussian'"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "pad_to_aspect_ratio=True"),
        ({"data_format": "last"}, "Received: data_format='last'"),
    ],
)
def test_refusals(folder, arguments, message):
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(folder, **arguments)
