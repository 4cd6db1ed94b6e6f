"""Batches of images from files, as in Keras 2: `DirectoryIterator`, and what it has in common."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasish import config
from kerasish.interactive_logging import print_message
from kerasish.preprocessing.image_iterator import ImageIterator, SavedImages
from kerasish.utils.images import data_format_or_default, img_to_array, load_img

_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}


@dataclass
class FileOptions:
    """How files become batches, as `flow_from_directory` and `flow_from_dataframe` are told.

    Attributes:
        target_size: Height and width of the images.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        data_format: Where the channels are.
        save_to_dir: Folder to which the images are written, to be looked at.
        save_prefix: What the names of these files begin with.
        save_format: Their format.
        subset: `"training"` or `"validation"`.
        interpolation: How images are resized; see `load_img`.
        keep_aspect_ratio: Whether the middle is cut out before.
        dtype: Type of the images; `floatx()` by default.
    """

    target_size: Sequence[int] = (256, 256)
    color_mode: str = "rgb"
    data_format: str | None = None
    save_to_dir: Any = None
    save_prefix: str = ""
    save_format: str = "png"
    subset: str | None = None
    interpolation: str = "nearest"
    keep_aspect_ratio: bool = False
    dtype: Any = None

    def __post_init__(self) -> None:
        if self.color_mode not in _CHANNELS:
            raise ValueError(
                f"`color_mode` is one of {tuple(_CHANNELS)}. "
                f"Received: color_mode={self.color_mode!r}"
            )
        if self.subset not in (None, "training", "validation"):
            raise ValueError(
                f"`subset` is 'training' or 'validation'. Received: subset={self.subset!r}"
            )
        self.data_format = data_format_or_default(self.data_format)
        self.dtype = self.dtype or config.floatx()
        self.target_size = tuple(self.target_size)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of an image."""
        channels = (_CHANNELS[self.color_mode],)
        last = self.data_format == "channels_last"
        return (*self.target_size, *channels) if last else (*channels, *self.target_size)

    def part(self, count: int, validation_split: float) -> slice:
        """Return which of so many files the subset has: the first ones are for validation."""
        if self.subset is None:
            return slice(None)
        at = int(validation_split * count)
        return slice(at) if self.subset == "validation" else slice(at, count)


class FileIterator(ImageIterator):
    """Batches of changed images from files; subclasses find the files and the targets.

    Attributes:
        filenames: Names of the files.
        filepaths: Where they are.
        class_mode: Form of the targets.
        class_indices: Number of each class.
        classes: Class of each file, where the targets are classes.
        samples: Number of files.
    """

    def __init__(
        self,
        image_data_generator: Any,
        options: FileOptions,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
    ) -> None:
        self.image_data_generator = image_data_generator
        self.options = options
        self.target_size = options.target_size
        self.image_shape = options.image_shape
        self.data_format = options.data_format
        self.color_mode = options.color_mode
        self.dtype = options.dtype
        self.samples = len(self.filepaths)
        self._saved = SavedImages(
            options.save_to_dir,
            options.save_prefix,
            options.save_format,
            str(options.data_format),
            1e7,
        )
        super().__init__(self.samples, batch_size, shuffle, seed)

    class_mode: str | None
    filenames: list[str]
    filepaths: list[str]
    classes: Any
    class_indices: dict[str, int]

    @property
    def labels(self) -> Any:
        """The targets of all files."""
        return self.classes

    @property
    def sample_weight(self) -> Any:
        """The weights of all files, or None."""
        return None

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        images = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for place, index in enumerate(index_array):
            image = img_to_array(self._loaded(self.filepaths[index]), self.data_format)
            if self.image_data_generator:
                image = self.image_data_generator.changed(image)
            images[place] = image
        self._saved.write(images, index_array)
        if self.class_mode is None:
            return images
        targets = self._targets_of(images, index_array)
        if self.sample_weight is None:
            return images, targets
        return images, targets, self.sample_weight[index_array]

    def _loaded(self, path: str) -> Any:
        options = self.options
        return load_img(
            path,
            options.color_mode,
            options.target_size,
            options.interpolation,
            options.keep_aspect_ratio,
        )

    def _targets_of(self, images: np.ndarray, indices: np.ndarray) -> Any:
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode == "raw":
            return self.labels[indices]
        if self.class_mode == "multi_output":
            return [output[indices] for output in self.labels]
        classes = [self.classes[index] for index in indices]
        if self.class_mode in ("binary", "sparse"):
            return np.array(classes, dtype=self.dtype)
        targets = np.zeros((len(indices), len(self.class_indices)), dtype=self.dtype)
        for row, numbers in zip(targets, classes, strict=True):
            row[numbers] = 1.0
        return targets


class DirectoryIterator(FileIterator):
    """Batches of changed images from a folder with a folder for each class.

    Args:
        directory: The folder.
        image_data_generator: Changes the images; None for no changes.
        target_size: Height and width of the images.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        classes: Which folders are classes, in their order; all by default.
        class_mode: `"categorical"`, `"binary"`, `"sparse"`, `"input"` for the images themselves, or
            None for no targets.
        batch_size: Number of images in a batch.
        shuffle: Whether each epoch has a random order.
        seed: Seed of the order and of the changes.
        follow_links: Whether folders behind links are read.
        **options: See `FileOptions`.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/DirectoryIterator.
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self,
        directory: str | os.PathLike,
        image_data_generator: Any,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        follow_links: bool = False,
        **options: Any,
    ) -> None:
        if class_mode not in self.allowed_class_modes:
            raise ValueError(
                f"`class_mode` is one of {self.allowed_class_modes}. "
                f"Received: class_mode={class_mode!r}"
            )
        read = FileOptions(target_size, color_mode, **options)
        self.directory = os.fspath(directory)
        self.class_mode = class_mode
        names = list(classes or sorted(e.name for e in os.scandir(self.directory) if e.is_dir()))
        self.num_classes = len(names)
        self.class_indices = {name: number for number, name in enumerate(names)}
        split = getattr(image_data_generator, "_validation_split", 0.0)
        self.filenames = []
        numbers: list[int] = []
        for number, name in enumerate(names):
            found = self._files_of(name, follow_links)
            found = found[read.part(len(found), split)]
            self.filenames += found
            numbers += [number] * len(found)
        self.classes = np.array(numbers, dtype="int32")
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        print_message(
            f"Found {len(self.filenames)} images belonging to {self.num_classes} classes."
        )
        super().__init__(image_data_generator, read, batch_size, shuffle, seed)

    def _files_of(self, name: str, follow_links: bool) -> list[str]:
        top = os.path.join(self.directory, name)
        walked = sorted(os.walk(top, followlinks=follow_links), key=lambda entry: entry[0])
        return [
            os.path.join(os.path.basename(top), os.path.relpath(os.path.join(root, file), top))
            for root, _, files in walked
            for file in sorted(files)
            if file.lower().endswith(self.white_list_formats)
        ]
