"""The base of the layers that take images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import config as settings
from kerasish import random
from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.random import SeedGenerator


class ImageLayer(DataLayer):
    """A layer from images to images.

    It takes images `(batch, height, width, channels)` or one without the batch axis, or a dict of
    `images` with `labels` and `segmentation_masks`, which it changes in the same way. A subclass
    draws what is to happen in `_draw` and does it in `_apply`, both on batches.

    Args:
        data_format: `"channels_last"`, or `"channels_first"` for `(batch, channels, height,
            width)`.
        bounding_box_format: Kept in the configuration; bounding boxes are not supported.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self, data_format: str | None = None, bounding_box_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format or settings.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self.bounding_box_format = bounding_box_format
        self.built = True

    # The subclass's part

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        """Return what is to be done to a batch of images."""
        return None

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        """Do it."""
        raise NotImplementedError

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        """Do it to segmentation masks; by default they stay as they are."""
        return masks

    def _apply_to_labels(self, labels: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        """Do it to labels; by default they stay as they are."""
        return labels

    # What all have

    @property
    def _height_axis(self) -> int:
        return -3 if self.data_format == "channels_last" else -2

    @property
    def _width_axis(self) -> int:
        return self._height_axis + 1

    @property
    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else -3

    def _sizes(self, images: torch.Tensor) -> tuple[int, int]:
        return images.shape[self._height_axis], images.shape[self._width_axis]

    def _cast(self, images: torch.Tensor) -> torch.Tensor:
        return images.to(torch_dtype(self.compute_dtype))

    def call(self, data: Any, training: bool | None = None) -> Any:
        """Change images, or a dict of images, labels and segmentation masks."""
        known = {"images", "labels", "segmentation_masks"}
        if isinstance(data, dict) and (set(data) - known or "images" not in data):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes a dict of images, labels "
                "and segmentation_masks; bounding boxes are not supported. "
                f"Received: {sorted(data)}"
            )
        images = data["images"] if isinstance(data, dict) else data
        if images.ndim not in (3, 4):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes one image (3 axes) or a batch "
                f"of them (4 axes). Received: images of shape {tuple(images.shape)}"
            )
        single = images.ndim == 3
        batch = images[None] if single else images
        drawn = self._draw(batch, bool(training))
        if not isinstance(data, dict):
            result = self._apply_to_images(batch, drawn, bool(training))
            return result[0] if single else result
        functions = {
            "images": self._apply_to_images,
            "labels": self._apply_to_labels,
            "segmentation_masks": self._apply_to_masks,
        }
        results = {}
        for key, values in data.items():
            found = functions[key](values[None] if single else values, drawn, bool(training))
            results[key] = found[0] if single else found
        return results

    def compute_output_spec(self, data: Any, **_: Any) -> Any:
        """Return a symbol of the images' new shape."""
        if isinstance(data, dict):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes a dict outside of models only. "
                f"Received: symbols for {sorted(data)}"
            )
        return KerasTensor(self.compute_output_shape(data.shape), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the images' shape."""
        return tuple(input_shape)

    def _resized_shape(self, input_shape: Any, height: int, width: int) -> tuple:
        shape = list(input_shape)
        if len(shape) not in (3, 4):
            self._refuse("input_shape", input_shape, "the shape of an image or of a batch of them")
        shape[self._height_axis], shape[self._width_axis] = height, width
        return tuple(shape)

    def _value_range(self, value_range: Any) -> Any:
        """Return the least and the largest value of images.

        Raises:
            ValueError: If these are not two numbers.
        """
        if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
            self._refuse("value_range", value_range, "the least and the largest value of images")
        return value_range

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        config = {**super().get_config(), "data_format": self.data_format}
        if self.bounding_box_format is not None:
            config["bounding_box_format"] = self.bounding_box_format
        return config


class RandomImageLayer(ImageLayer):
    """An image layer that draws random numbers; like Keras's it does so unless told otherwise.

    As a module it starts in `train()` mode, so that a bare call changes the images, as in Keras;
    `predict` and `evaluate`, `training=False` and `eval()` turn it off.

    Args:
        seed: Seed of the layer's own.
        **kwargs: Arguments of `ImageLayer`.
    """

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = SeedGenerator(seed)
        self.training = True

    def _uniform(
        self,
        shape: Sequence[int],
        low: float,
        high: float,
        images: torch.Tensor,
        dtype: str | None = None,
    ) -> torch.Tensor:
        """Draw uniform numbers where the images are."""
        return random.uniform(shape, low, high, dtype, self.generator, device=images.device)

    def _range_of(
        self,
        argument: str,
        factor: Any,
        bounds: tuple[float, float] = (-1, 1),
        open_below: bool = False,
    ) -> tuple[float, float]:
        """Return the two ends of a range given by both, or by the larger one.

        Raises:
            ValueError: If an end is out of bounds.
        """
        low, high = bounds
        ends = factor if isinstance(factor, (tuple, list)) else (factor,)
        valid = len(ends) in (1, 2) and all(
            isinstance(end, (int, float)) and low <= end <= high and not (open_below and end == low)
            for end in ends
        )
        if not valid:
            self._refuse(argument, factor, f"a number from {low} to {high}, or two of them,")
        if isinstance(factor, (tuple, list)):
            return min(factor), max(factor)
        return max(-abs(factor), low), abs(factor)
