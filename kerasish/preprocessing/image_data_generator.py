"""`ImageDataGenerator`: images that are changed at random while a model trains, as in Keras 2."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish import config
from kerasish.preprocessing.affine import apply_affine_transform
from kerasish.preprocessing.array_iterator import NumpyArrayIterator, check_images
from kerasish.preprocessing.dataframe_iterator import DataFrameIterator
from kerasish.preprocessing.file_iterator import DirectoryIterator
from kerasish.preprocessing.image_changes import (
    apply_brightness_shift,
    apply_channel_shift,
    checked_pair,
)
from kerasish.utils.images import data_format_or_default

# NumPy's global generator, from which Keras draws.
_random: Any = np.random
_LEAST_DEVIATION = 1e-6


class ImageDataGenerator:
    """Makes batches of randomly changed and normalized images.

    The random numbers are those that Keras 2 draws from NumPy.

    Args:
        featurewise_center: Whether the mean of the images given to `fit` is subtracted.
        samplewise_center: Whether the mean of each image is subtracted.
        featurewise_std_normalization: Whether the images are divided by the deviation of those
            given to `fit`.
        samplewise_std_normalization: Whether each image is divided by its deviation.
        zca_whitening: Whether the correlations of the images given to `fit` are taken out.
        zca_epsilon: Added to the singular values for it.
        rotation_range: Most degrees of rotations.
        width_shift_range: Most columns of shifts, a part of the width below 1; or a list of
            choices.
        height_shift_range: Most rows of shifts, likewise.
        brightness_range: Least and largest factor of brightness.
        shear_range: Most degrees of shears.
        zoom_range: Least and largest factor; a number `z` for `1 - z` and `1 + z`.
        channel_shift_range: Most of what is added to the values.
        fill_mode: What is outside of an image: `"constant"`, `"nearest"`, `"reflect"` or `"wrap"`.
        cval: The constant.
        horizontal_flip: Whether images are mirrored at random.
        vertical_flip: Whether images are turned upside down at random.
        rescale: Factor of the values, after the changes.
        preprocessing_function: Called with each image after the changes.
        data_format: Where the channels are; `image_data_format()` by default.
        validation_split: Part of the samples for `subset="validation"`.
        interpolation_order: Order of the splines between the pixels.
        dtype: Type of the images; `floatx()` by default.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.shear_range = shear_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.interpolation_order = interpolation_order
        self.dtype = dtype or config.floatx()
        self.data_format = data_format_or_default(data_format)
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(
                "`validation_split` is between 0 and 1. "
                f"Received: validation_split={validation_split}"
            )
        self._validation_split = validation_split
        if isinstance(zoom_range, (int, float)):
            zoom_range = (1 - zoom_range, 1 + zoom_range)
        self.zoom_range = list(checked_pair("zoom_range", zoom_range))
        self.brightness_range = brightness_range
        if brightness_range is not None:
            checked_pair("brightness_range", brightness_range)
        self.mean: np.ndarray | None = None
        self.std: np.ndarray | None = None
        self.zca_whitening_matrix: np.ndarray | None = None
        self._add_what_is_needed()

    def _add_what_is_needed(self) -> None:
        """Turn on what other arguments need, and off what does not go with them."""
        if self.zca_whitening:
            self._set("featurewise_center", True, "zca_whitening")
            self._set("featurewise_std_normalization", False, "zca_whitening")
        if self.featurewise_std_normalization:
            self._set("featurewise_center", True, "featurewise_std_normalization")
        if self.samplewise_std_normalization:
            self._set("samplewise_center", True, "samplewise_std_normalization")

    def _set(self, name: str, value: bool, because_of: str) -> None:
        if bool(getattr(self, name)) != value:
            setattr(self, name, value)
            warnings.warn(f"{because_of}=True sets {name}={value}.", stacklevel=5)

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Return batches of changed images from an array; see `NumpyArrayIterator`."""
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format,
            save_to_dir, save_prefix, save_format, subset, ignore_class_split, self.dtype,
        )  # fmt: skip

    def flow_from_directory(self, directory: Any, *args: Any, **kwargs: Any) -> DirectoryIterator:
        """Return batches of changed images from folders.

        Args:
            directory: The folder.
            *args: In this order `target_size`, `color_mode`, `classes`, `class_mode`,
                `batch_size`, `shuffle`, `seed`, `save_to_dir`, `save_prefix`, `save_format`,
                `follow_links`, `subset`, `interpolation` and `keep_aspect_ratio`; see
                `DirectoryIterator`.
            **kwargs: The same by name.
        """
        given = _named(_DIRECTORY_ARGUMENTS, args, kwargs)
        return DirectoryIterator(
            directory, self, data_format=self.data_format, dtype=self.dtype, **given
        )

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, *args: Any, **kwargs: Any
    ) -> DataFrameIterator:
        """Return batches of changed images from files that a data frame lists.

        Args:
            dataframe: The data frame.
            directory: Folder of the files; None where the frame has whole paths.
            *args: In this order `x_col`, `y_col`, `weight_col`, `target_size`, `color_mode`,
                `classes`, `class_mode`, `batch_size`, `shuffle`, `seed`, `save_to_dir`,
                `save_prefix`, `save_format`, `subset`, `interpolation` and `validate_filenames`;
                see `DataFrameIterator`.
            **kwargs: The same by name.
        """
        given = _named(_DATAFRAME_ARGUMENTS, args, kwargs)
        return DataFrameIterator(
            dataframe, directory, self, data_format=self.data_format, dtype=self.dtype, **given
        )

    def changed(self, x: np.ndarray) -> np.ndarray:
        """Return an image, changed at random and normalized; it may be written to."""
        return self.standardize(self.random_transform(np.asarray(x)))

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """Return an image, changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def get_random_transform(
        self, img_shape: tuple[int, ...], seed: int | None = None
    ) -> dict[str, Any]:
        """Draw the numbers of a random change.

        Args:
            img_shape: Shape of the image.
            seed: Seed for NumPy's global generator, or None.

        Returns:
            The arguments of `apply_transform`.
        """
        if seed is not None:
            _random.seed(seed)
        theta = _up_to(self.rotation_range)
        tx = _shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = _up_to(self.shear_range)
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else _random.uniform(*self.zoom_range, 2)
        horizontal = (_random.random() < 0.5) * self.horizontal_flip
        vertical = (_random.random() < 0.5) * self.vertical_flip
        intensity, brightness = None, None
        if self.channel_shift_range != 0:
            intensity = _up_to(self.channel_shift_range)
        if self.brightness_range is not None:
            brightness = _random.uniform(*self.brightness_range)
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": horizontal,
            "flip_vertical": vertical,
            "channel_shift_intensity": intensity,
            "brightness": brightness,
        }

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """Change an image.

        Args:
            x: The image.
            transform_parameters: As `get_random_transform` returns them; what is left out is not
                changed.
        """
        given = transform_parameters
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        defaults = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
        affine = {name: given.get(name, default) for name, default in defaults.items()}
        x = apply_affine_transform(
            x, **affine, row_axis=row, col_axis=column, channel_axis=channel,
            fill_mode=self.fill_mode, cval=self.cval, order=self.interpolation_order,
        )  # fmt: skip
        if given.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"], channel)
        if given.get("flip_horizontal", False):
            x = np.flip(x, column)
        if given.get("flip_vertical", False):
            x = np.flip(x, row)
        if given.get("brightness") is not None:
            x = apply_brightness_shift(x, given["brightness"], False)
        return x

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Normalize images, in place where that can be.

        Args:
            x: An image or a batch of images.

        Returns:
            The normalized images. What `fit` has to be called for and was not is left out, with a
            warning.
        """
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + _LEAST_DEVIATION
        if self.featurewise_center and self._is_fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._is_fitted(
            "featurewise_std_normalization", self.std
        ):
            x /= self.std + _LEAST_DEVIATION  # type: ignore[operator]
        if self.zca_whitening and self._is_fitted("zca_whitening", self.zca_whitening_matrix):
            flat = x.reshape(-1, np.prod(x.shape[-3:]))
            x = np.reshape(flat @ self.zca_whitening_matrix, x.shape)
        return x

    def _is_fitted(self, name: str, value: Any) -> bool:
        if value is None:
            warnings.warn(
                f"{name}=True needs images: call `fit` with some before. It is left out.",
                stacklevel=3,
            )
        return value is not None

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Compute mean, deviation and correlations of images, as far as they are needed.

        Args:
            x: Images, an array with four axes.
            augment: Whether the images are changed at random before.
            rounds: How often each of them is changed.
            seed: Seed for NumPy's global generator, or None.

        Raises:
            ValueError: If the array has not four axes.
        """
        x = np.array(x, dtype=self.dtype)
        check_images(x, self.data_format)
        if seed is not None:
            _random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            changed = [self.random_transform(image) for _ in range(rounds) for image in x]
            x = np.array(changed, dtype=self.dtype).reshape(-1, *x.shape[1:])
        pixels = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=pixels, keepdims=True)[0]
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=pixels, keepdims=True)[0]
            x /= self.std + _LEAST_DEVIATION
        if self.zca_whitening:
            directions, sizes, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            inverse = np.sqrt(len(x)) / (sizes + self.zca_epsilon)
            self.zca_whitening_matrix = (directions * inverse).dot(directions.T)


