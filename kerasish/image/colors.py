"""Colors of images: gray, and hue, saturation and value, as TensorFlow computes them."""

from __future__ import annotations

import torch

from kerasish import config


def rgb_to_grayscale(images: torch.Tensor, data_format: str | None = None) -> torch.Tensor:
    """Return how light images are, with one channel; gray images as they are.

    Args:
        images: Images of 1 or 3 channels, `(batch, height, width, channels)` or without the batch
            axis; the channels come before height and width with `"channels_first"`.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: For another number of channels.

    See https://keras.io/api/ops/image/#rgbtograyscale-function.
    """
    axis = _channel_axis(data_format)
    if images.shape[axis] == 1:
        return images
    _check_channels(images, axis)
    kind = images.dtype if images.is_floating_point() else torch.float32
    weights = torch.tensor([0.2989, 0.5870, 0.1140], dtype=kind, device=images.device)
    gray = (images.to(kind).movedim(axis, -1) @ weights).unsqueeze(axis)
    return gray.to(images.dtype)


def rgb_to_hsv(images: torch.Tensor, data_format: str | None = None) -> torch.Tensor:
    """Return hue, saturation and value of colors, all from 0 to 1 for colors from 0 to 1.

    Args:
        images: Images of floats with 3 channels, as for `rgb_to_grayscale`.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: For another number of channels.

    See https://keras.io/api/ops/image/#rgbtohsv-function.
    """
    axis = _channel_axis(data_format)
    _check_channels(images, axis)
    red, green, blue = images.unbind(axis)
    value = torch.maximum(torch.maximum(red, green), blue)
    extent = value - torch.minimum(torch.minimum(red, green), blue)
    zero = torch.zeros_like(value)
    saturation = torch.where(value > 0, extent / torch.where(value > 0, value, 1.0), zero)
    unit = 1.0 / (6.0 * torch.where(extent > 0, extent, 1.0))
    by_green = torch.where(
        green == value, unit * (blue - red) + 2.0 / 6.0, unit * (red - green) + 4.0 / 6.0
    )
    hue = torch.where(red == value, unit * (green - blue), by_green)
    hue = torch.where(extent > 0, hue, zero)
    return torch.stack([torch.where(hue < 0, hue + 1.0, hue), saturation, value], dim=axis)


def hsv_to_rgb(images: torch.Tensor, data_format: str | None = None) -> torch.Tensor:
    """Return the colors of hue, saturation and value; the inverse of `rgb_to_hsv`.

    Args:
        images: Images of floats with 3 channels, as for `rgb_to_grayscale`.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: For another number of channels.

    See https://keras.io/api/ops/image/#hsvtorgb-function.
    """
    axis = _channel_axis(data_format)
    _check_channels(images, axis)
    hue, saturation, value = images.unbind(axis)
    sixth = hue * 6.0
    shares = (
        ((sixth - 3.0).abs() - 1.0).clamp(0.0, 1.0),
        (2.0 - (sixth - 2.0).abs()).clamp(0.0, 1.0),
        (2.0 - (sixth - 4.0).abs()).clamp(0.0, 1.0),
    )
    white = 1.0 - saturation
    return torch.stack([(white + saturation * share) * value for share in shares], dim=axis)


def _channel_axis(data_format: str | None) -> int:
    return -1 if (data_format or config.image_data_format()) == "channels_last" else -3


def _check_channels(images: torch.Tensor, axis: int) -> None:
    if images.shape[axis] != 3:
        raise ValueError(
            "Colors are images of 3 channels, red, green and blue. "
            f"Received: images of shape {tuple(images.shape)}"
        )
