"""InceptionV3 (Szegedy et al. 2016, https://arxiv.org/abs/1512.00567)."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.applications.frame import Frame, channels_axis, classifier
from kerasish.applications.imagenet_utils import decode_predictions
from kerasish.applications.preprocessing import preprocessor
from kerasish.graph.keras_tensor import KerasTensor

# A branch is a chain of convolutions: filters, kernel.
_Branch = tuple[tuple[int, Any], ...]


def _convolved(
    x: KerasTensor, filters: int, kernel: Any, stride: int = 1, padding: str = "same"
) -> KerasTensor:
    x = layers.Conv2D(filters, kernel, strides=stride, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(axis=channels_axis(), scale=False)(x)
    return layers.Activation("relu")(x)


def _chain(x: KerasTensor, branch: _Branch) -> KerasTensor:
    for filters, kernel in branch:
        x = _convolved(x, filters, kernel)
    return x


def _joined(parts: list[KerasTensor], name: str | None = None) -> KerasTensor:
    return layers.concatenate(parts, axis=channels_axis(), name=name)


def _averaged(x: KerasTensor, filters: int) -> KerasTensor:
    x = layers.AveragePooling2D(3, strides=1, padding="same")(x)
    return _convolved(x, filters, 1)


def _mixed(x: KerasTensor, branches: tuple[_Branch, ...], pooled: int, name: str) -> KerasTensor:
    """Branches beside an average, of the image's size."""
    parts = [_chain(x, branch) for branch in branches]
    return _joined([*parts, _averaged(x, pooled)], name)


def _halved(x: KerasTensor, branches: tuple[_Branch, ...], name: str) -> KerasTensor:
    """Branches beside a maximum, of half the image's size; the last of each branch halves."""
    parts = []
    for *chain, (filters, kernel) in branches:
        parts.append(_convolved(_chain(x, tuple(chain)), filters, kernel, 2, "valid"))
    return _joined([*parts, layers.MaxPooling2D(3, strides=2)(x)], name)


def _stem(x: KerasTensor) -> KerasTensor:
    x = _convolved(x, 32, 3, 2, "valid")
    x = _convolved(x, 32, 3, 1, "valid")
    x = layers.MaxPooling2D(3, strides=2)(_convolved(x, 64, 3))
    x = _convolved(x, 80, 1, 1, "valid")
    return layers.MaxPooling2D(3, strides=2)(_convolved(x, 192, 3, 1, "valid"))


def _wide(x: KerasTensor, index: int) -> KerasTensor:
    """The last blocks, whose branches fork again."""
    first = _convolved(x, 320, 1)
    second = _convolved(x, 384, 1)
    second = _joined(
        [_convolved(second, 384, (1, 3)), _convolved(second, 384, (3, 1))], f"mixed9_{index}"
    )
    third = _chain(x, ((448, 1), (384, 3)))
    third = _joined([_convolved(third, 384, (1, 3)), _convolved(third, 384, (3, 1))])
    return _joined([first, second, third, _averaged(x, 192)], f"mixed{9 + index}")


def _body(x: KerasTensor, frame: Frame) -> KerasTensor:
    x = _stem(x)
    for index, pooled in enumerate((32, 64, 64)):
        branches: tuple[_Branch, ...] = (
            ((64, 1),),
            ((48, 1), (64, 5)),
            ((64, 1), (96, 3), (96, 3)),
        )
        x = _mixed(x, branches, pooled, f"mixed{index}")
    x = _halved(x, (((384, 3),), ((64, 1), (96, 3), (96, 3))), "mixed3")
    across, down = (1, 7), (7, 1)
    for index, inner in enumerate((128, 160, 160, 192), 4):
        branches = (
            ((192, 1),),
            ((inner, 1), (inner, across), (192, down)),
            ((inner, 1), (inner, down), (inner, across), (inner, down), (192, across)),
        )
        x = _mixed(x, branches, 192, f"mixed{index}")
    halving: tuple[_Branch, ...] = (
        ((192, 1), (320, 3)),
        ((192, 1), (192, across), (192, down), (192, 3)),
    )
    x = _halved(x, halving, "mixed8")
    for index in (0, 1):
        x = _wide(x, index)
    return frame.end(x, named=False)


_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels"
InceptionV3 = classifier(
    "InceptionV3",
    "inception_v3",
    _body,
    "tensorflow/keras-applications/inception_v3",
    (f"{_FILE}.h5", f"{_FILE}_notop.h5"),
    size=299,
    least=75,
    about="InceptionV3: branches of factorized convolutions (Szegedy et al. 2016).",
)
preprocess_input = preprocessor("tf")

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]
