"""EfficientNet (Tan and Le 2019, https://arxiv.org/abs/1905.11946)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis, classifier, divisible, even_padding
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.mobile_blocks import DRAWN, DRAWN_DENSE, weighed
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

# Kernel, repetitions, filters before and after, expansion, stride.
_STAGES = (
    (3, 1, 32, 16, 1, 1),
    (3, 2, 16, 24, 6, 2),
    (5, 2, 24, 40, 6, 2),
    (3, 3, 40, 80, 6, 2),
    (5, 3, 80, 112, 6, 1),
    (5, 4, 112, 192, 6, 2),
    (3, 1, 192, 320, 6, 1),
)
_DEVIATIONS = (0.229, 0.224, 0.225)
_DROPPED_BLOCKS = 0.2


def _activated(x: KerasTensor, norm: str, activation: str) -> KerasTensor:
    x = layers.BatchNormalization(axis=channels_axis(), name=norm)(x)
    return layers.Activation("swish", name=activation)(x)


def _block(
    x: KerasTensor,
    name: str,
    kernel: int,
    before: int,
    after: int,
    expansion: int,
    stride: int,
    dropped: float,
) -> KerasTensor:
    start, filters = x, before * expansion
    if expansion != 1:
        x = layers.Conv2D(
            filters,
            1,
            padding="same",
            use_bias=False,
            kernel_initializer=DRAWN,
            name=f"{name}expand_conv",
        )(x)
        x = _activated(x, f"{name}expand_bn", f"{name}expand_activation")
    if stride == 2:
        x = layers.ZeroPadding2D(even_padding(x, kernel), name=f"{name}dwconv_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel,
        strides=stride,
        padding="valid" if stride == 2 else "same",
        use_bias=False,
        depthwise_initializer=DRAWN,
        name=f"{name}dwconv",
    )(x)
    x = _activated(x, f"{name}bn", f"{name}activation")
    x = weighed(x, filters, max(1, int(before * 0.25)), name)
    x = layers.Conv2D(
        after,
        1,
        padding="same",
        use_bias=False,
        kernel_initializer=DRAWN,
        name=f"{name}project_conv",
    )(x)
    x = layers.BatchNormalization(axis=channels_axis(), name=f"{name}project_bn")(x)
    if stride == 1 and before == after:
        if dropped > 0:
            x = layers.Dropout(dropped, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = layers.add([x, start], name=f"{name}add")
    return x


def _body(
    width: float, depth: float, dropout: float
) -> Callable[[KerasTensor, Frame], KerasTensor]:
    def body(x: KerasTensor, frame: Frame) -> KerasTensor:
        x = layers.Rescaling(1 / 255)(x)
        x = layers.Normalization(axis=channels_axis())(x)
        if frame.weights == "imagenet":
            # Keras's weights expect this: they were trained on pixels that were divided twice.
            x = layers.Rescaling([1 / math.sqrt(one) for one in _DEVIATIONS])(x)
        x = layers.ZeroPadding2D(even_padding(x, 3), name="stem_conv_pad")(x)
        x = layers.Conv2D(
            divisible(32 * width),
            3,
            strides=2,
            padding="valid",
            use_bias=False,
            kernel_initializer=DRAWN,
            name="stem_conv",
        )(x)
        x = _activated(x, "stem_bn", "stem_activation")
        counts = [math.ceil(depth * stage[1]) for stage in _STAGES]
        done = 0
        for number, (kernel, _, first, after, expansion, stride) in enumerate(_STAGES, 1):
            before, after = divisible(first * width), divisible(after * width)
            for index in range(counts[number - 1]):
                x = _block(
                    x,
                    f"block{number}{chr(97 + index)}_",
                    kernel,
                    after if index else before,
                    after,
                    expansion,
                    1 if index else stride,
                    _DROPPED_BLOCKS * done / sum(counts),
                )
                done += 1
        x = layers.Conv2D(
            divisible(1280 * width),
            1,
            padding="same",
            use_bias=False,
            kernel_initializer=DRAWN,
            name="top_conv",
        )(x)
        x = _activated(x, "top_bn", "top_activation")
        return frame.end(x, dropout=dropout, kernel_initializer=DRAWN_DENSE)

    return body


def _efficientnet(number: int, width: float, depth: float, size: int, dropout: float) -> Any:
    public = f"EfficientNetB{number}"
    return classifier(
        public,
        public.lower(),
        _body(width, depth, dropout),
        "keras-applications",
        (f"{public.lower()}.h5", f"{public.lower()}_notop.h5"),
        size=size,
        about=f"{public}: width {width} and depth {depth} of EfficientNetB0 (Tan & Le 2019).",
    )


EfficientNetB0 = _efficientnet(0, 1.0, 1.0, 224, 0.2)
EfficientNetB1 = _efficientnet(1, 1.0, 1.1, 240, 0.2)
EfficientNetB2 = _efficientnet(2, 1.1, 1.2, 260, 0.3)
EfficientNetB3 = _efficientnet(3, 1.2, 1.4, 300, 0.3)
EfficientNetB4 = _efficientnet(4, 1.4, 1.8, 380, 0.4)
EfficientNetB5 = _efficientnet(5, 1.6, 2.2, 456, 0.4)
EfficientNetB6 = _efficientnet(6, 1.8, 2.6, 528, 0.5)
EfficientNetB7 = _efficientnet(7, 2.0, 3.1, 600, 0.5)
preprocess_input = preprocessor(None)

__all__ = [
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "decode_predictions",
    "preprocess_input",
]
