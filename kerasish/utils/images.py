"""Images as files, as Pillow's images, and as arrays."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.image.resizing import resize
from kerasish.pipelines.elements import as_leaf

_FORMATS = ("channels_last", "channels_first")
_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
# Images of these modes are gray already, though some have more than 8 bits.
_GRAY = ("L", "I;16", "I")
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def pillow() -> ModuleType:
    """Return the module `PIL.Image`.

    Raises:
        ImportError: If Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "Images need Pillow: pip install 'kerasish[image]'. Received: no module PIL"
        ) from error
    return Image


def data_format_or_default(data_format: str | None) -> str:
    """Return a layout of images, that of `image_data_format()` for None.

    Raises:
        ValueError: For anything else.
    """
    if data_format is None:
        return config.image_data_format()
    if data_format not in _FORMATS:
        raise ValueError(
            f"`data_format` is one of {_FORMATS}. Received: data_format={data_format!r}"
        )
    return data_format


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Open an image file.

    Args:
        path: A path, or an open `io.BytesIO`.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        target_size: Height and width that it is resized to.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"hamming"`, `"box"` or `"lanczos"`.
        keep_aspect_ratio: Whether its middle is cut out first, so that it is not distorted.

    Returns:
        An image of Pillow's.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/data_loading/image/#loadimg-function.
    """
    if color_mode not in _MODES:
        raise ValueError(
            f"`color_mode` is one of {tuple(_MODES)}. Received: color_mode={color_mode!r}"
        )
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"`interpolation` is one of {_INTERPOLATIONS}. "
            f"Received: interpolation={interpolation!r}"
        )
    module = pillow()
    if isinstance(path, io.BytesIO):
        image = module.open(path)
    else:
        with open(os.fspath(path), "rb") as file:
            image = module.open(io.BytesIO(file.read()))
    gray_already = color_mode == "grayscale" and image.mode in _GRAY
    if image.mode != _MODES[color_mode] and not gray_already:
        image = image.convert(_MODES[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    height, width = target_size
    box = _middle(image.size, width, height) if keep_aspect_ratio else None
    return image.resize((width, height), module.Resampling[interpolation.upper()], box=box)


def _middle(size: tuple[int, int], width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest box in the middle that has the shape of the new size."""
    old_width, old_height = size
    kept_height = min(old_height, old_width * height // width)
    kept_width = min(old_width, old_height * width // height)
    left, top = (old_width - kept_width) // 2, (old_height - kept_height) // 2
    return left, top, left + kept_width, top + kept_height


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Return an image of Pillow's as an array.

    Args:
        img: The image.
        data_format: Where the channels are; `image_data_format()` by default.
        dtype: Type of the array; `floatx()` by default.

    Returns:
        `(height, width, channels)` or `(channels, height, width)`.

    Raises:
        ValueError: If it has neither two nor three axes.

    See https://keras.io/api/data_loading/image/#imgtoarray-function.
    """
    data_format = data_format_or_default(data_format)
    array = np.asarray(img, dtype=dtype or config.floatx())
    if array.ndim not in (2, 3):
        raise ValueError(
            f"An image has two or three axes. Received: an image of shape {array.shape}"
        )
    if array.ndim == 2:
        array = array[..., np.newaxis]
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Return an array as an image of Pillow's.

    Args:
        x: `(height, width, channels)` or `(channels, height, width)`, with 1, 3 or 4 channels.
        data_format: Where the channels are; `image_data_format()` by default.
        scale: Whether the least value becomes 0 and the largest 255.
        dtype: Type in which it is scaled; `floatx()` by default.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If the array has another shape.

    See https://keras.io/api/data_loading/image/#arraytoimg-function.
    """
    data_format = data_format_or_default(data_format)
    if isinstance(x, torch.Tensor):
        x = x.numpy(force=True)
    array = np.asarray(x, dtype=dtype or config.floatx())
    if array.ndim == 3 and data_format == "channels_first":
        array = array.transpose(1, 2, 0)
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ValueError(
            "An image has three axes and 1, 3 or 4 channels. "
            f"Received: an array of shape {np.shape(x)} with data_format={data_format!r}"
        )
    if scale:
        array = array - array.min()
        largest = array.max()
        if largest != 0:
            array /= largest
        array *= 255
    if array.shape[2] == 1:
        wide = array.max() > 255
        return pillow().fromarray(array[:, :, 0].astype("int32" if wide else "uint8"))
    return pillow().fromarray(array.astype("uint8"))


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file.

    Args:
        path: A path, or an open file.
        x: The array; see `array_to_img`.
        data_format: Where the channels are; `image_data_format()` by default.
        file_format: Such as `"png"`; by the ending of the path by default.
        scale: Whether the least value becomes 0 and the largest 255.
        **kwargs: For the `save` of Pillow's image.

    See https://keras.io/api/data_loading/image/#saveimg-function.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = os.path.splitext(os.fspath(path))[1][1:].lower() or None
    if file_format and file_format.lower() == "jpg":
        file_format = "jpeg"
    if image.mode == "RGBA" and file_format == "jpeg":
        warnings.warn("JPEG files have no transparency, so it is left out.", stacklevel=2)
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)


def smart_resize(
    x: Any,
    size: Sequence[int],
    interpolation: str = "bilinear",
    data_format: str = "channels_last",
) -> Any:
    """Cut the middle out of images and resize it, so that they are not distorted.

    Args:
        x: An image or a batch of images, an array or a tensor.
        size: The new height and width.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"area"`, `"lanczos3"` or
            `"lanczos5"`.
        data_format: Where the channels are.

    Returns:
        An array for an array, a tensor for a tensor; float32, unless interpolation is `"nearest"`.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/data_loading/image/.
    """
    images = as_leaf(x)
    if interpolation != "nearest":
        images = images.float()
    resized = resize(
        images, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format
    )
    return resized.numpy() if isinstance(x, np.ndarray) else resized