def _up_to(most: float) -> float:
    return _random.uniform(-most, most) if most else 0


def _shift(most: Any, size: int) -> Any:
    """Draw a shift: among choices, or below a number; below 1 it is a part of the size."""
    if not np.any(most):
        return 0
    if np.ndim(most) == 1 or (isinstance(most, (int, np.integer)) and most > 0):
        shift = _random.choice(most) * _random.choice([-1, 1])
    else:
        shift = _random.uniform(-most, most)
    return shift * size if np.max(most) < 1 else shift


_SAVING = ("save_to_dir", "save_prefix", "save_format")
_READING = ("target_size", "color_mode", "classes", "class_mode", "batch_size", "shuffle", "seed")
_DIRECTORY_ARGUMENTS = (
    *_READING, *_SAVING, "follow_links", "subset", "interpolation", "keep_aspect_ratio",
)  # fmt: skip
_DATAFRAME_ARGUMENTS = (
    "x_col", "y_col", "weight_col", *_READING, *_SAVING, "subset", "interpolation",
    "validate_filenames",
)  # fmt: skip


def _named(names: tuple[str, ...], args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return arguments by name."""
    given = dict(zip(names, args, strict=False))
    twice = set(given) & set(kwargs)
    unknown = set(kwargs) - set(names)
    if len(args) > len(names) or twice or unknown:
        raise TypeError(
            f"The arguments are {names}. Received: {len(args)} without names and {sorted(kwargs)}"
        )
    return given | kwargs
