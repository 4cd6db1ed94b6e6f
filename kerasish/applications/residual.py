"""ResNet (He et al. 2015, https://arxiv.org/abs/1512.03385), in both of its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis, classifier
from kerasish.graph.keras_tensor import KerasTensor


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return layers.BatchNormalization(axis=channels_axis(), epsilon=1.001e-5, name=name)(x)


def _relu(x: KerasTensor, name: str) -> KerasTensor:
    return layers.Activation("relu", name=name)(x)


def _block(x: KerasTensor, filters: int, stride: int, widens: bool, name: str) -> KerasTensor:
    """A bottleneck of the first form: activation after each sum."""
    shortcut = x
    if widens:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        shortcut = _norm(shortcut, f"{name}_0_bn")
    x = layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = _relu(_norm(x, f"{name}_1_bn"), f"{name}_1_relu")
    x = layers.Conv2D(filters, 3, padding="SAME", name=f"{name}_2_conv")(x)
    x = _relu(_norm(x, f"{name}_2_bn"), f"{name}_2_relu")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, _norm(x, f"{name}_3_bn")])
    return _relu(x, f"{name}_out")


def _block_v2(x: KerasTensor, filters: int, stride: int, widens: bool, name: str) -> KerasTensor:
    """A bottleneck of the second form: activation before the convolutions."""
    before = _relu(_norm(x, f"{name}_preact_bn"), f"{name}_preact_relu")
    shortcut = x
    if widens:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(before)
    elif stride > 1:
        shortcut = layers.MaxPooling2D(1, strides=stride)(x)
    x = layers.Conv2D(filters, 1, strides=1, use_bias=False, name=f"{name}_1_conv")(before)
    x = _relu(_norm(x, f"{name}_1_bn"), f"{name}_1_relu")
    x = layers.ZeroPadding2D(((1, 1), (1, 1)), name=f"{name}_2_pad")(x)
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = _relu(_norm(x, f"{name}_2_bn"), f"{name}_2_relu")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return layers.Add(name=f"{name}_out")([shortcut, x])


def _body(depths: tuple[int, ...], second: bool) -> Callable[[KerasTensor, Frame], KerasTensor]:
    def body(x: KerasTensor, frame: Frame) -> KerasTensor:
        x = layers.ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(x)
        x = layers.Conv2D(64, 7, strides=2, use_bias=True, name="conv1_conv")(x)
        if not second:
            x = _relu(_norm(x, "conv1_bn"), "conv1_relu")
        x = layers.ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
        for stage, depth in enumerate(depths):
            # The first form halves the image before all stages but the first, the second after
            # all but the last.
            halves = stage < len(depths) - 1 if second else stage > 0
            at = depth if second else 1
            for index in range(1, depth + 1):
                stride = 2 if halves and index == at else 1
                name = f"conv{stage + 2}_block{index}"
                block = _block_v2 if second else _block
                x = block(x, 64 << stage, stride, index == 1, name)
        if second:
            x = _relu(_norm(x, "post_bn"), "post_relu")
        return frame.end(x)

    return body


def _resnet(depths: tuple[int, ...], second: bool = False) -> Any:
    layers_with_weights = 3 * sum(depths) + 2
    public = f"ResNet{layers_with_weights}{'V2' if second else ''}"
    key = public.lower()
    stem = f"{key}_weights_tf_dim_ordering_tf_kernels"
    source = "He et al. 2016, https://arxiv.org/abs/1603.05027" if second else "He et al. 2015"
    return classifier(
        public,
        key,
        _body(depths, second),
        "tensorflow/keras-applications/resnet",
        (f"{stem}.h5", f"{stem}_notop.h5"),
        about=f"{public}: bottlenecks with shortcuts ({source}).",
    )


ResNet50 = _resnet((3, 4, 6, 3))
ResNet101 = _resnet((3, 4, 23, 3))
ResNet152 = _resnet((3, 8, 36, 3))
ResNet50V2 = _resnet((3, 4, 6, 3), second=True)
ResNet101V2 = _resnet((3, 4, 23, 3), second=True)
ResNet152V2 = _resnet((3, 8, 36, 3), second=True)
