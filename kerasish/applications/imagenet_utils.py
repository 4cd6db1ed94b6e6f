"""Images as ImageNet's models take them, and the names of ImageNet's classes."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.utils import get_file

_CLASSES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_CLASSES_HASH = "c2c37ea517e94d9795004a39431a14cb"

# Mean and deviation of the channels, red first, of ImageNet's pixels between 0 and 1.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Mean of the channels, blue first, of pixels between 0 and 255.
_CAFFE_MEAN = (103.939, 116.779, 123.68)


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Bring pixels into the form that a model was trained on.

    A floating-point array is changed in place, as in Keras.

    Args:
        x: Pixels from 0 to 255, red first: an array, a tensor or a symbol, `(height, width, 3)` or
            `(batch, height, width, 3)`; the channels stand first with `"channels_first"`.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        mode: `"tf"`: from -1 to 1. `"torch"`: less ImageNet's mean, by its deviation, from pixels
            between 0 and 1. `"caffe"`: blue first, less ImageNet's mean.

    Returns:
        Pixels of the same shape.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/applications/.
    """
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(
            f"preprocess_input knows the modes 'caffe', 'tf', 'torch'. Received: mode={mode!r}"
        )
    data_format = data_format or config.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "preprocess_input takes 'channels_first' or 'channels_last' as `data_format`. "
            f"Received: data_format={data_format!r}"
        )
    is_array = isinstance(x, np.ndarray)
    if is_array and x.dtype.kind != "f":
        x = x.astype(config.floatx())
    if mode == "tf":
        return _shifted(_scaled(x, 127.5), -1.0)
    axis = x.ndim - 3 if data_format == "channels_first" else x.ndim - 1
    shape = (3, 1, 1) if data_format == "channels_first" else (3,)
    mean = _constants(_MEAN if mode == "torch" else _CAFFE_MEAN, shape, x)
    if mode == "torch":
        return _scaled(_shifted(_scaled(x, 255.0), -mean), _constants(_DEVIATION, shape, x))
    return _shifted(np.flip(x, axis) if is_array else torch.flip(x, (axis,)), -mean)


def _scaled(x: Any, divisor: Any) -> Any:
    if isinstance(x, np.ndarray):
        x /= divisor
        return x
    return x / divisor


def _shifted(x: Any, offset: Any) -> Any:
    if isinstance(x, np.ndarray):
        x += offset
        return x
    return x + offset


def _constants(values: tuple[float, ...], shape: tuple[int, ...], x: Any) -> Any:
    """Return numbers for the channels in the form of the pixels."""
    array = np.array(values).reshape(shape)
    if isinstance(x, np.ndarray):
        return array.astype(x.dtype)
    dtype = x.dtype if isinstance(x, torch.Tensor) else torch.get_default_dtype()
    device = x.device if isinstance(x, torch.Tensor) else None
    return torch.tensor(array, dtype=dtype, device=device)


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, Any]]]:
    """Name the likeliest of ImageNet's classes for each image.

    Args:
        preds: Probabilities `(batch, 1000)`, an array or a tensor.
        top: Number of classes for each image.

    Returns:
        For each image a list of `(id in WordNet, name, probability)`, likeliest first.

    Raises:
        ValueError: If `preds` has another shape.
        OSError: If the table of names is neither in the cache nor to be downloaded.
    """
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "decode_predictions takes predictions (batch, 1000). Received: shape "
            f"{tuple(preds.shape)}"
        )
    if isinstance(preds, torch.Tensor):
        preds = preds.detach().cpu().numpy()
    names = _class_names()
    return [
        [(*names[str(index)], row[index]) for index in np.argsort(row)[::-1][:top]]
        for row in np.asarray(preds)
    ]


@lru_cache(maxsize=1)
def _class_names() -> dict[str, tuple[str, str]]:
    name = _CLASSES.rpartition("/")[2]
    path = get_file(name, _CLASSES, cache_subdir="models", file_hash=_CLASSES_HASH)
    with open(path, encoding="utf-8") as file:
        return {index: (one[0], one[1]) for index, one in json.load(file).items()}
