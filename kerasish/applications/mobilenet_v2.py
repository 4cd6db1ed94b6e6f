"""MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381)."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis, divisible, even_padding
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.mobile_sizes import default_rows, rows_of, rows_of_weights
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

_SIZES = (96, 128, 160, 192, 224)
_FOLDER = "tensorflow/keras-applications/mobilenet_v2"
# Filters, stride of the first block, number of blocks.
_STAGES = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))


def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Any:
    """MobileNetV2: bottlenecks that are wide inside (Sandler et al. 2018).

    Args:
        input_shape: Shape of the image; see `kerasish.applications.frame.Frame`, also for what is
            not named here.
        alpha: Factor of the numbers of filters.
        include_top: Whether the classifier is part of the model.
        weights: None, `"imagenet"` or a path.
        input_tensor: Symbol to use as the image.
        pooling: `"avg"`, `"max"` or None, without the classifier.
        classes: Number of classes.
        classifier_activation: Activation of the classifier.
        name: Name of the model.

    Raises:
        ValueError: If an argument has a value it can't have.
    """
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
    shown = input_tensor.shape[1:] if input_shape is None and input_tensor is not None else None
    image = frame.start(default_rows(input_shape or shown, _SIZES))
    rows = rows_of(frame.input_shape)
    if weights == "imagenet":
        if alpha not in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4):
            raise ValueError(
                "ImageNet's weights of MobileNetV2 have an alpha of 0.35, 0.5, 0.75, 1.0, 1.3 or "
                f"1.4. Received: alpha={alpha}"
            )
        rows = rows_of_weights(frame.input_shape, _SIZES)
    if name is None:
        frame.name = f"mobilenetv2_{alpha:0.2f}_{rows}"
    with frame.building():
        x = layers.Conv2D(
            divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1"
        )(image)
        x = layers.ReLU(6.0, name="Conv1_relu")(_norm(x, "bn_Conv1"))
        index = 0
        for filters, stride, count in _STAGES:
            for number in range(count):
                x = _block(x, divisible(int(filters * alpha)), stride if number == 0 else 1, index)
                index += 1
        last = divisible(1280 * alpha) if alpha > 1 else 1280
        x = layers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
        x = layers.ReLU(6.0, name="out_relu")(_norm(x, "Conv_1_bn"))
        x = frame.end(x, named=False, pooled=None)
    stem = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}"
    return frame.model(image, x, _FOLDER, f"{stem}{'' if include_top else '_no_top'}.h5")


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return layers.BatchNormalization(
        axis=channels_axis(-1), epsilon=1e-3, momentum=0.999, name=name
    )(x)


def _block(x: KerasTensor, filters: int, stride: int, index: int) -> KerasTensor:
    start, channels = x, x.shape[channels_axis(-1)]
    assert channels is not None
    prefix = f"block_{index}_" if index else "expanded_conv_"
    if index:
        x = layers.Conv2D(6 * channels, 1, padding="same", use_bias=False, name=f"{prefix}expand")(
            x
        )
        x = layers.ReLU(6.0, name=f"{prefix}expand_relu")(_norm(x, f"{prefix}expand_BN"))
    if stride == 2:
        x = layers.ZeroPadding2D(even_padding(x, 3), name=f"{prefix}pad")(x)
    x = layers.DepthwiseConv2D(
        3,
        strides=stride,
        use_bias=False,
        padding="same" if stride == 1 else "valid",
        name=f"{prefix}depthwise",
    )(x)
    x = layers.ReLU(6.0, name=f"{prefix}depthwise_relu")(_norm(x, f"{prefix}depthwise_BN"))
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _norm(x, f"{prefix}project_BN")
    if channels == filters and stride == 1:
        return layers.Add(name=f"{prefix}add")([start, x])
    return x


preprocess_input = preprocessor("tf")

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]
