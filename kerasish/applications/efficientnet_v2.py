"""EfficientNetV2 (Tan and Le 2021, https://arxiv.org/abs/2104.00298)."""

from __future__ import annotations

import math
from typing import Any

from kerasish import initializers, layers
from kerasish.applications.frame import Frame, channels_axis
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.mobile_blocks import DRAWN, DRAWN_DENSE, weighed
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

_FOLDER = "tensorflow/keras-applications/efficientnet_v2"
_DROPPED_BLOCKS = 0.2
# Repetitions, filters before and after, expansion, stride, share of channels that weigh; a share
# of 0 stands for a block whose first two convolutions are fused.
_Stage = tuple[int, int, int, int, int, float]
_B: tuple[_Stage, ...] = (
    (1, 32, 16, 1, 1, 0),
    (2, 16, 32, 4, 2, 0),
    (2, 32, 48, 4, 2, 0),
    (3, 48, 96, 4, 2, 0.25),
    (5, 96, 112, 6, 1, 0.25),
    (8, 112, 192, 6, 2, 0.25),
)
_S: tuple[_Stage, ...] = (
    (2, 24, 24, 1, 1, 0),
    (4, 24, 48, 4, 2, 0),
    (4, 48, 64, 4, 2, 0),
    (6, 64, 128, 4, 2, 0.25),
    (9, 128, 160, 6, 1, 0.25),
    (15, 160, 256, 6, 2, 0.25),
)
_M: tuple[_Stage, ...] = (
    (3, 24, 24, 1, 1, 0),
    (5, 24, 48, 4, 2, 0),
    (5, 48, 80, 4, 2, 0),
    (7, 80, 160, 4, 2, 0.25),
    (14, 160, 176, 6, 1, 0.25),
    (18, 176, 304, 6, 2, 0.25),
    (5, 304, 512, 6, 1, 0.25),
)
_L: tuple[_Stage, ...] = (
    (4, 32, 32, 1, 1, 0),
    (7, 32, 64, 4, 2, 0),
    (7, 64, 96, 4, 2, 0),
    (10, 96, 192, 4, 2, 0.25),
    (19, 192, 224, 6, 1, 0.25),
    (25, 224, 384, 6, 2, 0.25),
    (7, 384, 640, 6, 1, 0.25),
)


def _rounded(filters: float) -> int:
    """Return the multiple of 8 that is nearest."""
    return max(8, int(filters + 4) // 8 * 8)


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return layers.BatchNormalization(axis=channels_axis(), momentum=0.9, name=name)(x)


def _convolved(
    x: KerasTensor, filters: int, kernel: int, name: str, norm: str, stride: int = 1
) -> KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        kernel_initializer=DRAWN,
        padding="same",
        use_bias=False,
        name=name,
    )(x)
    return _norm(x, norm)


def _activated(x: KerasTensor, name: str) -> KerasTensor:
    return layers.Activation("swish", name=name)(x)


