"""Xception (Chollet 2017, https://arxiv.org/abs/1610.02357)."""

from __future__ import annotations

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis, classifier
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor


def _norm(x: KerasTensor, name: str | None = None) -> KerasTensor:
    return layers.BatchNormalization(axis=channels_axis(-1), name=name)(x)


def _relu(x: KerasTensor, name: str) -> KerasTensor:
    return layers.Activation("relu", name=f"{name}_act")(x)


def _separable(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return _norm(x, f"{name}_bn")


def _halved(x: KerasTensor, block: int, inner: int, filters: int) -> KerasTensor:
    """Two separable convolutions and a pooling beside a shortcut of stride 2."""
    shortcut = layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = _norm(shortcut)
    name = f"block{block}_sepconv"
    if block > 2:
        x = _relu(x, f"{name}1")
    x = _separable(x, inner, f"{name}1")
    x = _separable(_relu(x, f"{name}2"), filters, f"{name}2")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return layers.add([x, shortcut])


def _body(x: KerasTensor, frame: Frame) -> KerasTensor:
    for index, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{index}"
        x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=name)(x)
        x = _relu(_norm(x, f"{name}_bn"), name)
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _halved(x, block, filters, filters)
    for block in range(5, 13):
        shortcut = x
        for index in (1, 2, 3):
            name = f"block{block}_sepconv{index}"
            x = _separable(_relu(x, name), 728, name)
        x = layers.add([x, shortcut])
    x = _halved(x, 13, 728, 1024)
    for index, filters in ((1, 1536), (2, 2048)):
        name = f"block14_sepconv{index}"
        x = _relu(_separable(x, filters, name), name)
    return frame.end(x, named=False)


_STEM = "xception_weights_tf_dim_ordering_tf_kernels"
Xception = classifier(
    "Xception",
    "xception",
    _body,
    "tensorflow/keras-applications/xception",
    (f"{_STEM}.h5", f"{_STEM}_notop.h5"),
    size=299,
    least=71,
    about="Xception: separable convolutions with shortcuts (Chollet 2017).",
)
preprocess_input = preprocessor("tf")

__all__ = ["Xception", "decode_predictions", "preprocess_input"]
