"""`CutMix` and `MixUp`: images of a batch mixed with each other, and their labels."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import random
from kerasish.layers.preprocessing.images.erasing import rectangle
from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.saving.registry import builtin


class MixingLayer(RandomImageLayer):
    """The base of layers that mix each image with another one of the batch."""

    def _partners(self, images: torch.Tensor) -> torch.Tensor:
        """Draw with which image each is mixed, `(batch,)`."""
        places = torch.arange(images.shape[0], device=images.device)
        return random.shuffle(places, seed=self.generator)

    def _shares(self, images: torch.Tensor, alpha: Any, dtype: str | None = None) -> torch.Tensor:
        """Draw how much of itself each image keeps, `(batch,)`."""
        shape = (images.shape[0],)
        return random.beta(shape, alpha, alpha, dtype, self.generator, device=images.device)

    def _apply_to_labels(self, labels: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if drawn is None or not training:
            return labels
        shares = drawn["shares"].reshape(-1, 1)
        return shares * labels + (1.0 - shares) * labels[drawn["partners"]]


@builtin("keras.layers")
class MixUp(MixingLayer):
    """Adds to each image a share of another one, and to its label, in training (Zhang et al. 2018).

    The order of the others is Keras's for a seed; the shares are of the same distribution.

    Args:
        alpha: Both parameters of the beta distribution of the shares.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.

    Call argument: images, or a dict of images and one-hot labels `(batch, classes)`.
    """

    arguments = ("alpha", "seed")

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.alpha = alpha

    def _draw(self, images: torch.Tensor, training: bool) -> dict[str, torch.Tensor]:
        partners = self._partners(images)
        return {"partners": partners, "shares": self._shares(images, self.alpha)}

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        images = self._cast(images)
        shares = self._cast(drawn["shares"]).reshape(-1, 1, 1, 1)
        return shares * images + (1.0 - shares) * images[drawn["partners"]]

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._apply_to_images(masks, drawn, training)


@builtin("keras.layers")
class CutMix(MixingLayer):
    """Puts a rectangle of another image into each, and mixes the labels (Yun et al. 2019).

    In training. Areas are of Keras's distribution, and not its numbers for a seed.

    Args:
        factor: Range of the parameter of the beta distribution of the areas, within 0 to 1, or its
            upper end.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images, or a dict of images and one-hot labels `(batch, classes)`.
    """

    arguments = ("factor", "seed")

    def __init__(
        self,
        factor: Any = 1.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = self._range_of("factor", factor, (0, 1))

    def _draw(self, images: torch.Tensor, training: bool) -> dict[str, torch.Tensor] | None:
        if not training:
            return None
        height, width = self._sizes(images)
        kind = self.compute_dtype
        alpha = self._uniform((), *self.factor, images, kind) + 1e-6
        side = (1.0 - self._shares(images, alpha, kind)).sqrt()
        inside, area = rectangle(self, images, (side, side))
        partners = self._partners(images)
        return {"inside": inside, "shares": 1.0 - area / (height * width), "partners": partners}

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        if drawn is None:
            return images
        return torch.where(drawn["inside"], images[drawn["partners"]], images)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._apply_to_images(masks, drawn, training)
