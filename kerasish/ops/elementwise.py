"""Operations on each number: arithmetic, comparison, elementary functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike, alike_floats, floats, together

_DOC = "See https://keras.io/api/ops/numpy/ for `{0}`: {1}.\n\n    Args:\n        {2}\n    "


def _unary(name: str, function: Callable, read: Callable, what: str) -> Any:
    def apply(x: Any) -> torch.Tensor:
        return function(read(x))

    return _named(apply, name, what, "x: A tensor, array or number of any shape.")


def _binary(name: str, function: Callable, what: str, read: Callable = together) -> Any:
    def apply(x1: Any, x2: Any) -> torch.Tensor:
        return function(*read(x1, x2))

    return _named(apply, name, what, "x1, x2: Tensors, arrays or numbers that broadcast.")


def _named(function: Callable, name: str, what: str, arguments: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = _DOC.format(name, what, arguments)
    return operation(function)


def _quotient(x: Any, y: Any) -> list[torch.Tensor]:
    return [floats(one) for one in together(x, y)]


def _without_truths(x: Any, y: Any) -> list[torch.Tensor]:
    return [one.to(torch.int32) if one.dtype == torch.bool else one for one in alike(x, y)]


def _larger(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    # Of equal ones TensorFlow's gradient goes to the first, torch.maximum's to both by halves.
    return torch.where((x >= y) | _nan(x), x, y)


def _smaller(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.where((x <= y) | _nan(x), x, y)


def _nan(x: torch.Tensor) -> torch.Tensor | bool:
    return torch.isnan(x) if x.is_floating_point() else False


def _absolute(x: torch.Tensor) -> torch.Tensor:
    return x if x.dtype == torch.bool else torch.abs(x)


def _sign(x: torch.Tensor) -> torch.Tensor:
    # torch's sign of NaN is 0.
    return torch.where(torch.isnan(x), x.detach(), torch.sign(x))


def _truths(x: Any, y: Any) -> tuple[torch.Tensor, torch.Tensor]:
    return tensor(x).bool(), tensor(y).bool()


exp = _unary("exp", torch.exp, floats, "e to the power of each number")
expm1 = _unary("expm1", torch.expm1, floats, "e to the power of each number, less one")
log = _unary("log", torch.log, floats, "the natural logarithm")
log1p = _unary("log1p", torch.log1p, floats, "the logarithm of one more")
log2 = _unary("log2", torch.log2, floats, "the logarithm to base 2")
log10 = _unary("log10", torch.log10, floats, "the logarithm to base 10")
sqrt = _unary("sqrt", torch.sqrt, floats, "the square root")
rsqrt = _unary("rsqrt", torch.rsqrt, floats, "one over the square root")
reciprocal = _unary("reciprocal", torch.reciprocal, floats, "one over each number")
sin = _unary("sin", torch.sin, floats, "the sine")
cos = _unary("cos", torch.cos, floats, "the cosine")
tan = _unary("tan", torch.tan, floats, "the tangent")
sinh = _unary("sinh", torch.sinh, floats, "the hyperbolic sine")
cosh = _unary("cosh", torch.cosh, floats, "the hyperbolic cosine")
arcsin = _unary("arcsin", torch.arcsin, floats, "the inverse sine")
arccos = _unary("arccos", torch.arccos, floats, "the inverse cosine")
arctan = _unary("arctan", torch.arctan, floats, "the inverse tangent")
arctanh = _unary("arctanh", torch.arctanh, floats, "the inverse hyperbolic tangent")
erf = _unary("erf", torch.erf, floats, "the error function")
floor = _unary("floor", torch.floor, floats, "the next whole number below")
ceil = _unary("ceil", torch.ceil, floats, "the next whole number above")
isnan = _unary("isnan", torch.isnan, tensor, "whether each is not a number")
isinf = _unary("isinf", torch.isinf, tensor, "whether each is infinite")
isfinite = _unary("isfinite", torch.isfinite, tensor, "whether each is finite")
negative = _unary("negative", torch.negative, tensor, "each with the other sign")
absolute = _unary("absolute", _absolute, tensor, "the absolute value")
sign = _unary("sign", _sign, tensor, "-1, 0 or 1")
logical_not = _unary("logical_not", torch.logical_not, tensor, "whether each is not true")
abs = absolute

add = _binary("add", torch.add, "the sum")
subtract = _binary("subtract", torch.sub, "the difference")
multiply = _binary("multiply", torch.mul, "the product")
divide = _binary("divide", torch.true_divide, "the quotient, of floats", _quotient)
true_divide = divide
floor_divide = _binary("floor_divide", torch.floor_divide, "the quotient, rounded down")
mod = _binary(
    "mod", torch.remainder, "what a division leaves, with the divisor's sign", _without_truths
)
power = _binary("power", torch.pow, "the first to the power of the second")
maximum = _binary("maximum", _larger, "the larger")
minimum = _binary("minimum", _smaller, "the smaller")
arctan2 = _binary("arctan2", torch.arctan2, "the angle of a point (x2, x1)", alike_floats)
logaddexp = _binary(
    "logaddexp", torch.logaddexp, "the logarithm of added exponentials", alike_floats
)
equal = _binary("equal", torch.eq, "whether both are equal")
not_equal = _binary("not_equal", torch.ne, "whether they differ")
less = _binary("less", torch.lt, "whether the first is smaller")
less_equal = _binary("less_equal", torch.le, "whether the first is not larger")
greater = _binary("greater", torch.gt, "whether the first is larger")
greater_equal = _binary("greater_equal", torch.ge, "whether the first is not smaller")
logical_and = _binary("logical_and", torch.logical_and, "whether both are true", _truths)
logical_or = _binary("logical_or", torch.logical_or, "whether one of them is true", _truths)
logical_xor = _binary("logical_xor", torch.logical_xor, "whether just one is true", _truths)


@operation
def square(x: Any) -> torch.Tensor:
    """Return the squares; of truth values as int32, as in Keras."""
    x = tensor(x)
    return torch.square(x.to(torch.int32) if x.dtype == torch.bool else x)


@operation
def round(x: Any, decimals: int = 0) -> torch.Tensor:
    """Round to a number of decimals (below 0: to tens), halves to the even neighbour."""
    x = tensor(x)
    if x.is_floating_point():
        return torch.round(x, decimals=decimals)
    return x if decimals >= 0 else torch.round(floats(x), decimals=decimals).to(x.dtype)


@operation
def clip(x: Any, x_min: Any, x_max: Any) -> torch.Tensor:
    """Limit numbers to a range.

    Args:
        x: Any shape.
        x_min: Least value.
        x_max: Largest value.
    """
    x = tensor(x)
    x = x.to(torch.int32) if x.dtype == torch.bool else x
    return torch.clamp(*together(x, x_min, x_max))


@operation
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Take numbers from `x1` where a condition holds, else from `x2`.

    Args:
        condition: Truth values.
        x1: Numbers; with `x2` left out too, the positions are returned where the condition holds.
        x2: Numbers.

    Raises:
        ValueError: If one of `x1` and `x2` is given alone.
    """
    if (x1 is None) != (x2 is None):
        raise ValueError(f"where takes x1 and x2, or none. Received: x1={x1}, x2={x2}")
    chosen = tensor(condition).bool()
    if x1 is None and x2 is None:
        return [one.to(torch.int32) for one in torch.where(chosen)]
    return torch.where(chosen, *together(x1, x2))


@operation
def cast(x: Any, dtype: Any) -> torch.Tensor:
    """Return numbers in another type.

    Args:
        x: Any shape.
        dtype: Keras's name of a type, such as `"float32"`.
    """
    return tensor(x).to(torch_dtype(dtype))
