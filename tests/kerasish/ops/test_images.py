"""All of `keras.ops.image` against Keras on TensorFlow."""

import keras
import pytest
import torch

from kerasish import ops
from tests.kerasish.ops.differential import check_symbols, check_values, failures
from tests.kerasish.ops.image_cases import CASES, CUBE, FIRST, IMAGES, LEVELS, PLACES, START
from tests.kerasish.ops.rest_names import names_of


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_it_is_keras_function(name):
    found = failures(check_values, [case for case in CASES if case[0] == name])
    assert not found, "\n".join(found)


# Keras tells other shapes than it computes, or none.
OWN_SHAPES = {"image.scale_and_translate"}
SYMBOLIC = [
    (name, args, kwargs, {"shapes": name not in OWN_SHAPES})
    for place, (name, args, kwargs, *_) in enumerate(CASES)
    if name not in {one[0] for one in CASES[:place]}
]


def test_symbols_have_keras_shapes_and_models_the_values():
    found = failures(check_symbols, SYMBOLIC)
    assert not found, "\n".join(found)


def test_every_function_has_a_case():
    assert {f"image.{name}" for name in names_of(keras.ops.image)} == {name for name, *_ in CASES}


def test_patches_with_channels_first():
    found = ops.image.extract_patches(FIRST, 2, data_format="channels_first")
    torch.testing.assert_close(found.movedim(1, -1), ops.image.extract_patches(IMAGES, 2))


ERRORS = [
    ("resize", (IMAGES[0, 0], (3, 3)), {}, r"Received: images of shape \(7, 3\)"),
    ("gaussian_blur", (START,), {}, r"Received: images of shape \(4, 2\)"),
    ("perspective_transform", (IMAGES, START, START[:3]), {}, r"end_points \(3, 2\)"),
    ("elastic_transform", (IMAGES,), {"fill_mode": "best"}, "Received: fill_mode='best'"),
    ("map_coordinates", (CUBE, PLACES, 1), {}, r"shape \(3, 4, 5\), coordinates of \(2, 4, 5\)"),
    ("map_coordinates", (CUBE[0], PLACES, 3), {}, "Received: order=3"),
    ("rgb_to_hsv", ((IMAGES * 9).astype("int32"),), {}, "takes floats. Received: torch.int32"),
    ("sobel_edges", (IMAGES[0],), {}, r"Received: shape \(6, 7, 3\)"),
    ("extract_patches", (IMAGES, (1, 2, 3, 4)), {}, r"Received: size=\(1, 2, 3, 4\)"),
    ("extract_patches", (START, 2), {}, r"Received: shape \(4, 2\)"),
    ("extract_patches_3d", (IMAGES, (1, 2)), {}, r"Received: size=\(1, 2\)"),
    ("pad_images", (IMAGES, 1, 1, 1, 1, 8), {}, "top_padding=1, bottom_padding=1, target_height=8"),
    ("pad_images", (IMAGES, -1, 1, 1, 1), {}, "from 0 on, that fit an axis of 6. .*top_padding=-1"),
    (
        "crop_images",
        (IMAGES, 4, 1, 4, 1),
        {},
        "top_cropping=4, bottom_cropping=4, target_height=None",
    ),
    ("crop_images", (IMAGES, 1, 1), {"target_height": 3, "target_width": 9}, "target_width=9"),
    (
        "scale_and_translate",
        (IMAGES, (2, 3, 7, 3), [1.0], [0.0], (1,), "best"),
        {},
        "method='best'",
    ),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "message"), ERRORS)
def test_errors_say_what_was_received(name, args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        getattr(ops.image, name)(*args, **kwargs)


def test_whole_numbers_are_scaled_too():
    """Keras on TensorFlow fails at the end of it."""
    image = LEVELS[0].astype("int32")
    wanted = ops.image.scale_and_translate(
        image.astype("float32"), (9, 5, 3), [1.5, 0.7], [0.3, 0.0], (-3, 1), "cubic"
    )
    found = ops.image.scale_and_translate(
        image, (9, 5, 3), [1.5, 0.7], [0.3, 0.0], (-3, 1), "cubic"
    )
    assert found.dtype == torch.int32
    torch.testing.assert_close(found, wanted.round().clamp(image.min(), image.max()).int())
