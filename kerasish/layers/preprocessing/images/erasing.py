"""`RandomErasing`: a random rectangle of images painted over (Zhong et al. 2020)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import random
from kerasish.layers.preprocessing.images.warping import SometimesLayer
from kerasish.saving.registry import builtin


def rectangle(layer: Any, images: torch.Tensor, shares: tuple[Any, Any]) -> tuple[Any, Any]:
    """Draw a rectangle for each image.

    Args:
        layer: The layer that draws.
        images: The images.
        shares: Width and height as shares of the images', each `(batch,)`.

    Returns:
        Which entries are inside, `(batch, 1, height, width)` with the axis of the channels where
        it is in the images, and the area `(batch,)` in entries.
    """
    height, width = layer._sizes(images)
    kind = layer.compute_dtype
    inside, area = [], 1.0
    for size, share in ((width, shares[0]), (height, shares[1])):
        length = layer._cast(share * size)
        start = layer._uniform((images.shape[0],), 0.0, 1.0, images, kind) * (size - length)
        stop = start + length
        places = torch.arange(size, dtype=start.dtype, device=images.device)
        inside.append((places >= start[:, None]) & (places < stop[:, None]))
        area = area * (stop - start)
    both = inside[1][:, :, None] & inside[0][:, None, :]
    return both.unsqueeze(layer._channel_axis % 4), area


@builtin("keras.layers")
class RandomErasing(SometimesLayer):
    """Paints over a rectangle of some images, in training.

    Args:
        factor: Range that each image's chance is drawn from, within 0 to 1, or its upper end.
        scale: Range of the sides' squares as shares of the images', within 0 to 1.
        fill_value: A number, one for each of three channels, or None for random numbers.
        value_range: The least and the largest value of images.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.
    """

    arguments = ("factor", "scale", "fill_value", "value_range", "seed")

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, seed=seed, data_format=data_format, **kwargs)
        self.scale = self._range_of("scale", scale, (0, 1))
        if isinstance(fill_value, (tuple, list)) and len(fill_value) != 3:
            self._refuse("fill_value", fill_value, "a number, three of them, or None")
        self.fill_value = fill_value
        self.value_range = self._value_range(value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training:
            return None
        kind = self.compute_dtype
        shares = self._uniform((images.shape[0], 2), *self.scale, images, kind).sqrt()
        inside, _ = rectangle(self, images, (shares[:, 0], shares[:, 1]))
        chosen = self._chosen(images)
        return chosen & inside, self._paint(images).clamp(*self.value_range)

    def _paint(self, images: torch.Tensor) -> torch.Tensor:
        kind = self.compute_dtype
        if self.fill_value is None:
            drawn = random.normal(
                tuple(images.shape), dtype=kind, seed=self.generator, device=images.device
            )
            return drawn * self.value_range[1]
        values = self._cast(torch.tensor(self.fill_value, device=images.device))
        first = values.ndim and self.data_format == "channels_first"
        return values[:, None, None] if first else values

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        return images if drawn is None else torch.where(drawn[0], drawn[1], images)
