"""Layers that prepare data, as far as they compute with numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish import config, layers
from kerasish.applications.inception_resnet_v2 import CustomScaleLayer
from kerasish.eject.calls import as_float, number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.layers.core import plain_number
from kerasish.eject.naming import quoted
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var

_METHODS = {"bilinear": '"bilinear", align_corners=False', "nearest": '"nearest-exact"'}


@layer_writer(layers.Rescaling)
def write_rescaling(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A factor and a summand."""
    x = as_float(scope, inputs)
    scale, offset = np.asarray(layer.scale), np.asarray(layer.offset)
    if scale.ndim or offset.ndim:
        x = scope.last(x)
        if config.image_data_format() == "channels_first":
            raise NoEquivalentError("scales channels that come first", "use one number for all")
    code = f"{x} {_factor(scope, layer, scale)}{_summand(scope, layer, offset)}"
    return scope.assign(code, inputs.shape, x.dtype, first=x.first)


def _factor(scope: Scope, layer: Any, scale: np.ndarray) -> str:
    if scale.ndim:
        return f"* {scope.buffer(_tensor(scope, scale), layer, 'scale')}"
    inverse = round(2 / float(scale)) / 2 if scale else 0.0
    if abs(float(scale)) < 1 and inverse and abs(inverse * float(scale) - 1) < 1e-9:
        return f"/ {plain_number(inverse)}"
    return f"* {plain_number(float(scale))}"


def _summand(scope: Scope, layer: Any, offset: np.ndarray) -> str:
    if offset.ndim:
        return f" + {scope.buffer(_tensor(scope, offset), layer, 'offset')}"
    value = float(offset)
    if value == 0:
        return ""
    return f" - {plain_number(-value)}" if value < 0 else f" + {plain_number(value)}"


def _tensor(scope: Scope, values: Any) -> torch.Tensor:
    return torch.as_tensor(values, dtype=getattr(torch, scope.program.dtype))


@layer_writer(layers.Normalization)
def write_normalization(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Numbers less their mean, over their deviation."""
    x = as_float(scope, scope.last(inputs))
    spread = layer.variance.sqrt().clamp(min=config.epsilon())
    mean = scope.buffer(layer.mean, layer, "mean")
    deviation = scope.buffer(spread, layer, "deviation")
    code = f"{mean} + {x} * {deviation}" if layer.invert else f"({x} - {mean}) / {deviation}"
    return scope.assign(code, inputs.shape, x.dtype)


@layer_writer(layers.Resizing)
def write_resizing(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Images of another size."""
    method = _METHODS.get(str(layer.interpolation))
    special = ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias")
    if method is None or any(getattr(layer, one, False) for one in special) or inputs.ndim != 4:
        raise NoEquivalentError(
            f"resizes with interpolation={layer.interpolation!r}, crops, pads or smooths",
            "use 'bilinear' or 'nearest', or torchvision.transforms before the model",
        )
    last = layer.data_format == "channels_last"
    x = as_float(scope, inputs)
    x = scope.channels_first(x) if last else scope.last(x)
    code = f"F.interpolate({x}, size=({layer.height}, {layer.width}), mode={method})"
    return scope.assign(code, layer.compute_output_shape(inputs.shape), x.dtype, first=last)


@layer_writer(
    layers.RandomBrightness,
    layers.RandomColorDegeneration,
    layers.RandomColorJitter,
    layers.RandomContrast,
    layers.RandomElasticTransform,
    layers.RandomErasing,
    layers.RandomFlip,
    layers.RandomGaussianBlur,
    layers.RandomGrayscale,
    layers.RandomHue,
    layers.RandomInvert,
    layers.RandomPerspective,
    layers.RandomPosterization,
    layers.RandomRotation,
    layers.RandomSaturation,
    layers.RandomSharpness,
    layers.RandomShear,
    layers.RandomTranslation,
    layers.RandomZoom,
)
def write_augmentation(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Nothing: inference does not change the images."""
    scope.left_out.append(f"{quoted(layer.name)} ({type(layer).__name__})")
    return as_float(scope, inputs)


@layer_writer(CustomScaleLayer)
def write_custom_scale(scope: Scope, layer: Any, inputs: Any) -> Var:
    """A share of the second input added to the first."""
    one, other = inputs
    if not (one.first and other.first):
        one, other = scope.last(one), scope.last(other)
    code = f"{one} + {other} * {number(layer.scale)}"
    return scope.assign(code, one.shape, one.dtype, first=one.first)
