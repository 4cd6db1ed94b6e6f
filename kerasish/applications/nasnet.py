"""NASNet (Zoph et al. 2018, https://arxiv.org/abs/1707.07012)."""

from __future__ import annotations

from typing import Any

from kerasish import config, layers
from kerasish.applications.frame import Frame, channels_axis, even_padding
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

_FOLDER = "tensorflow/keras-applications/nasnet"


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return layers.BatchNormalization(
        axis=channels_axis(-1), momentum=0.9997, epsilon=1e-3, name=name
    )(x)


def _relu(x: KerasTensor, name: str | None = None) -> KerasTensor:
    return layers.Activation("relu", name=name)(x)


def _pointwise(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    return layers.Conv2D(
        filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)


def _separable(
    x: KerasTensor, filters: int, kernel: int, block: str, stride: int = 1
) -> KerasTensor:
    """Two separable convolutions, the first of which may halve the image."""
    x, padding = _relu(x), "same"
    if stride == 2:
        name = f"separable_conv_1_pad_{block}"
        x, padding = layers.ZeroPadding2D(even_padding(x, kernel), name=name)(x), "valid"
    for index in (1, 2):
        x = layers.SeparableConv2D(
            filters,
            kernel,
            strides=stride if index == 1 else 1,
            name=f"separable_conv_{index}_{block}",
            padding=padding if index == 1 else "same",
            use_bias=False,
        )(x)
        x = _norm(x, f"separable_conv_{index}_bn_{block}")
        if index == 1:
            x = _relu(x)
    return x


def _adjusted(p: KerasTensor | None, x: KerasTensor, filters: int, block: str) -> KerasTensor:
    """Bring what came before into the size and the number of channels of now."""
    space = 2 if config.image_data_format() == "channels_first" else -2
    if p is None:
        return x
    if p.shape[space] != x.shape[space]:
        p = _relu(p, f"adjust_relu_1_{block}")
        halves = []
        for index in (1, 2):
            part = p
            if index == 2:  # The same, from one entry further on.
                part = layers.ZeroPadding2D(((0, 1), (0, 1)))(part)
                part = layers.Cropping2D(((1, 0), (1, 0)))(part)
            part = layers.AveragePooling2D(
                1, strides=2, padding="valid", name=f"adjust_avg_pool_{index}_{block}"
            )(part)
            halves.append(_pointwise(part, filters // 2, f"adjust_conv_{index}_{block}"))
        return _norm(layers.concatenate(halves, axis=channels_axis(-1)), f"adjust_bn_{block}")
    if p.shape[channels_axis(-1)] != filters:
        p = _pointwise(_relu(p), filters, f"adjust_conv_projection_{block}")
        return _norm(p, f"adjust_bn_{block}")
    return p


def _pooled(x: KerasTensor, name: str, stride: int = 1, largest: bool = False) -> KerasTensor:
    layer: Any = layers.MaxPooling2D if largest else layers.AveragePooling2D
    return layer(3, strides=stride, padding="same" if stride == 1 else "valid", name=name)(x)


def _start(
    x: KerasTensor, p: KerasTensor | None, filters: int, kind: str, block: str
) -> tuple[KerasTensor, KerasTensor]:
    """Return what a cell begins with: the last two outputs in its number of channels."""
    p = _adjusted(p, x, filters, block)
    h = _pointwise(_relu(x), filters, f"{kind}_conv_1_{block}")
    return p, _norm(h, f"{kind}_bn_1_{block}")


def _normal(
    x: KerasTensor, p: KerasTensor | None, filters: int, block: str
) -> tuple[KerasTensor, KerasTensor]:
    """A cell that keeps the size of the image."""
    p, h = _start(x, p, filters, "normal", block)

    def add(parts: list[KerasTensor], index: int) -> KerasTensor:
        return layers.add(parts, name=f"normal_add_{index}_{block}")

    first = _separable(h, filters, 5, f"normal_left1_{block}")
    one = add([first, _separable(p, filters, 3, f"normal_right1_{block}")], 1)
    second = _separable(p, filters, 5, f"normal_left2_{block}")
    two = add([second, _separable(p, filters, 3, f"normal_right2_{block}")], 2)
    three = add([_pooled(h, f"normal_left3_{block}"), p], 3)
    left, right = (_pooled(p, f"normal_{side}4_{block}") for side in ("left", "right"))
    four = add([left, right], 4)
    five = add([_separable(h, filters, 3, f"normal_left5_{block}"), h], 5)
    parts = [p, one, two, three, four, five]
    return layers.concatenate(parts, axis=channels_axis(-1), name=f"normal_concat_{block}"), x


def _reduction(
    x: KerasTensor, p: KerasTensor | None, filters: int, block: str
) -> tuple[KerasTensor, KerasTensor]:
    """A cell that halves the size of the image."""
    p, h = _start(x, p, filters, "reduction", block)
    padded = layers.ZeroPadding2D(even_padding(h, 3), name=f"reduction_pad_1_{block}")(h)
    left = _separable(h, filters, 5, f"reduction_left1_{block}", 2)
    right = _separable(p, filters, 7, f"reduction_right1_{block}", 2)
    one = layers.add([left, right], name=f"reduction_add_1_{block}")
    left = _pooled(padded, f"reduction_left2_{block}", 2, largest=True)
    right = _separable(p, filters, 7, f"reduction_right2_{block}", 2)
    two = layers.add([left, right], name=f"reduction_add_2_{block}")
    left = _pooled(padded, f"reduction_left3_{block}", 2)
    right = _separable(p, filters, 5, f"reduction_right3_{block}", 2)
    three = layers.add([left, right], name=f"reduction_add3_{block}")
    four = layers.add([two, _pooled(one, f"reduction_left4_{block}")])
    left = _separable(one, filters, 3, f"reduction_left4_{block}")
    right = _pooled(padded, f"reduction_right5_{block}", 2, largest=True)
    five = layers.add([left, right], name=f"reduction_add4_{block}")
    parts = [two, three, four, five]
    return layers.concatenate(parts, axis=channels_axis(-1), name=f"reduction_concat_{block}"), x


def _body(image: KerasTensor, stem: int, cells: int, last: int, skips: bool) -> KerasTensor:
    filters = last // 24
    x = layers.Conv2D(
        stem,
        3,
        strides=2,
        padding="valid",
        use_bias=False,
        name="stem_conv1",
        kernel_initializer="he_normal",
    )(image)
    x, p = _reduction(_norm(x, "stem_bn1"), None, filters // 4, "stem_1")
    x, p = _reduction(x, p, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            x, before = _reduction(x, p, filters << stage, f"reduce_{stage * cells}")
            p = p if skips else before
        for index in range(cells):
            number = stage * cells + index + (stage > 0)
            x, p = _normal(x, p, filters << stage, str(number))
    return _relu(x)


def _architecture(
    public: str, key: str, size: int, stem: int, cells: int, last: int, skips: bool
) -> Any:
    def make(
        input_shape: Any = None,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        name: str | None = key,
    ) -> Any:
        if key == "nasnet_mobile" and not include_top and input_shape is None:
            input_shape = (size, size, 3)
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
            x = _body(image, stem, cells, last, skips)
            x = frame.end(x, named=False, pooled=None)
        return frame.model(image, x, _FOLDER, f"{key}{'' if include_top else '_no_top'}.h5")

    make.__name__ = make.__qualname__ = public
    make.__doc__ = f"""{public}: cells found by search (Zoph et al. 2018).

    Args:
        input_shape: Shape of the image; see `kerasish.applications.frame.Frame`, also for what is
            not named here.
        include_top: Whether the classifier is part of the model.
        weights: None, `"imagenet"` or a path.
        input_tensor: Symbol to use as the image.
        pooling: `"avg"`, `"max"` or None, without the classifier.
        classes: Number of classes.
        classifier_activation: Activation of the classifier.
        name: Name of the model.
    """
    return make


NASNetMobile = _architecture("NASNetMobile", "nasnet_mobile", 224, 32, 4, 1056, False)
NASNetLarge = _architecture("NASNetLarge", "nasnet_large", 331, 96, 6, 4032, True)
preprocess_input = preprocessor("tf")

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]
