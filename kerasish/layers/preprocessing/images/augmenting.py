"""`RandAugment` and `AugMix`: augmentations chosen at random."""

from __future__ import annotations

import random as python_random
from typing import Any

import torch

from kerasish import random
from kerasish.layers.preprocessing.images.brightness import RandomBrightness, RandomContrast
from kerasish.layers.preprocessing.images.colors import (
    RandomColorDegeneration,
    RandomPosterization,
    RandomSharpness,
)
from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.layers.preprocessing.images.levels import AutoContrast, Equalization, Solarization
from kerasish.layers.preprocessing.images.projecting import RandomRotation, RandomTranslation
from kerasish.layers.preprocessing.images.warping import RandomShear
from kerasish.saving.registry import builtin

# In the order in which Keras draws for them.
_ALL = (
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
    "random_posterization",
    "solarization",
    "auto_contrast",
    "equalization",
)
# The colors that the benchmarks of robustness change, which AugMix leaves out if asked to.
_BENCHMARKED = (
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
)


class ChoosingLayer(RandomImageLayer):
    """The base of layers that choose among others, which draw from its generator.

    Args:
        names: The others.
        factor: Range of their strength within 0 to 1, or its upper end.
        value_range: The least and the largest value of images.
        interpolation: `"nearest"` or `"bilinear"`.
        **kwargs: Arguments of `RandomImageLayer`.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        factor: Any,
        value_range: Any,
        interpolation: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.factor = self._range_of("factor", factor, (0, 1))
        self.value_range = self._value_range(value_range)
        self.interpolation = interpolation
        self._names = names
        for name in names:
            layer = self._make(name)
            if isinstance(layer, RandomImageLayer):
                layer.generator = self.generator
            setattr(self, name, layer)

    def _make(self, name: str) -> Any:
        every: dict[str, Any] = {"data_format": self.data_format, "dtype": self.compute_dtype}
        drawn = {**every, "seed": self.seed}
        moved = {**drawn, "interpolation": self.interpolation}
        ranged = {**drawn, "value_range": self.value_range}
        strength = self.factor
        makers = {
            "random_shear": lambda: RandomShear(strength, strength, **moved),
            "random_translation": lambda: RandomTranslation(strength, strength, **moved),
            "random_rotation": lambda: RandomRotation(strength, **moved),
            "random_brightness": lambda: RandomBrightness(strength, **ranged),
            "random_color_degeneration": lambda: RandomColorDegeneration(strength, **ranged),
            "random_contrast": lambda: RandomContrast(strength, **ranged),
            "random_sharpness": lambda: RandomSharpness(strength, **ranged),
            "random_posterization": lambda: RandomPosterization(
                max(1, int(8 * strength[1])), **ranged
            ),
            "solarization": lambda: Solarization(strength, strength, **ranged),
            "auto_contrast": lambda: AutoContrast(self.value_range, **every),
            "equalization": lambda: Equalization(self.value_range, **every),
        }
        return makers[name]()


@builtin("keras.layers")
class RandAugment(ChoosingLayer):
    """Applies a few augmentations, the same to all images of a batch, in training.

    Args:
        value_range: The least and the largest value of images.
        num_ops: How many.
        factor: Range of their strength within 0 to 1, or its upper end.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`. See Cubuk et al. 2020,
    https://arxiv.org/abs/1909.13719.
    """

    arguments = ("value_range", "num_ops", "factor", "interpolation", "seed")

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            _ALL, factor, value_range, interpolation, seed=seed, data_format=data_format, **kwargs
        )
        self.num_ops = num_ops

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training:
            return None
        chosen = random.randint((self.num_ops,), 0, len(_ALL), seed=self.generator)
        # All of them draw, as in Keras, so that what comes after is drawn alike.
        drawn = {name: getattr(self, name)._draw(images, True) for name in _ALL}
        return [(name, drawn[name]) for name in (_ALL[index] for index in chosen.tolist())]

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        for name, numbers in drawn or ():
            images = self._cast(getattr(self, name)._apply_to_images(images, numbers, True))
        return images

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        for name, numbers in drawn or ():
            masks = getattr(self, name)._apply_to_masks(masks, numbers, True)
        return masks


@builtin("keras.layers")
class AugMix(ChoosingLayer):
    """Mixes images with chains of their augmentations, in training.

    The chains are chosen by Python's `random`, as in Keras; the shares are of Keras's
    distributions, and not its numbers for a seed.

    Args:
        value_range: The least and the largest value of images.
        num_chains: Number of chains.
        chain_depth: Number of augmentations in each.
        factor: Range of their strength within 0 to 1, or its upper end.
        alpha: Parameter of the distributions of the shares.
        all_ops: Whether brightness, contrast, color and sharpness are among the augmentations.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`. See Hendrycks et al. 2020,
    https://arxiv.org/abs/1912.02781.
    """

    arguments = (
        "value_range",
        "num_chains",
        "chain_depth",
        "factor",
        "alpha",
        "all_ops",
        "interpolation",
        "seed",
    )

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Any = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        names = tuple(name for name in _ALL if all_ops or name not in _BENCHMARKED)
        super().__init__(
            names, factor, value_range, interpolation, seed=seed, data_format=data_format, **kwargs
        )
        self.num_chains, self.chain_depth = num_chains, chain_depth
        self.alpha, self.all_ops = alpha, all_ops

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training:
            return None
        where: dict[str, Any] = {"seed": self.generator, "device": images.device}
        shares = random.gamma((self.num_chains,), self.alpha, **where)
        kept = random.beta((), self.alpha, self.alpha, **where)
        chains = []
        for _ in range(self.num_chains):
            names = [python_random.choice([*self._names, None]) for _ in range(self.chain_depth)]
            chains.append([(n, getattr(self, n)._draw(images, True)) for n in names if n])
        return shares / shares.sum(), kept, chains

    def _mix(self, values: torch.Tensor, drawn: Any, method: str) -> torch.Tensor:
        shares, kept, chains = drawn
        mixed = torch.zeros_like(values)
        for share, chain in zip(shares.to(values.dtype), chains, strict=True):
            changed = values
            for name, numbers in chain:
                changed = getattr(getattr(self, name), method)(changed, numbers, True)
            mixed = mixed + changed * share
        kept = kept.to(values.dtype)
        return kept * values + (1 - kept) * mixed

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        if drawn is None:
            return images
        mixed = self._mix(images, drawn, "_apply_to_images")
        return self._cast(mixed.clamp(self.value_range[0], self.value_range[1]))

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return masks if drawn is None else self._mix(self._cast(masks), drawn, "_apply_to_masks")
