"""What all architectures have in common: their input, their end, and their weights."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from kerasish import activations, config, layers
from kerasish.applications.source_inputs import source_inputs
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.weight_budget import values_from_file
from kerasish.models import Model
from kerasish.utils import get_file

_BUCKET = "https://storage.googleapis.com/"
# The architecture says how many values there are; the file does not decide it.
_ANY_NUMBER = 1 << 60


@dataclass
class Frame:
    """The arguments that all architectures take.

    Args:
        include_top: Whether the classifier is part of the model.
        weights: None for random ones, `"imagenet"`, or the path of a file in any format that
            `load_weights` knows.
        input_tensor: Symbol to use as the image.
        input_shape: Shape of the image without the batch.
        pooling: What a model without its classifier ends with: `"avg"`, `"max"`, or None.
        classes: Number of classes.
        classifier_activation: Activation of the classifier.
        name: Name of the model.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    include_top: bool
    weights: Any
    input_tensor: Any
    input_shape: Any
    pooling: str | None
    classes: int
    classifier_activation: Any
    name: str | None

    def __post_init__(self) -> None:
        weights = self.weights
        if weights not in (None, "imagenet") and not os.path.exists(weights):
            raise ValueError(
                "`weights` must be None, 'imagenet' or the path of a file that exists. "
                f"Received: weights={weights!r}"
            )
        if weights == "imagenet" and self.include_top and self.classes != 1000:
            raise ValueError(
                "The weights of ImageNet with include_top=True have 1000 classes. "
                f"Received: classes={self.classes}"
            )
        if self.include_top and weights is not None:
            given = activations.get(self.classifier_activation)
            if given not in (activations.get("softmax"), activations.get(None)):
                raise ValueError(
                    "`classifier_activation` must be None or 'softmax' with weights from a file. "
                    f"Received: classifier_activation={self.classifier_activation!r}"
                )

    def building(self) -> AbstractContextManager[None]:
        """Return a context in which no values are drawn that a file replaces."""
        return nullcontext() if self.weights is None else values_from_file(_ANY_NUMBER)

    def start(self, default_size: int, min_size: int = 32) -> KerasTensor:
        """Return the image as a symbol, and note its shape."""
        self.input_shape = self._shape(default_size, min_size)
        if self.input_tensor is None:
            return layers.Input(self.input_shape)
        return self.input_tensor

    def _shape(self, default_size: int, min_size: int) -> tuple:
        first = config.image_data_format() == "channels_first"
        shape = None if not self.input_shape else tuple(self.input_shape)
        channels = 3
        if shape is not None and len(shape) == 3 and self.weights != "imagenet":
            channels = shape[0] if first else shape[-1]
            if channels not in (1, 3):
                warnings.warn(
                    f"This architecture is made for images of 1 or 3 channels; it gets {channels}.",
                    stacklevel=5,
                )
        space = (default_size, default_size)
        default = (channels, *space) if first else (*space, channels)
        if self.weights == "imagenet" and self.include_top:
            if shape not in (None, default):
                raise ValueError(
                    f"The weights of ImageNet with include_top=True fit images of shape {default}. "
                    f"Received: input_shape={shape}"
                )
            return default
        if shape is None:
            if self.include_top:
                return default
            return (channels, None, None) if first else (None, None, channels)
        self._check_shape(shape, first, min_size)
        return shape

    def _check_shape(self, shape: tuple, first: bool, min_size: int) -> None:
        if len(shape) != 3:
            expected = "three sizes"
        elif self.weights == "imagenet" and (shape[0] if first else shape[-1]) != 3:
            expected = "images of 3 channels with the weights of ImageNet"
        else:
            space = shape[1:] if first else shape[:2]
            if any(size is not None and size < min_size for size in space):
                expected = f"height and width of at least {min_size}"
            elif self.include_top and None in shape:
                expected = "sizes that are known with include_top=True"
            else:
                return
        raise ValueError(f"`input_shape` must have {expected}. Received: input_shape={shape}")

    def pool(self, x: KerasTensor, *, named: bool = True) -> KerasTensor:
        """Pool as `pooling` says."""
        if self.pooling == "avg":
            return layers.GlobalAveragePooling2D(name="avg_pool" if named else None)(x)
        if self.pooling == "max":
            return layers.GlobalMaxPooling2D(name="max_pool" if named else None)(x)
        return x

    def classify(self, x: KerasTensor, **options: Any) -> KerasTensor:
        """Return the classes' probabilities for features `(batch, channels)`."""
        dense = layers.Dense(
            self.classes, activation=self.classifier_activation, name="predictions", **options
        )
        return dense(x)

    def end(
        self,
        x: KerasTensor,
        *,
        named: bool = True,
        pooled: str | None = "avg_pool",
        dropout: float = 0,
        **options: Any,
    ) -> KerasTensor:
        """Put the usual end on: average and classifier, or the pooling.

        Args:
            x: Features `(batch, height, width, channels)`.
            named: Whether the pooling without a classifier has a name.
            pooled: Name of the average before the classifier.
            dropout: Share of features to drop before the classifier.
            **options: Of the classifier, a `Dense`.
        """
        if not self.include_top:
            return self.pool(x, named=named)
        x = layers.GlobalAveragePooling2D(name=pooled)(x)
        if dropout > 0:
            x = layers.Dropout(dropout, name="top_dropout")(x)
        return self.classify(x, **options)

    def model(self, image: KerasTensor, x: Any, folder: str, file: str) -> Any:
        """Return the model, with its weights.

        Args:
            image: What `start` gave.
            x: The output.
            folder: Where Keras's server has the weights of ImageNet.
            file: Name of the file of these weights.
        """
        inputs = image if self.input_tensor is None else source_inputs(image)
        model = Model(inputs, x, name=self.name)
        if self.weights == "imagenet":
            url = f"{_BUCKET}{folder}/{file}"
            model.load_weights(get_file(file, url, cache_subdir="models"))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def classifier(
    public: str,
    key: str,
    body: Callable[[KerasTensor, Frame], KerasTensor],
    folder: str,
    files: tuple[str, str],
    *,
    size: int = 224,
    least: int = 32,
    about: str,
) -> Callable[..., Any]:
    """Return the function that makes an architecture with the usual arguments.

    Args:
        public: Name of the function.
        key: Name of the model by default.
        body: Makes the output from the image.
        folder: Where Keras's server has the weights.
        files: Names of the files of weights with and without the classifier.
        size: Height and width of images by default.
        least: Least height and width.
        about: What it is, with its source, for the documentation.
    """

    def make(
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
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
            image = frame.start(size, least)
            x = body(image, frame)
        return frame.model(image, x, folder, files[0 if include_top else 1])

    make.__name__ = make.__qualname__ = public
    make.__doc__ = f"{about}\n\nThe arguments are those of `kerasish.applications.frame.Frame`."
    return make


def channels_axis(last: int = 3) -> int:
    """Return the axis of channels of a batch of images, `last` where they stand last."""
    return 1 if config.image_data_format() == "channels_first" else last


def even_padding(x: KerasTensor, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the padding that TensorFlow's "same" puts around a kernel of stride 2."""
    start = 2 if config.image_data_format() == "channels_first" else 1
    rows, columns = x.shape[start : start + 2]
    half = kernel // 2
    known = rows is not None and columns is not None
    less = (1 - rows % 2, 1 - columns % 2) if known else (1, 1)  # type: ignore[operator]
    return (half - less[0], half), (half - less[1], half)


def divisible(value: float, divisor: int = 8) -> int:
    """Return the multiple of a divisor that is nearest, by no more than a tenth below."""
    found = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return found + divisor if found < 0.9 * value else found
