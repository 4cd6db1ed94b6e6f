"""`NumpyArrayIterator`: batches of images from an array, as in Keras 2."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasish import config
from kerasish.preprocessing.image_iterator import ImageIterator, SavedImages
from kerasish.utils.images import data_format_or_default


class NumpyArrayIterator(ImageIterator):
    """Batches of changed images, with their targets and weights.

    Args:
        x: Images, an array with four axes; or the images and an array, or a list of arrays, which
            are handed on as they are.
        y: Targets, or None.
        image_data_generator: Changes the images.
        batch_size: Number of images in a batch.
        shuffle: Whether each epoch has a random order.
        sample_weight: Weights of the images, or None.
        seed: Seed of the order and of the changes.
        data_format: Where the channels are; `image_data_format()` by default.
        save_to_dir: Folder to which the images are written, to be looked at.
        save_prefix: What the names of these files begin with.
        save_format: Their format.
        subset: `"training"` or `"validation"`.
        ignore_class_split: Whether the two parts may have different classes.
        dtype: Type of the images; `floatx()` by default.

    Raises:
        ValueError: If the arrays do not fit each other, or both parts do not have all classes.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/NumpyArrayIterator.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:
        self.data_format = data_format_or_default(data_format)
        self.dtype = dtype or config.floatx()
        more: list[Any] = []
        if isinstance(x, (tuple, list)):
            x, others = x
            more = [np.asarray(part) for part in (others if isinstance(others, list) else [others])]
        parts = {"y": y, "sample_weight": sample_weight}
        for name, part in [*parts.items(), *(("x", part) for part in more)]:
            if part is not None and len(part) != len(x):
                raise ValueError(
                    "All arrays have equally many samples. "
                    f"Received: {len(x)} images, and {len(part)} in another part of {name}"
                )
        if subset is not None:
            used = _part(subset, x, y, image_data_generator._validation_split, ignore_class_split)
            x, more = x[used], [part[used] for part in more]
            y = None if y is None else y[used]
            # Keras forgets to split these.
            sample_weight = None if sample_weight is None else sample_weight[used]
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc = more
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        check_images(self.x, self.data_format)
        self.image_data_generator = image_data_generator
        self._saved = SavedImages(save_to_dir, save_prefix, save_format, self.data_format, 1e4)
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        images = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for place, index in enumerate(index_array):
            images[place] = self.image_data_generator.changed(self.x[index].copy())
        self._saved.write(images, index_array)
        inputs = [images, *(part[index_array] for part in self.x_misc)] if self.x_misc else images
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[index_array]
        return inputs, self.y[index_array], self.sample_weight[index_array]


def check_images(x: np.ndarray, data_format: str) -> None:
    """Look at the shape of images.

    Raises:
        ValueError: If they have not four axes. An unusual number of channels gives a warning.
    """
    if x.ndim != 4:
        raise ValueError(f"Images have four axes. Received: an array of shape {x.shape}")
    channels = x.shape[3 if data_format == "channels_last" else 1]
    if channels not in (1, 3, 4):
        warnings.warn(
            f"Images have 1, 3 or 4 channels. Received: {channels} channels, with "
            f"data_format={data_format!r} and shape {x.shape}",
            stacklevel=3,
        )


def _part(subset: str, x: Any, y: Any, validation_split: float, ignores_classes: bool) -> slice:
    """Return which samples a subset has: the first ones are for validation."""
    if subset not in ("training", "validation"):
        raise ValueError(f"`subset` is 'training' or 'validation'. Received: subset={subset!r}")
    at = int(len(x) * validation_split)
    if y is not None and not ignores_classes:
        kinds = np.unique(y[:at]), np.unique(y[at:])
        if not np.array_equal(kinds[0], kinds[1]):
            raise ValueError(
                "Both parts have the same classes; shuffle the samples, or give "
                f"ignore_class_split=True. Received: classes {kinds[0]} and {kinds[1]}"
            )
    return slice(at) if subset == "validation" else slice(at, None)
