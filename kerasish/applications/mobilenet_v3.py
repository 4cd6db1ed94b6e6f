"""MobileNetV3 (Howard et al. 2019, https://arxiv.org/abs/1905.02244)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import config, layers
from kerasish.applications.frame import Frame, channels_axis, divisible, even_padding
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.mobile_sizes import rows_of_weights
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

_FOLDER = "tensorflow/keras-applications/mobilenet_v3"
# Expansion, filters, whether the kernel is the large one, stride, whether channels are weighed,
# whether the activation is the hard swish.
_Block = tuple[float, int, bool, int, bool, bool]
_SMALL: tuple[_Block, ...] = (
    (1, 16, False, 2, True, False),
    (72 / 16, 24, False, 2, False, False),
    (88 / 24, 24, False, 1, False, False),
    (4, 40, True, 2, True, True),
    (6, 40, True, 1, True, True),
    (6, 40, True, 1, True, True),
    (3, 48, True, 1, True, True),
    (3, 48, True, 1, True, True),
    (6, 96, True, 2, True, True),
    (6, 96, True, 1, True, True),
    (6, 96, True, 1, True, True),
)
_LARGE: tuple[_Block, ...] = (
    (1, 16, False, 1, False, False),
    (4, 24, False, 2, False, False),
    (3, 24, False, 1, False, False),
    (3, 40, True, 2, True, False),
    (3, 40, True, 1, True, False),
    (3, 40, True, 1, True, False),
    (6, 80, False, 2, False, True),
    (2.5, 80, False, 1, False, True),
    (2.3, 80, False, 1, False, True),
    (2.3, 80, False, 1, False, True),
    (6, 112, False, 1, True, True),
    (6, 112, False, 1, True, True),
    (6, 160, True, 2, True, True),
    (6, 160, True, 1, True, True),
    (6, 160, True, 1, True, True),
)


def _architecture(public: str, kind: str, blocks: tuple[_Block, ...], last: int) -> Any:
    def make(
        input_shape: Any = None,
        alpha: float = 1.0,
        minimalistic: bool = False,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        classes: int = 1000,
        pooling: str | None = None,
        dropout_rate: float = 0.2,
        classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
        name: str | None = public,
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
        image = _start(frame)
        if weights == "imagenet":
            if alpha != 1.0 and (minimalistic or alpha != 0.75):
                raise ValueError(
                    "ImageNet's weights of MobileNetV3 have an alpha of 0.75 or 1.0, minimalistic "
                    f"ones of 1.0. Received: alpha={alpha}, minimalistic={minimalistic}"
                )
            rows_of_weights(frame.input_shape, (224,))
        with frame.building():
            x = layers.Rescaling(1 / 127.5, -1.0)(image) if include_preprocessing else image
            act = _relu if minimalistic else _hard_swish
            x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
            x = act(_norm(x, "conv_bn"))
            for index, (expansion, filters, wide, stride, weighs, hard) in enumerate(blocks):
                x = _block(
                    x,
                    expansion,
                    divisible(filters * alpha),
                    5 if wide and not minimalistic else 3,
                    stride,
                    weighs and not minimalistic,
                    act if hard else _relu,
                    index,
                )
            channels = x.shape[channels_axis(-1)]
            assert channels is not None
            x = layers.Conv2D(
                divisible(6 * channels), 1, padding="same", use_bias=False, name="conv_1"
            )(x)
            x = act(_norm(x, "conv_1_bn"))
            if include_top:
                width = divisible(last * alpha) if alpha > 1 else last
                x = _head(frame, x, width, act, dropout_rate)
            else:
                x = frame.pool(x)
        stem = f"weights_mobilenet_v3_{kind}{'_minimalistic' * minimalistic}_224_{alpha}_float"
        return frame.model(image, x, _FOLDER, f"{stem}{'' if include_top else '_no_top_v2'}.h5")

    make.__name__ = make.__qualname__ = public
    make.__doc__ = f"""{public}: bottlenecks found by search (Howard et al. 2019).

    Args:
        input_shape: Shape of the image; see `kerasish.applications.frame.Frame`, also for what is
            not named here.
        alpha: Factor of the numbers of filters.
        minimalistic: Whether there are only small kernels, plain activations, and no weighing of
            channels.
        include_top: Whether the classifier is part of the model.
        weights: None, `"imagenet"` or a path.
        input_tensor: Symbol to use as the image.
        classes: Number of classes.
        pooling: `"avg"`, `"max"` or None, without the classifier.
        dropout_rate: Share of features to drop before the classifier.
        classifier_activation: Activation of the classifier.
        include_preprocessing: Whether the model takes pixels from 0 to 255, else from -1 to 1.
        name: Name of the model.
    """
    return make


def _start(frame: Frame) -> KerasTensor:
    """Return the image; unlike elsewhere its size need not be known."""
    shape = frame.input_shape
    if shape is None and frame.input_tensor is not None:
        shape = tuple(frame.input_tensor.shape[1:])
    first = config.image_data_format() == "channels_first"
    if shape is None:
        shape = (3, None, None) if first else (None, None, 3)
    if any(size is not None and size < 32 for size in (shape[1:] if first else shape[:2])):
        raise ValueError(
            "`input_shape` must have height and width of at least 32. "
            f"Received: input_shape={shape}"
        )
    frame.input_shape = tuple(shape)
    return layers.Input(shape) if frame.input_tensor is None else frame.input_tensor


def _relu(x: Any) -> Any:
    return layers.ReLU()(x)


def _hard_swish(x: Any) -> Any:
    return layers.Activation("hard_swish")(x)


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return layers.BatchNormalization(
        axis=channels_axis(-1), epsilon=1e-3, momentum=0.999, name=name
    )(x)


def _head(frame: Frame, x: Any, width: int, act: Callable, dropout: float) -> Any:
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = act(layers.Conv2D(width, 1, padding="same", use_bias=True, name="conv_2")(x))
    if dropout > 0:
        x = layers.Dropout(dropout)(x)
    x = layers.Conv2D(frame.classes, 1, padding="same", name="logits")(x)
    return layers.Activation(frame.classifier_activation, name="predictions")(layers.Flatten()(x))


def _weighed(x: Any, filters: int, prefix: str) -> Any:
    """Weigh the channels by what their averages say (Hu et al. 2018)."""
    name = f"{prefix}squeeze_excite"
    factor = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    factor = layers.Conv2D(divisible(filters * 0.25), 1, padding="same", name=f"{name}_conv")(
        factor
    )
    factor = layers.ReLU(name=f"{name}_relu")(factor)
    factor = layers.Conv2D(filters, 1, padding="same", name=f"{name}_conv_1")(factor)
    factor = layers.ReLU(6.0)(factor + 3.0) * (1.0 / 6.0)
    return layers.Multiply(name=f"{name}_mul")([x, factor])


def _block(
    x: Any,
    expansion: float,
    filters: int,
    kernel: int,
    stride: int,
    weighs: bool,
    act: Callable,
    index: int,
) -> Any:
    start, channels = x, x.shape[channels_axis(-1)]
    inner = divisible(channels * expansion)
    prefix = f"expanded_conv_{index}_" if index else "expanded_conv_"
    if index:
        x = layers.Conv2D(inner, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = act(_norm(x, f"{prefix}expand_bn"))
    if stride == 2:
        x = layers.ZeroPadding2D(even_padding(x, kernel), name=f"{prefix}depthwise_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        use_bias=False,
        name=f"{prefix}depthwise",
    )(x)
    x = act(_norm(x, f"{prefix}depthwise_bn"))
    if weighs:
        x = _weighed(x, inner, prefix)
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _norm(x, f"{prefix}project_bn")
    if stride == 1 and channels == filters:
        return layers.Add(name=f"{prefix}add")([start, x])
    return x


MobileNetV3Small = _architecture("MobileNetV3Small", "small", _SMALL, 1024)
MobileNetV3Large = _architecture("MobileNetV3Large", "large", _LARGE, 1280)
preprocess_input = preprocessor(None)

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]
