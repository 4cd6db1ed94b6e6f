"""More of Keras's operations that stand in configurations: one function of torch for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish import activations
from kerasish.config import floatx
from kerasish.dtypes import torch_dtype
from kerasish.layers.core.array_operations import ArrayOperation
from kerasish.saving.registry import builtin


def _axes(x: torch.Tensor, axis: Any) -> list[int]:
    if axis is None:
        return list(range(x.ndim))
    return [axis] if isinstance(axis, int) else list(axis)


def _sum(x: torch.Tensor, axis: Any, keepdims: Any) -> torch.Tensor:
    return torch.sum(x, _axes(x, axis), keepdim=bool(keepdims), dtype=x.dtype)


def _mean(x: torch.Tensor, axis: Any, keepdims: Any) -> torch.Tensor:
    x = x if x.is_floating_point() else x.to(torch_dtype(floatx()))
    return torch.mean(x, _axes(x, axis), keepdim=bool(keepdims))


def _largest(x: torch.Tensor, axis: Any, keepdims: Any, initial: Any) -> torch.Tensor:
    found = torch.amax(x, _axes(x, axis), keepdim=bool(keepdims))
    return found if initial is None else found.clamp(min=initial)


def _smallest(x: torch.Tensor, axis: Any, keepdims: Any, initial: Any) -> torch.Tensor:
    found = torch.amin(x, _axes(x, axis), keepdim=bool(keepdims))
    return found if initial is None else found.clamp(max=initial)


def _pair(function: Callable) -> Callable:
    """Return a function of two tensors that also takes numbers."""

    def apply(x: Any, y: Any) -> torch.Tensor:
        like = x if isinstance(x, torch.Tensor) else y
        x, y = (
            one if isinstance(one, torch.Tensor) else torch.as_tensor(one).to(like)
            for one in (x, y)
        )
        return function(x, y)

    return apply


def _squeeze(x: torch.Tensor, axis: Any) -> torch.Tensor:
    return x.squeeze() if axis is None else x.squeeze(tuple(_axes(x, axis)))


def _transpose(x: torch.Tensor, axes: Any) -> torch.Tensor:
    return x.permute(*(range(x.ndim)[::-1] if axes is None else axes))


def _floating(function: Callable) -> Callable:
    """Return a function that turns whole numbers into floating-point ones first."""

    def apply(x: torch.Tensor) -> torch.Tensor:
        return function(x if x.is_floating_point() else x.to(torch_dtype(floatx())))

    return apply


# Keras's class to the function and the names of its options, by module.
_FUNCTIONS: dict[tuple[str, str], tuple[Callable, tuple[str, ...]]] = {
    ("numpy", "Sum"): (_sum, ("axis", "keepdims")),
    ("numpy", "Mean"): (_mean, ("axis", "keepdims")),
    ("numpy", "Max"): (_largest, ("axis", "keepdims", "initial")),
    ("numpy", "Min"): (_smallest, ("axis", "keepdims", "initial")),
    ("numpy", "Maximum"): (_pair(torch.maximum), ()),
    ("numpy", "Minimum"): (_pair(torch.minimum), ()),
    ("numpy", "Squeeze"): (_squeeze, ("axis",)),
    ("numpy", "Transpose"): (_transpose, ("axes",)),
    ("numpy", "Reshape"): (lambda x, newshape: x.reshape(newshape), ("newshape",)),
    ("numpy", "Stack"): (lambda x, axis: torch.stack(list(x), axis), ("axis",)),
    ("numpy", "Exp"): (_floating(torch.exp), ()),
    ("numpy", "Log"): (_floating(torch.log), ()),
    ("numpy", "Sqrt"): (_floating(torch.sqrt), ()),
    ("numpy", "Tanh"): (_floating(torch.tanh), ()),
    ("numpy", "Square"): (torch.square, ()),
    ("core", "Cast"): (lambda x, dtype: x.to(torch_dtype(dtype)), ("dtype",)),
    ("nn", "Relu"): (activations.relu, ()),
    ("nn", "Relu6"): (activations.relu6, ()),
    ("nn", "Sigmoid"): (activations.sigmoid, ()),
    ("nn", "Silu"): (activations.silu, ()),
    ("nn", "Elu"): (activations.elu, ("alpha",)),
    ("nn", "Selu"): (activations.selu, ()),
    ("nn", "Softplus"): (activations.softplus, ()),
    ("nn", "Softsign"): (activations.softsign, ()),
    ("nn", "Gelu"): (activations.gelu, ("approximate",)),
    ("nn", "LeakyRelu"): (activations.leaky_relu, ("negative_slope",)),
    ("nn", "Softmax"): (activations.softmax, ("axis",)),
    ("nn", "LogSoftmax"): (activations.log_softmax, ("axis",)),
}
# What Keras's classes take for options that a configuration leaves out, where it is not None.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "Elu": {"alpha": 1.0},
    "Gelu": {"approximate": True},
    "LeakyRelu": {"negative_slope": 0.2},
    "Softmax": {"axis": -1},
    "LogSoftmax": {"axis": -1},
    "Stack": {"axis": 0},
}


class ArrayFunction(ArrayOperation):
    """A function of `_FUNCTIONS` as a step of a model. A subclass stands for each."""

    key: tuple[str, str]

    def __init__(self, name: str | None = None, **options: Any) -> None:
        super().__init__(name, **{**_DEFAULTS.get(self.key[1], {}), **options})

    def compute(self, *tensors: Any) -> Any:
        """Apply the function."""
        return _FUNCTIONS[self.key][0](*tensors, **self.options)

    def __reduce__(self) -> tuple:
        return _restore, (self.key, self.get_config())


def _restore(key: tuple[str, str], config: dict[str, Any]) -> ArrayFunction:
    return _CLASSES[key].from_config(config)


def _make(key: tuple[str, str], option_names: tuple[str, ...]) -> type[ArrayFunction]:
    members = {"key": key, "option_names": option_names, "__doc__": f"The operation {key[1]}."}
    made = type(key[1], (ArrayFunction,), members)
    return builtin(f"keras.src.ops.{key[0]}")(made)


_CLASSES = {key: _make(key, option_names) for key, (_, option_names) in _FUNCTIONS.items()}
