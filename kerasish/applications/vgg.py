"""VGG (Simonyan and Zisserman 2015, https://arxiv.org/abs/1409.1556)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import layers
from kerasish.applications.frame import Frame, classifier
from kerasish.graph.keras_tensor import KerasTensor


def _body(convolutions: tuple[int, ...]) -> Callable[[KerasTensor, Frame], KerasTensor]:
    def body(x: KerasTensor, frame: Frame) -> KerasTensor:
        for block, count in enumerate(convolutions, 1):
            filters = min(512, 32 << block)
            for index in range(1, count + 1):
                x = layers.Conv2D(
                    filters, 3, activation="relu", padding="same", name=f"block{block}_conv{index}"
                )(x)
            x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
        if not frame.include_top:
            return frame.pool(x, named=False)
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4096, activation="relu", name="fc1")(x)
        x = layers.Dense(4096, activation="relu", name="fc2")(x)
        return frame.classify(x)

    return body


def _vgg(public: str, key: str, convolutions: tuple[int, ...]) -> Any:
    stem = f"{key}_weights_tf_dim_ordering_tf_kernels"
    return classifier(
        public,
        key,
        _body(convolutions),
        f"tensorflow/keras-applications/{key}",
        (f"{stem}.h5", f"{stem}_notop.h5"),
        about=f"{public}: {sum(convolutions) + 3} layers with weights (Simonyan & Zisserman 2015).",
    )


VGG16 = _vgg("VGG16", "vgg16", (2, 2, 3, 3, 3))
VGG19 = _vgg("VGG19", "vgg19", (2, 2, 4, 4, 4))
