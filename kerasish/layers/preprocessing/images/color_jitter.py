"""`RandomColorJitter`: brightness, contrast, saturation and hue at random."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.preprocessing.images.brightness import RandomBrightness, RandomContrast
from kerasish.layers.preprocessing.images.colors import RandomHue, RandomSaturation
from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class RandomColorJitter(RandomImageLayer):
    """Changes brightness, contrast, saturation and hue of each image, in training.

    Args:
        value_range: The least and the largest value of images.
        brightness_factor: As for `RandomBrightness`; None for none.
        contrast_factor: As for `RandomContrast`; None for none.
        saturation_factor: As for `RandomSaturation`; None for none.
        hue_factor: As for `RandomHue`; None for none.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.
    """

    arguments = (
        "value_range",
        "brightness_factor",
        "contrast_factor",
        "saturation_factor",
        "hue_factor",
        "seed",
    )

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self._read_arguments(locals())
        self.value_range = self._value_range(value_range)
        classes = {
            "brightness": RandomBrightness,
            "contrast": RandomContrast,
            "saturation": RandomSaturation,
            "hue": RandomHue,
        }
        steps = []
        for name, cls in classes.items():
            factor = getattr(self, f"{name}_factor")
            if factor is not None:
                step = cls(
                    factor,
                    value_range=value_range,
                    seed=seed,
                    data_format=self.data_format,
                    dtype=self.compute_dtype,
                )
                step.generator = self.generator
                setattr(self, f"random_{name}", step)
                steps.append(f"random_{name}")
        self._steps = tuple(steps)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        images = self._cast(images)
        for name in self._steps:
            step = getattr(self, name)
            images = step._apply_to_images(images, step._draw(images, True), True)
        return self._cast(images)
