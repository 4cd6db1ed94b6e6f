"""Calls of `keras.ops.image`."""

import numpy as np

NOISE = np.random.default_rng(24)
IMAGES = NOISE.uniform(0, 1, (2, 6, 7, 3)).astype("float32")
FIRST = np.moveaxis(IMAGES, -1, 1).copy()
LEVELS = NOISE.integers(0, 256, (2, 6, 7, 3)).astype("uint8")
LARGE = NOISE.uniform(0, 1, (2, 13, 12, 3))
VOLUMES = NOISE.normal(size=(2, 4, 5, 6, 2)).astype("float32")
START = np.array([[0, 0], [6, 0], [0, 5], [6, 5]], "float32")
END = START + NOISE.uniform(-1, 1, (2, 4, 2)).astype("float32")
TRANSFORMS = np.array(
    [[1.1, 0.1, -0.4, 0.05, 0.9, 0.3, 0.01, -0.02], [0.8, 0, 1, 0, 1.3, -1, 0, 0]], "float32"
)
PLACES = NOISE.uniform(-9, 14, (2, 4, 5))
CUBE = NOISE.normal(size=(3, 4, 5))
CHANNELS_FIRST = {"data_format": "channels_first"}
SCALES, SHIFTS = np.array([1.6, 0.7]), np.array([-0.8, 1.3])
WITHOUT = {"gradients": False}

CASES = [
    # TensorFlow has no gradients for colors from hues.
    *[(f"image.{name}", (x,), options, {"gradients": name != "hsv_to_rgb"})
      for name in ("rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb")
      for x, options in ((IMAGES, {}), (FIRST, CHANNELS_FIRST), (IMAGES[0], {}))],
    ("image.rgb_to_grayscale", (LEVELS,), {}),
    ("image.resize", (IMAGES, (4, 9)), {}), ("image.resize", (LEVELS, (9, 4)), {"antialias": True}),
    ("image.affine_transform", (IMAGES, TRANSFORMS), {"fill_mode": "reflect"}, WITHOUT),
    ("image.affine_transform", (LEVELS[0], TRANSFORMS[0]), {"interpolation": "nearest"}),
    ("image.perspective_transform", (IMAGES, np.stack([START] * 2), END), {}, WITHOUT),
    ("image.perspective_transform", (FIRST, START, END[0]),
     {**CHANNELS_FIRST, "interpolation": "nearest", "fill_value": 0.5}, WITHOUT),
    ("image.perspective_transform", (IMAGES[0], START, END[1]), {}, WITHOUT),
    *[("image.map_coordinates", (CUBE[0], PLACES, order), {"fill_mode": mode, "fill_value": 0.3},
       WITHOUT) for order in (0, 1) for mode in ("constant", "nearest", "wrap", "reflect")],
    ("image.map_coordinates", (CUBE, np.stack([PLACES[0] / 3, *PLACES]), 1), {}),
    ("image.map_coordinates", (LEVELS[0, ..., 0], PLACES, 1), {}),
    ("image.map_coordinates", (CUBE[0].astype("float32"), PLACES, 1), {"fill_mode": "nearest"}),
    ("image.gaussian_blur", (IMAGES,), {}),
    ("image.gaussian_blur", (LARGE, (5, 3), (2.0, 0.7)), {}),
    ("image.gaussian_blur", (FIRST, (3, 3), (1.0, 0.3)), CHANNELS_FIRST),
    ("image.gaussian_blur", (LARGE[0], (4, 4)), {}),
    ("image.elastic_transform", (IMAGES,), {"alpha": 3.0, "sigma": 1.0, "seed": 5}, WITHOUT),
    ("image.elastic_transform", (FIRST[0], 2.0, 1.5, "nearest", "constant", 0.5, 7), CHANNELS_FIRST,
     WITHOUT),
    ("image.sobel_edges", (IMAGES,), {}), ("image.sobel_edges", (FIRST,), CHANNELS_FIRST),
    ("image.ssim", (LARGE, LARGE**2), {}), ("image.ssim", (LARGE[0], LARGE[1]), {}),
    ("image.ssim", (IMAGES, IMAGES + 0.1), {"filter_size": 4, "max_val": 2.0, "k1": 0.1}),
    *[("image.extract_patches", (IMAGES, size), options) for size, options in (
        (2, {}), ((2, 3), {"strides": 1}), (3, {"strides": (1, 2), "padding": "same"}),
        (2, {"strides": 1, "dilation_rate": 2}))],
    ("image.extract_patches", (IMAGES[0], 2), {}),
    ("image.extract_patches", (VOLUMES, (2, 2, 3)), {}),
    ("image.extract_patches_3d", (VOLUMES, 2), {}),
    ("image.extract_patches_3d", (VOLUMES[0], (1, 2, 2)), {"strides": 1, "padding": "same"}),
    ("image.pad_images", (IMAGES, 1, 2, 3, 0), {}),
    ("image.pad_images", (LEVELS[0], 1), {"right_padding": 2, "target_height": 9,
                                          "target_width": 11}),
    ("image.pad_images", (FIRST,), {**CHANNELS_FIRST, "bottom_padding": 1, "target_height": 8,
                                    "left_padding": 0, "target_width": 8}),
    ("image.crop_images", (IMAGES, 1, 2, 3, 0), {}),
    ("image.crop_images", (LEVELS[0], 1), {"right_cropping": 2, "target_height": 3,
                                           "target_width": 4}),
    ("image.crop_images", (FIRST,), {**CHANNELS_FIRST, "bottom_cropping": 1, "target_height": 4,
                                     "left_cropping": 0, "target_width": 4}),
    *[("image.scale_and_translate", (LARGE, (2, 10, 15, 3), SCALES, SHIFTS, (1, 2), method),
       {"antialias": antialias}, WITHOUT)
      for method in ("linear", "bicubic", "lanczos3", "lanczos5") for antialias in (False, True)],
]  # fmt: skip
