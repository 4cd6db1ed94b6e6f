"""DenseNet (Huang et al. 2017, https://arxiv.org/abs/1608.06993)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import config, layers
from kerasish.applications.frame import Frame, classifier
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

_GROWTH = 32


def _activated(x: KerasTensor, norm: str, relu: str) -> KerasTensor:
    x = layers.BatchNormalization(axis=3, epsilon=1.001e-5, name=norm)(x)
    return layers.Activation("relu", name=relu)(x)


def _grown(x: KerasTensor, name: str) -> KerasTensor:
    """Add features that are computed from all before."""
    new = _activated(x, f"{name}_0_bn", f"{name}_0_relu")
    new = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(new)
    new = _activated(new, f"{name}_1_bn", f"{name}_1_relu")
    new = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return layers.Concatenate(axis=3, name=f"{name}_concat")([x, new])


def _halved(x: KerasTensor, name: str) -> KerasTensor:
    """Halve the features and the image."""
    x = _activated(x, f"{name}_bn", f"{name}_relu")
    channels = x.shape[3]
    assert channels is not None
    x = layers.Conv2D(channels // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _body(depths: tuple[int, ...]) -> Callable[[KerasTensor, Frame], KerasTensor]:
    def body(x: KerasTensor, frame: Frame) -> KerasTensor:
        if config.image_data_format() == "channels_first":
            raise ValueError(
                "DenseNet takes images with the channels last; see "
                "kerasish.config.set_image_data_format. Received: image_data_format() == "
                "'channels_first'"
            )
        x = layers.ZeroPadding2D(((3, 3), (3, 3)))(x)
        x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
        x = _activated(x, "conv1_bn", "conv1_relu")
        x = layers.ZeroPadding2D(((1, 1), (1, 1)))(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
        for stage, depth in enumerate(depths, 2):
            for index in range(1, depth + 1):
                x = _grown(x, f"conv{stage}_block{index}")
            if stage < len(depths) + 1:
                x = _halved(x, f"pool{stage}")
        return frame.end(_activated(x, "bn", "relu"))

    return body


def _densenet(depths: tuple[int, ...]) -> Any:
    public = f"DenseNet{2 * sum(depths) + 5}"
    stem = f"{public.lower()}_weights_tf_dim_ordering_tf_kernels"
    return classifier(
        public,
        public.lower(),
        _body(depths),
        "tensorflow/keras-applications/densenet",
        (f"{stem}.h5", f"{stem}_notop.h5"),
        about=f"{public}: each layer sees the features of all before (Huang et al. 2017).",
    )


DenseNet121 = _densenet((6, 12, 24, 16))
DenseNet169 = _densenet((6, 12, 32, 32))
DenseNet201 = _densenet((6, 12, 48, 32))

preprocess_input = preprocessor("torch")

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]
