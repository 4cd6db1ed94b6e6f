"""Activations as a scan needs them: in place, and with the derivative told by the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from kerasish import activations
from kerasish.activations.keras2 import keras2_hard_sigmoid
from kerasish.layers.rnn.recurrent_weights import is_activation

InPlace = Callable[[torch.Tensor], Any]
Slope = Callable[[torch.Tensor, torch.Tensor], Any]


class Curve(NamedTuple):
    """An activation.

    Attributes:
        apply: Overwrites a tensor with the activation of it.
        times_slope: Given a gradient and the activation's result, multiplies the gradient, in
            place, by the derivative.
    """

    apply: InPlace
    times_slope: Slope


def _tanh_slope(gradient: torch.Tensor, result: torch.Tensor) -> None:
    torch.ops.aten.tanh_backward.grad_input(gradient, result, grad_input=gradient)


def _sigmoid_slope(gradient: torch.Tensor, result: torch.Tensor) -> None:
    torch.ops.aten.sigmoid_backward.grad_input(gradient, result, grad_input=gradient)


def _nothing(*tensors: torch.Tensor) -> None:
    """The identity, and its slope."""


def _within(scale: float) -> Slope:
    """Return the slope of a line that is cut off at 0 and 1."""

    def times_slope(gradient: torch.Tensor, result: torch.Tensor) -> None:
        inside = (result > 0) & (result < 1)
        gradient.mul_(inside).mul_(scale) if scale != 1 else gradient.mul_(inside)

    return times_slope


_CURVES: dict[str, Curve] = {
    "tanh": Curve(torch.Tensor.tanh_, _tanh_slope),
    "sigmoid": Curve(torch.Tensor.sigmoid_, _sigmoid_slope),
    "relu": Curve(torch.Tensor.relu_, lambda gradient, result: gradient.mul_(result > 0)),
    "linear": Curve(_nothing, _nothing),
    "hard_sigmoid": Curve(lambda x: x.add_(3).clamp_(0, 6).div_(6), _within(1 / 6)),
    "keras2_hard_sigmoid": Curve(lambda x: x.mul_(0.2).add_(0.5).clamp_(0, 1), _within(0.2)),
    "softsign": Curve(
        lambda x: x.div_(x.abs().add_(1)),
        lambda gradient, result: gradient.mul_((1 - result.abs()).square_()),
    ),
    "elu": Curve(
        torch.nn.functional.elu_,
        lambda gradient, result: gradient.mul_(result.clamp(max=0).add_(1)),
    ),
}


def curve_of(function: Any) -> Curve | None:
    """Return how a scan computes an activation, or None if it does not know it."""
    if function is keras2_hard_sigmoid:
        return _CURVES["keras2_hard_sigmoid"]
    for name in ("tanh", "sigmoid", "relu"):
        if is_activation(function, name):
            return _CURVES[name]
    for name in ("linear", "hard_sigmoid", "softsign", "elu"):
        if function is getattr(activations, name):
            return _CURVES[name]
    return None
