"""`Resizing`: images of one size."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.image import resize
from kerasish.image.resizing import INTERPOLATIONS
from kerasish.layers.preprocessing.images.image_layer import ImageLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Resizing(ImageLayer):
    """Resizes images, as TensorFlow does it.

    Args:
        height: New height.
        width: New width.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"`, `"lanczos5"` or
            `"area"`.
        crop_to_aspect_ratio: Whether images are cropped first, so that they are not distorted.
        pad_to_aspect_ratio: Whether images are padded first, so that they are not distorted.
        fill_mode: What is padded; `"constant"`.
        fill_value: The constant.
        antialias: Whether shrinking looks at all of the entries that it merges.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in their own type.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = (
        "height",
        "width",
        "interpolation",
        "crop_to_aspect_ratio",
        "pad_to_aspect_ratio",
        "fill_mode",
        "fill_value",
        "antialias",
    )
    height: int
    width: int

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self._read_arguments(locals())
        self.height = self._checked_size("height", height)
        self.width = self._checked_size("width", width)
        if interpolation not in INTERPOLATIONS:
            self._refuse("interpolation", interpolation, f"one of {INTERPOLATIONS}")
        if fill_mode != "constant":
            self._refuse("fill_mode", fill_mode, "'constant'")
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            self._refuse("pad_to_aspect_ratio", True, "nothing but False with cropping")

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._resize(images, self.interpolation)  # type: ignore[arg-type]

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._resize(masks, "nearest")

    def _resize(self, images: torch.Tensor, interpolation: str) -> torch.Tensor:
        options: Any = {name: getattr(self, name) for name in self.arguments[3:]}
        size = (self.height, self.width)
        return resize(images, size, interpolation, data_format=self.data_format, **options)

    def compute_output_spec(self, data: Any, **_: Any) -> Any:
        """Return a symbol of the images' new shape."""
        return KerasTensor(self.compute_output_shape(data.shape), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the new height and width."""
        return self._resized_shape(input_shape, self.height, self.width)
