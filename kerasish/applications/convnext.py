"""ConvNeXt (Liu et al. 2022, https://arxiv.org/abs/2201.03545)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config, initializers, layers, random
from kerasish.applications.frame import Frame
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.models import Sequential
from kerasish.saving.registry import builtin

_FOLDER = "tensorflow/keras-applications/convnext"
_MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255]
_VARIANCE = [(0.229 * 255) ** 2, (0.224 * 255) ** 2, (0.225 * 255) ** 2]


@builtin("keras.src.applications.convnext")
class StochasticDepth(layers.Layer):
    """Drops whole samples in training (Huang et al. 2016).

    Args:
        drop_path_rate: Share of the samples to drop.
        **kwargs: Arguments of every layer.
    """

    def __init__(self, drop_path_rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.drop_path_rate = drop_path_rate

    def call(self, x: torch.Tensor, training: bool | None = None) -> torch.Tensor:
        """Drop, in training."""
        if not training:
            return x
        kept = 1 - self.drop_path_rate
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        drawn = random.uniform(shape, 0, 1, dtype=self.compute_dtype).to(x.device)
        return x / kept * torch.floor(kept + drawn)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {**super().get_config(), "drop_path_rate": self.drop_path_rate}


@builtin("keras.src.applications.convnext")
class LayerScale(layers.Layer):
    """Multiplies each channel by a learned number (Touvron et al. 2021).

    Args:
        init_values: The numbers at first.
        projection_dim: Number of channels.
        **kwargs: Arguments of every layer.
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape: Any) -> None:
        """Make the numbers."""
        self.gamma = self.add_weight(
            (self.projection_dim,), initializers.Constant(self.init_values)
        )

    def call(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply."""
        return x * self.gamma

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            **super().get_config(),
            "init_values": self.init_values,
            "projection_dim": self.projection_dim,
        }


def _norm(name: str | None = None) -> Any:
    return layers.LayerNormalization(epsilon=1e-6, name=name)


def _block(x: Any, filters: int, name: str) -> Any:
    start = x
    x = layers.Conv2D(filters, 7, padding="same", groups=filters, name=f"{name}_depthwise_conv")(x)
    x = _norm(f"{name}_layernorm")(x)
    x = layers.Dense(4 * filters, name=f"{name}_pointwise_conv_1")(x)
    x = layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = layers.Dense(filters, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(1e-6, filters, name=f"{name}_layer_scale")(x)
    return start + layers.Activation("linear", name=f"{name}_identity")(x)


def _body(x: Any, frame: Frame, depths: tuple[int, ...], filters: tuple[int, ...]) -> Any:
    name = frame.name
    first = layers.Conv2D(filters[0], 4, strides=4, name=f"{name}_stem_conv")
    halvings = [Sequential([first, _norm(f"{name}_stem_layernorm")], name=f"{name}_stem")]
    for index, count in enumerate(filters[1:]):
        norm = _norm(f"{name}_downsampling_layernorm_{index}")
        half = layers.Conv2D(count, 2, strides=2, name=f"{name}_downsampling_conv_{index}")
        halvings.append(Sequential([norm, half], name=f"{name}_downsampling_block_{index}"))
    for stage, (depth, count) in enumerate(zip(depths, filters, strict=True)):
        x = halvings[stage](x)
        for index in range(depth):
            x = _block(x, count, f"{name}_stage_{stage}_block_{index}")
    if not frame.include_top:
        return _norm()(frame.pool(x, named=False))
    x = layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
    x = _norm(f"{name}_head_layernorm")(x)
    return layers.Dense(
        frame.classes, activation=frame.classifier_activation, name=f"{name}_head_dense"
    )(x)


def _architecture(public: str, depth: int, width: int) -> Any:
    key = f"convnext_{public.removeprefix('ConvNeXt').lower()}"
    depths, filters = (3, 3, depth, 3), tuple(width << stage for stage in range(4))

    def make(
        include_top: bool = True,
        include_preprocessing: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        name: str | None = key,
    ) -> Any:
        if config.image_data_format() == "channels_first":
            raise ValueError(
                "ConvNeXt takes images with the channels last; see "
                "kerasish.config.set_image_data_format. Received: image_data_format() == "
                "'channels_first'"
            )
        frame = Frame(
            include_top,
            weights,
            input_tensor,
            input_shape,
            pooling,
            classes,
            classifier_activation,
            name,
        )
        with frame.building():
            image = x = frame.start(224)
            if include_preprocessing and frame.input_shape[-1] == 3:
                x = layers.Normalization(
                    mean=_MEAN, variance=_VARIANCE, name=f"{name}_prestem_normalization"
                )(x)
            x = _body(x, frame, depths, filters)
        return frame.model(image, x, _FOLDER, f"{key}{'' if include_top else '_notop'}.h5")

    make.__name__ = make.__qualname__ = public
    make.__doc__ = f"""{public}: a convolutional network in the manner of transformers (Liu 2022).

    Args:
        include_top: Whether the classifier is part of the model; see
            `kerasish.applications.frame.Frame`, also for what is not named here.
        include_preprocessing: Whether the model takes pixels from 0 to 255.
        weights: None, `"imagenet"` or a path.
        input_tensor: Symbol to use as the image.
        input_shape: Shape of the image.
        pooling: `"avg"`, `"max"` or None, without the classifier.
        classes: Number of classes.
        classifier_activation: Activation of the classifier.
        name: Name of the model; those of its layers begin with it.

    Raises:
        ValueError: If an argument has a value it can't have, or images have channels first.
    """
    return make


ConvNeXtTiny = _architecture("ConvNeXtTiny", 9, 96)
ConvNeXtSmall = _architecture("ConvNeXtSmall", 27, 96)
ConvNeXtBase = _architecture("ConvNeXtBase", 27, 128)
ConvNeXtLarge = _architecture("ConvNeXtLarge", 27, 192)
ConvNeXtXLarge = _architecture("ConvNeXtXLarge", 27, 256)
preprocess_input = preprocessor(None)

__all__ = [
    "ConvNeXtBase",
    "ConvNeXtLarge",
    "ConvNeXtSmall",
    "ConvNeXtTiny",
    "ConvNeXtXLarge",
    "decode_predictions",
    "preprocess_input",
]
