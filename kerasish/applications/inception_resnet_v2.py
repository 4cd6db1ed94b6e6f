"""InceptionResNetV2 (Szegedy et al. 2017, https://arxiv.org/abs/1602.07261)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis, classifier
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.saving.registry import builtin

# A branch is a chain of convolutions: filters, kernel.
_Branch = tuple[tuple[int, Any], ...]

# By kind of block: branches, and the share of their sum that is added to the input.
_BLOCKS: dict[str, tuple[tuple[_Branch, ...], float]] = {
    "block35": ((((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))), 0.17),
    "block17": ((((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1)))), 0.1),
    "block8": ((((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1)))), 0.2),
}


@builtin("keras.src.applications.inception_resnet_v2")
class CustomScaleLayer(layers.Layer):
    """Adds a share of the second input to the first.

    Args:
        scale: The share.
        **kwargs: Arguments of every layer.
    """

    def __init__(self, scale: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        """Add."""
        return inputs[0] + inputs[1] * self.scale

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the first input's shape."""
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {**super().get_config(), "scale": self.scale}


def _convolved(
    x: KerasTensor,
    filters: int,
    kernel: Any,
    stride: int = 1,
    padding: str = "same",
    name: str | None = None,
) -> KerasTensor:
    x = layers.Conv2D(filters, kernel, strides=stride, padding=padding, use_bias=False, name=name)(
        x
    )
    norm, act = (name and f"{name}_{part}" for part in ("bn", "ac"))
    x = layers.BatchNormalization(axis=channels_axis(), scale=False, name=norm)(x)
    return layers.Activation("relu", name=act)(x)


def _chain(x: KerasTensor, branch: _Branch) -> KerasTensor:
    for filters, kernel in branch:
        x = _convolved(x, filters, kernel)
    return x


def _halved(x: KerasTensor, branches: tuple[_Branch, ...], name: str) -> KerasTensor:
    """Branches beside a maximum, of half the image's size; the last of each branch halves."""
    parts = []
    for *chain, (filters, kernel) in branches:
        parts.append(_convolved(_chain(x, tuple(chain)), filters, kernel, 2, "valid"))
    parts.append(layers.MaxPooling2D(3, strides=2, padding="valid")(x))
    return layers.Concatenate(axis=channels_axis(), name=name)(parts)


def _block(x: KerasTensor, kind: str, index: int, last: bool = False) -> KerasTensor:
    branches, scale = _BLOCKS[kind]
    name = f"{kind}_{index}"
    parts = [_chain(x, branch) for branch in branches]
    mixed = layers.Concatenate(axis=channels_axis(), name=f"{name}_mixed")(parts)
    channels = x.shape[channels_axis()]
    assert channels is not None
    added = layers.Conv2D(channels, 1, padding="same", name=f"{name}_conv")(mixed)
    x = CustomScaleLayer(1.0 if last else scale)([x, added])
    return x if last else layers.Activation("relu", name=f"{name}_ac")(x)


def _stem(x: KerasTensor) -> KerasTensor:
    x = _convolved(x, 32, 3, 2, "valid")
    x = _convolved(x, 32, 3, 1, "valid")
    x = layers.MaxPooling2D(3, strides=2)(_convolved(x, 64, 3))
    x = _convolved(x, 80, 1, 1, "valid")
    x = layers.MaxPooling2D(3, strides=2)(_convolved(x, 192, 3, 1, "valid"))
    branches: tuple[_Branch, ...] = (
        ((96, 1),),
        ((48, 1), (64, 5)),
        ((64, 1), (96, 3), (96, 3)),
    )
    parts = [_chain(x, branch) for branch in branches]
    pooled = layers.AveragePooling2D(3, strides=1, padding="same")(x)
    parts.append(_convolved(pooled, 64, 1))
    return layers.Concatenate(axis=channels_axis(), name="mixed_5b")(parts)


def _body(x: KerasTensor, frame: Frame) -> KerasTensor:
    x = _stem(x)
    for index in range(1, 11):
        x = _block(x, "block35", index)
    x = _halved(x, (((384, 3),), ((256, 1), (256, 3), (384, 3))), "mixed_6a")
    for index in range(1, 21):
        x = _block(x, "block17", index)
    halving: tuple[_Branch, ...] = (
        ((256, 1), (384, 3)),
        ((256, 1), (288, 3)),
        ((256, 1), (288, 3), (320, 3)),
    )
    x = _halved(x, halving, "mixed_7a")
    for index in range(1, 11):
        x = _block(x, "block8", index, last=index == 10)
    return frame.end(_convolved(x, 1536, 1, name="conv_7b"), named=False)


_FILE = "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels"
InceptionResNetV2 = classifier(
    "InceptionResNetV2",
    "inception_resnet_v2",
    _body,
    "tensorflow/keras-applications/inception_resnet_v2",
    (f"{_FILE}.h5", f"{_FILE}_notop.h5"),
    size=299,
    least=75,
    about="InceptionResNetV2: branches with shortcuts (Szegedy et al. 2017).",
)
preprocess_input = preprocessor("tf")

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]
