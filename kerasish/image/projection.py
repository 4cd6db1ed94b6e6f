"""Images seen through a projection, as TensorFlow's `ImageProjectiveTransformV3` computes them."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish import config
from kerasish.image.in_parts import in_parts

FILL_MODES = ("constant", "nearest", "wrap", "reflect")
INTERPOLATIONS = ("nearest", "bilinear")


def affine_transform(
    images: torch.Tensor,
    transform: torch.Tensor,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> torch.Tensor:
    """Take each entry of the result from another place of the image.

    The entry at `(x, y)` is taken from `x' = (a0 x + a1 y + a2) / k` and `y' = (b0 x + b1 y + b2) /
    k`, with `k = c0 x + c1 y + 1`. Places are computed in float32, as in TensorFlow.

    Args:
        images: `(batch, height, width, channels)` or `(height, width, channels)`; the channels
            come before height and width with `"channels_first"`.
        transform: `[a0, a1, a2, b0, b1, b2, c0, c1]`, for each image or for all.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: What is outside of the image: `"constant"`, `"nearest"` (the edge), `"wrap"` or
            `"reflect"`.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        Images of the shape and type of `images`.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/ops/image/#affinetransform-function.
    """
    if interpolation not in INTERPOLATIONS:
        _refuse("interpolation", interpolation, f"one of {INTERPOLATIONS}")
    if fill_mode not in FILL_MODES:
        _refuse("fill_mode", fill_mode, f"one of {FILL_MODES}")
    if images.ndim not in (3, 4) or transform.ndim not in (1, 2) or transform.shape[-1] != 8:
        raise ValueError(
            "affine_transform takes one image or a batch of them, with one transform of 8 numbers "
            f"or a batch of them. Received: images of shape {tuple(images.shape)}, transform of "
            f"shape {tuple(transform.shape)}"
        )
    first = (data_format or config.image_data_format()) == "channels_first"
    batch = images if images.ndim == 4 else images[None]
    batch = batch.movedim(1, -1) if first else batch
    transforms = transform if transform.ndim == 2 else transform[None]
    result = in_parts(
        lambda some, theirs: _project(some, theirs, interpolation, fill_mode, fill_value),
        batch,
        transforms.to(torch.float32),
    )
    result = result.movedim(-1, 1) if first else result
    return result if images.ndim == 4 else result[0]


def _project(
    images: torch.Tensor,
    transforms: torch.Tensor,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
) -> torch.Tensor:
    """Project `(batch, height, width, channels)`."""
    height, width = images.shape[1:3]
    device = images.device
    y = torch.arange(height, dtype=torch.float32, device=device)[:, None]
    x = torch.arange(width, dtype=torch.float32, device=device)[None, :]
    a0, a1, a2, b0, b1, b2, c0, c1 = (one[:, None, None] for one in transforms.unbind(1))
    from_x, from_y = a0 * x + a1 * y + a2, b0 * x + b1 * y + b2
    nowhere = None
    if not (_can_look(transforms) and not transforms[:, 6:].any()):
        scale = c0 * x + c1 * y + 1.0
        from_x, from_y = from_x / scale, from_y / scale
        # Where the scale is 0 there is no such place.
        nowhere = scale == 0
    from_x, from_y = _inside(from_x, width, fill_mode), _inside(from_y, height, fill_mode)
    if nowhere is not None:
        from_x, from_y = (torch.where(nowhere, -10.0, one) for one in (from_x, from_y))
    # With the other modes a place outside weighs nothing, so that any entry may stand for it.
    outside = fill_value if fill_mode == "constant" else None
    if interpolation == "nearest":
        result = _read(images, _rounded(from_y), _rounded(from_x), outside)
        return _where_not(nowhere, result, fill_value)
    kind = images.dtype if images.dtype == torch.float64 else torch.float32
    values = images.to(kind)
    low_y, low_x = from_y.floor(), from_x.floor()
    high_y, high_x = low_y + 1, low_x + 1
    toward_left, toward_right = (high_x - from_x)[..., None], (from_x - low_x)[..., None]
    rows = []
    for row in (low_y, high_y):
        left = _read(values, row, low_x, outside).mul_(toward_left)
        right = _read(values, row, high_x, outside).mul_(toward_right)
        rows.append(left.add_(right))
    above = rows[0].mul_((high_y - from_y)[..., None])
    result = above.add_(rows[1].mul_((from_y - low_y)[..., None]))
    return _where_not(nowhere, result, fill_value).to(images.dtype)


def _where_not(
    nowhere: torch.Tensor | None, values: torch.Tensor, fill_value: float
) -> torch.Tensor:
    """Fill the places that there are not, `(batch, height, width)`; None for none."""
    if nowhere is None:
        return values
    return torch.where(nowhere[..., None], _filler(values, fill_value), values)


def _can_look(tensor: torch.Tensor) -> bool:
    """Whether values may be read: on the host, not while something is traced, if there are any."""
    traced = torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()
    return type(tensor) is torch.Tensor and tensor.device.type == "cpu" and not traced


def _rounded(places: torch.Tensor) -> torch.Tensor:
    """Round, halves away from zero, as C++ does."""
    return torch.sign(places) * torch.floor(places.abs() + 0.5)


def _filler(values: torch.Tensor, fill_value: float) -> torch.Tensor:
    return torch.full((), fill_value, dtype=values.dtype, device=values.device)


def _read(
    values: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, outside: float | None
) -> torch.Tensor:
    """Return the entries at places `(batch or 1, height, width)`, a filler or any one outside."""
    batch, height, width, channels = values.shape
    at = rows.clamp(0, height - 1).long() * width + columns.clamp(0, width - 1).long()
    start = torch.arange(batch, device=values.device)[:, None, None] * (height * width)
    # A lookup copies all channels of a place at once.
    found = functional.embedding(at + start, values.reshape(-1, channels))
    if outside is None:
        return found
    known = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return torch.where(known[..., None], found, _filler(values, outside))


def _inside(places: torch.Tensor, size: int, fill_mode: str) -> torch.Tensor:
    """Bring places outside of `[0, size - 1]` inside, but for `"constant"`."""
    if fill_mode == "constant":
        return places
    last = size - 1
    if fill_mode == "nearest" or size <= 1:
        return places.clamp(0, last)
    if fill_mode == "reflect":
        period = 2 * size
        below = torch.where(places < period, period * (-places / period).trunc() + places, places)
        below = torch.where(below < -size, below + period, -below - 1)
        above = places - period * (places / period).trunc()
        above = torch.where(above >= size, period - above - 1, above)
    else:
        below = places + size * ((-places / last).trunc() + 1)
        above = places - size * (places / last).trunc()
    result = torch.where(places < 0, below, torch.where(places > last, above, places))
    return result.clamp(0, last)


def _refuse(argument: str, value: Any, expected: str) -> None:
    raise ValueError(
        f"affine_transform takes {expected} as `{argument}`. Received: {argument}={value!r}"
    )
