"""`image_dataset_from_directory`: images in folders, a folder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kerasish.image.resizing import INTERPOLATIONS, resize
from kerasish.pipelines import Pipeline
from kerasish.pipelines.indices import batches_of_indices
from kerasish.utils.directories import LabelledFiles, Selection
from kerasish.utils.images import data_format_or_default, pillow

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_MODES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}
# By which libpng, with which TensorFlow reads PNG files, makes gray of colors; of 2^15.
_GRAY_OF_PNG = np.array([9797, 19234, 3737])


def image_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: int | Sequence[int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    verbose: bool = True,
) -> Any:
    """Return the images in a folder, and their labels.

    Files are read by several threads, while a batch is asked for.

    Args:
        directory: The folder, with a folder for each class; BMP, GIF (the first image), JPEG and
            PNG files.
        labels: `"inferred"` from the folders, None, or a label for each file in the order of the
            paths.
        label_mode: `"int"` for int32 `(batch,)`, `"binary"` for float32 `(batch, 1)`,
            `"categorical"` for float32 `(batch, classes)`, None for no labels.
        class_names: Which folders are classes, in their order; all by default.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        batch_size: Number of images in a batch; None for single images.
        image_size: Height and width that all are resized to.
        shuffle: Whether the order is random, that of Keras on TensorFlow for the same seed.
        seed: Seed of the order; from NumPy's global generator if None.
        validation_split: Part of the files for validation.
        subset: `"training"`, `"validation"`, or `"both"` for a list of two pipelines.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"area"`, `"lanczos3"` or
            `"lanczos5"`.
        follow_links: Whether folders behind links are read.
        crop_to_aspect_ratio: Whether the middle is cut out first, so that it is not distorted.
        pad_to_aspect_ratio: Whether black is added, so that it is not distorted.
        data_format: Where the channels are; `image_data_format()` by default.
        verbose: Whether the number of files is written.

    Returns:
        A pipeline of batches `(images, labels)`, float32 images `(batch, height, width, channels)`
        from 0 to 255, uint8 for `"nearest"`. Its `class_names` are the names of the classes, its
        `file_paths` those of the files.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If an argument has a value it can't have, or there are no files.

    See https://keras.io/api/data_loading/image/#imagedatasetfromdirectory-function.
    """
    reader = _Reader(
        color_mode,
        (image_size, image_size) if isinstance(image_size, int) else tuple(image_size),
        interpolation.lower(),
        crop_to_aspect_ratio,
        pad_to_aspect_ratio,
        data_format_or_default(data_format),
    )
    selection = Selection(
        labels, label_mode, class_names, shuffle, seed, validation_split, subset,
        follow_links, verbose,
    )  # fmt: skip
    pillow()  # rather now than in the first batch
    pipelines = [
        # Of both parts, that for validation is in the order of the files.
        _pipeline(part, reader, selection.label_mode, batch_size,
                  selection.seed if shuffle and not number else None)
        for number, part in enumerate(selection.files(directory, _ENDINGS))
    ]  # fmt: skip
    return pipelines if subset == "both" else pipelines[0]


@dataclass(frozen=True)
class _Reader:
    """Reads image files as tensors of one shape."""

    color_mode: str
    size: tuple
    interpolation: str
    crops: bool
    pads: bool
    data_format: str

    def __post_init__(self) -> None:
        checks = {
            "color_mode": (self.color_mode in _MODES, self.color_mode, tuple(_MODES)),
            "image_size": (len(self.size) == 2, self.size, "one or two integers"),
            "interpolation": (
                self.interpolation in INTERPOLATIONS, self.interpolation, INTERPOLATIONS
            ),
            "pad_to_aspect_ratio": (
                not (self.pads and self.crops), self.pads, "False with crop_to_aspect_ratio=True"
            ),
        }  # fmt: skip
        for name, (valid, value, expected) in checks.items():
            if not valid:
                raise ValueError(f"`{name}` takes {expected}. Received: {name}={value!r}")

    def decoded(self, path: str) -> np.ndarray:
        """Return an image of its own size."""
        return _decoded(path, self.color_mode)

    def fitted(self, values: np.ndarray) -> torch.Tensor:
        """Return an image of the wanted size."""
        image = torch.from_numpy(values)
        if self.interpolation != "nearest":
            image = image.float()
        if self.pads:
            image = self._padded(image)
        else:
            image = self._resized(image, self.size, crop_to_aspect_ratio=self.crops)
        return image.permute(2, 0, 1) if self.data_format == "channels_first" else image

    def _resized(self, image: torch.Tensor, size: Sequence[int], **options: Any) -> torch.Tensor:
        return resize(image, size, self.interpolation, data_format="channels_last", **options)

    def _padded(self, image: torch.Tensor) -> torch.Tensor:
        """Resize as far as the shape allows, and put black around it.

        The sizes are computed in float32, as in TensorFlow's `resize_with_pad`.
        """
        sizes = np.array(image.shape[:2], np.float32)
        wanted = np.array(self.size, np.float32)
        fitting = sizes / (sizes / wanted).max()
        height, width = (max(int(size), 1) for size in np.floor(fitting))
        top, left = (max(int(gap), 0) for gap in np.floor((wanted - fitting) / 2))
        resized = self._resized(image, (height, width))
        padded = resized.new_zeros((*self.size, image.shape[2]))
        padded[top : top + height, left : left + width] = resized
        return padded


def _decoded(path: str, color_mode: str) -> np.ndarray:
    """Return the uint8 values of an image file `(height, width, channels)`."""
    module = pillow()
    with module.open(path) as image:
        if image.format == "JPEG" and color_mode == "grayscale":
            image.draft("L", image.size)  # takes the luminance that the file has
        if image.mode.startswith("I;16"):
            values = (np.asarray(image) >> 8).astype(np.uint8)
            image = module.fromarray(values)
        elif image.format == "PNG" and color_mode == "grayscale" and image.mode not in ("L", "1"):
            colors = np.asarray(image.convert("RGB"))
            return ((colors @ _GRAY_OF_PNG) >> 15).astype(np.uint8)[..., np.newaxis]
        values = np.array(image.convert(_MODES[color_mode]))
    return values[..., np.newaxis] if values.ndim == 2 else values


def _pipeline(
    files: LabelledFiles,
    reader: _Reader,
    label_mode: str | None,
    batch_size: int | None,
    seed: int | None,
) -> Pipeline:
    labels = files.encoded(label_mode)

    def load(indices: list[int]) -> Any:
        with ThreadPoolExecutor(min(len(indices), os.cpu_count() or 1)) as threads:
            decoded = threads.map(reader.decoded, [files.paths[index] for index in indices])
            # Not in those threads: each would start threads of torch's of its own.
            images = torch.stack([reader.fitted(values) for values in decoded])
        return images if labels is None else (images, labels[indices])

    pipeline = batches_of_indices(len(files.paths), load, batch_size, seed)
    pipeline.class_names = files.class_names
    pipeline.file_paths = files.paths
    return pipeline
