"""`keras.backend`: functions of each value, and comparisons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.backend.tensor_function import as_tensor, both, tensor_function


def _of_one(function: Callable, name: str, text: str) -> Callable:
    def apply(x: Any) -> torch.Tensor:
        return function(as_tensor(x))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"Return {text}, value by value."
    return tensor_function(apply)


def _of_two(function: Callable, name: str, text: str) -> Callable:
    def apply(x: Any, y: Any) -> torch.Tensor:
        return function(*both(x, y))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"Return {text}, value by value."
    return tensor_function(apply)


abs = _of_one(torch.abs, "abs", "absolute values")
cos = _of_one(torch.cos, "cos", "the cosine")
exp = _of_one(torch.exp, "exp", "the exponential")
log = _of_one(torch.log, "log", "the natural logarithm")
round = _of_one(torch.round, "round", "the nearest whole number, halves to the even one")
sigmoid = _of_one(torch.sigmoid, "sigmoid", "the logistic function")
sign = _of_one(torch.sign, "sign", "-1, 0 or 1")
sin = _of_one(torch.sin, "sin", "the sine")
softplus = _of_one(torch.nn.functional.softplus, "softplus", "log(exp(x) + 1)")
softsign = _of_one(torch.nn.functional.softsign, "softsign", "x / (abs(x) + 1)")
square = _of_one(torch.square, "square", "the square")
tanh = _of_one(torch.tanh, "tanh", "the hyperbolic tangent")

equal = _of_two(torch.eq, "equal", "whether x == y")
not_equal = _of_two(torch.ne, "not_equal", "whether x != y")
greater = _of_two(torch.gt, "greater", "whether x > y")
greater_equal = _of_two(torch.ge, "greater_equal", "whether x >= y")
less = _of_two(torch.lt, "less", "whether x < y")
less_equal = _of_two(torch.le, "less_equal", "whether x <= y")
maximum = _of_two(torch.maximum, "maximum", "the larger of x and y")
minimum = _of_two(torch.minimum, "minimum", "the smaller of x and y")


@tensor_function
def sqrt(x: Any) -> torch.Tensor:
    """Return the square root, value by value; 0 for what is below 0."""
    return torch.sqrt(torch.clamp(as_tensor(x), min=0.0))


@tensor_function
def pow(x: Any, a: Any) -> torch.Tensor:
    """Return `x` to the power `a`, value by value."""
    return torch.pow(*both(x, a))


@tensor_function
def clip(x: Any, min_value: Any = None, max_value: Any = None) -> torch.Tensor:
    """Return the values limited to a range.

    Args:
        x: A tensor.
        min_value: Smallest value, or None.
        max_value: Largest value, or None; one below `min_value` counts as `min_value`.
    """
    x = as_tensor(x)
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = min_value if max_value < min_value else max_value
    if min_value is not None:
        x = torch.maximum(x, as_tensor(min_value, x))
    return x if max_value is None else torch.minimum(x, as_tensor(max_value, x))


@tensor_function
def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> torch.Tensor:
    """Return the rectified values.

    Args:
        x: A tensor.
        alpha: Slope below the threshold.
        max_value: Largest value, or None.
        threshold: Where the rectified part ends.
    """
    x = as_tensor(x)
    above = x if max_value is None else torch.clamp(x, max=max_value)
    return torch.where(x > threshold, above, alpha * (x - threshold)).to(x.dtype)


@tensor_function
def elu(x: Any, alpha: float = 1.0) -> torch.Tensor:
    """Return `x`, or `alpha * (exp(x) - 1)` where it is below 0."""
    return torch.nn.functional.elu(as_tensor(x), alpha)


@tensor_function
def hard_sigmoid(x: Any) -> torch.Tensor:
    """Return `clip(0.2 x + 0.5, 0, 1)`, the hard sigmoid of Keras 1 and 2."""
    return torch.clamp(0.2 * as_tensor(x) + 0.5, 0.0, 1.0)


@tensor_function
def softmax(x: Any, axis: int = -1) -> torch.Tensor:
    """Return the softmax along an axis."""
    return torch.softmax(as_tensor(x), axis)


@tensor_function
def l2_normalize(x: Any, axis: Any = None) -> torch.Tensor:
    """Return `x` divided by its L2 norm along an axis, or by that of all values."""
    x = as_tensor(x)
    total = torch.sum(x * x) if axis is None else torch.sum(x * x, axis, keepdim=True)
    return x * torch.rsqrt(torch.clamp(total, min=1e-12))


@tensor_function
def switch(condition: Any, then_expression: Any, else_expression: Any) -> torch.Tensor:
    """Return one of two tensors, by a condition for all or for each value.

    Args:
        condition: A boolean or a tensor of them, with as many axes as the others or fewer.
        then_expression: A tensor, or a function that gives one.
        else_expression: A tensor, or a function that gives one.
    """
    condition = as_tensor(condition).bool()
    if condition.ndim == 0:
        chosen = then_expression if bool(condition) else else_expression
        return as_tensor(chosen() if callable(chosen) else chosen)
    first, second = (
        as_tensor(v() if callable(v) else v) for v in (then_expression, else_expression)
    )
    missing = first.ndim - condition.ndim
    condition = condition.reshape(*condition.shape, *[1] * (missing if missing > 0 else 0))
    return torch.where(condition, first, second)
