"""MobileNet (Howard et al. 2017, https://arxiv.org/abs/1704.04861)."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.mobile_sizes import default_rows, rows_of, rows_of_weights
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

_SIZES = (128, 160, 192, 224)
_FOLDER = "tensorflow/keras-applications/mobilenet"
# Filters and stride of the blocks.
_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *(((512, 1),) * 5),
    (1024, 2),
    (1024, 1),
)


def MobileNet(
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Any:
    """MobileNet: a depthwise and a pointwise convolution in each block (Howard et al. 2017).

    Args:
        input_shape: Shape of the image; see `kerasish.applications.frame.Frame`, also for what is
            not named here.
        alpha: Factor of the numbers of filters.
        depth_multiplier: Outputs of a depthwise convolution for each channel.
        dropout: Share of features to drop before the classifier.
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
    image = frame.start(default_rows(input_shape, _SIZES))
    rows = rows_of(frame.input_shape)
    if weights == "imagenet":
        if depth_multiplier != 1 or alpha not in (0.25, 0.5, 0.75, 1.0):
            raise ValueError(
                "ImageNet's weights of MobileNet have depth_multiplier=1 and an alpha of 0.25, "
                f"0.5, 0.75 or 1.0. Received: depth_multiplier={depth_multiplier}, alpha={alpha}"
            )
        rows = rows_of_weights(frame.input_shape, _SIZES)
    if name is None:
        frame.name = f"mobilenet_{alpha:0.2f}_{rows}"
    with frame.building():
        x = layers.Conv2D(
            int(32 * alpha), 3, padding="same", use_bias=False, strides=2, name="conv1"
        )(image)
        x = _activated(x, "conv1")
        for index, (filters, stride) in enumerate(_BLOCKS, 1):
            x = _block(x, int(filters * alpha), depth_multiplier, stride, index)
        if include_top:
            x = layers.GlobalAveragePooling2D(keepdims=True)(x)
            x = layers.Dropout(dropout, name="dropout")(x)
            x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
            x = layers.Reshape((classes,), name="reshape_2")(x)
            x = layers.Activation(classifier_activation, name="predictions")(x)
        else:
            x = frame.pool(x, named=False)
    share = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0"}.get(alpha, "2_5")
    return frame.model(
        image, x, _FOLDER, f"mobilenet_{share}_{rows}_tf{'' if include_top else '_no_top'}.h5"
    )


def _activated(x: KerasTensor, name: str) -> KerasTensor:
    x = layers.BatchNormalization(axis=channels_axis(-1), name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def _block(x: KerasTensor, filters: int, depth: int, stride: int, index: int) -> KerasTensor:
    if stride > 1:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{index}")(x)
    x = layers.DepthwiseConv2D(
        3,
        padding="same" if stride == 1 else "valid",
        depth_multiplier=depth,
        strides=stride,
        use_bias=False,
        name=f"conv_dw_{index}",
    )(x)
    x = _activated(x, f"conv_dw_{index}")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{index}")(x)
    return _activated(x, f"conv_pw_{index}")


preprocess_input = preprocessor("tf")

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]