def _block(
    x: KerasTensor,
    name: str,
    before: int,
    after: int,
    expansion: int,
    stride: int,
    share: float,
    dropped: float,
) -> KerasTensor:
    start, filters, fused = x, before * expansion, share == 0
    if expansion != 1:
        kernel, step = (3, stride) if fused else (1, 1)
        x = _convolved(x, filters, kernel, f"{name}expand_conv", f"{name}expand_bn", step)
        x = _activated(x, f"{name}expand_activation")
    if not fused:
        x = layers.DepthwiseConv2D(
            3,
            strides=stride,
            depthwise_initializer=DRAWN,
            padding="same",
            use_bias=False,
            name=f"{name}dwconv2",
        )(x)
        x = _activated(_norm(x, f"{name}bn"), f"{name}activation")
        x = weighed(x, filters, max(1, int(before * share)), name)
    kernel, step = (3, stride) if fused and expansion == 1 else (1, 1)
    x = _convolved(x, after, kernel, f"{name}project_conv", f"{name}project_bn", step)
    if fused and expansion == 1:
        x = _activated(x, f"{name}project_activation")
    if stride == 1 and before == after:
        if dropped:
            x = layers.Dropout(dropped, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = layers.add([x, start], name=f"{name}add")
    return x


def _prepared(x: KerasTensor, frame: Frame, standardized: bool) -> KerasTensor:
    """Scale the pixels within the model."""
    if standardized and frame.input_shape[channels_axis() - 1] == 3:
        x = layers.Rescaling(1 / 255)(x)
        return layers.Normalization(
            mean=[0.485, 0.456, 0.406],
            variance=[0.229**2, 0.224**2, 0.225**2],
            axis=channels_axis(),
        )(x)
    return layers.Rescaling(1 / 128.0, offset=-1)(x)


def _body(
    x: KerasTensor, frame: Frame, stages: tuple[_Stage, ...], width: float, depth: float
) -> KerasTensor:
    x = _convolved(x, _rounded(stages[0][1] * width), 3, "stem_conv", "stem_bn", 2)
    x = _activated(x, "stem_activation")
    # Keras counts the blocks before they are multiplied.
    count, done = float(sum(stage[0] for stage in stages)), 0
    for number, (repeats, first, last, expansion, stride, share) in enumerate(stages, 1):
        before, after = _rounded(first * width), _rounded(last * width)
        for index in range(math.ceil(depth * repeats)):
            x = _block(
                x,
                f"block{number}{chr(97 + index)}_",
                after if index else before,
                after,
                expansion,
                1 if index else stride,
                share,
                _DROPPED_BLOCKS * done / count,
            )
            done += 1
    x = _activated(_convolved(x, _rounded(1280 * width), 1, "top_conv", "top_bn"), "top_activation")
    return frame.end(
        x,
        dropout=0.2,
        kernel_initializer=DRAWN_DENSE,
        bias_initializer=initializers.Constant(0.0),
    )


def _architecture(
    kind: str, stages: tuple[_Stage, ...], size: int, width: float = 1.0, depth: float = 1.0
) -> Any:
    public, key = f"EfficientNetV2{kind}", f"efficientnetv2-{kind.lower()}"

    def make(
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
        name: str | None = key,
    ) -> Any:
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
            image = frame.start(size)
            x = _prepared(image, frame, kind[0] == "B") if include_preprocessing else image
            x = _body(x, frame, stages, width, depth)
        return frame.model(image, x, _FOLDER, f"{key}{'' if include_top else '_notop'}.h5")

    make.__name__ = make.__qualname__ = public
    make.__doc__ = f"""{public}: EfficientNet with fused blocks (Tan & Le 2021).

    Args:
        include_top: Whether the classifier is part of the model; see
            `kerasish.applications.frame.Frame`, also for what is not named here.
        weights: None, `"imagenet"` or a path.
        input_tensor: Symbol to use as the image.
        input_shape: Shape of the image.
        pooling: `"avg"`, `"max"` or None, without the classifier.
        classes: Number of classes.
        classifier_activation: Activation of the classifier.
        include_preprocessing: Whether the model takes pixels from 0 to 255.
        name: Name of the model.
    """
    return make


EfficientNetV2B0 = _architecture("B0", _B, 224)
EfficientNetV2B1 = _architecture("B1", _B, 240, 1.0, 1.1)
EfficientNetV2B2 = _architecture("B2", _B, 260, 1.1, 1.2)
EfficientNetV2B3 = _architecture("B3", _B, 300, 1.2, 1.4)
EfficientNetV2S = _architecture("S", _S, 384)
EfficientNetV2M = _architecture("M", _M, 480)
EfficientNetV2L = _architecture("L", _L, 480)
preprocess_input = preprocessor(None)

__all__ = [
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "EfficientNetV2B2",
    "EfficientNetV2B3",
    "EfficientNetV2L",
    "EfficientNetV2M",
    "EfficientNetV2S",
    "decode_predictions",
    "preprocess_input",
]
