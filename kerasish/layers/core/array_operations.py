"""Steps that Keras puts into a model by itself to pass masks on, under Keras's names.

They stand in the configurations of models with masks that Keras wrote.
"""

from __future__ import annotations

import operator
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.naming import to_snake_case
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.saving.registry import builtin, public_name


class ArrayOperation(TorchFunction):
    """A function of tensors with fixed options. A subclass stands for each.

    Args:
        name: Name of the step.
        **options: What the class lists in `option_names`.
    """

    option_names: tuple[str, ...] = ()

    def __init__(self, name: str | None = None, **options: Any) -> None:
        unknown = sorted(set(options) - set(self.option_names))
        if unknown:
            raise ValueError(
                f"Step {type(self).__name__} takes the options {list(self.option_names)}. "
                f"Received: {unknown}"
            )
        super().__init__(self.compute, title=to_snake_case(self._public_name()), name=name)
        self.options = {key: options.get(key) for key in self.option_names}

    @classmethod
    def _public_name(cls) -> str:
        found = public_name(cls)
        return cls.__name__ if found is None else found[1]

    def compute(self, *tensors: Any) -> Any:
        """Compute the step's result."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the name and the options."""
        return {"name": self.name, **self.options}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the step from what `get_config` gave."""
        return cls(**config)

    def __reduce__(self) -> tuple:
        return type(self)._restore, (self.get_config(),)

    @classmethod
    def _restore(cls, config: dict[str, Any]) -> Any:
        return cls.from_config(config)


@builtin("keras.src.ops.numpy")
class NotEqual(ArrayOperation):
    """Whether values differ from others."""

    def compute(self, *tensors: Any) -> Any:
        """Compare `(..., n)` values."""
        return operator.ne(*tensors)


@builtin("keras.src.ops.numpy")
class LogicalOr(ArrayOperation):
    """Whether one or the other is true."""

    def compute(self, *tensors: Any) -> Any:
        """Join two masks."""
        return torch.logical_or(*tensors)


@builtin("keras.src.ops.numpy")
class LogicalAnd(ArrayOperation):
    """Whether both are true."""

    def compute(self, *tensors: Any) -> Any:
        """Join two masks."""
        return torch.logical_and(*tensors)


class _Reduction(ArrayOperation):
    """A mask along an axis joined to one value."""

    option_names = ("axis", "keepdims")

    def _axes(self, tensor: Any) -> list[int]:
        axis = self.options["axis"]
        if axis is None:
            return list(range(tensor.ndim))
        return [axis] if isinstance(axis, int) else list(axis)


@builtin("keras.src.ops.numpy", name="Any")
class AnyAlongAxis(_Reduction):
    """Whether any value along an axis is true."""

    def compute(self, *tensors: Any) -> Any:
        """Reduce a mask."""
        (mask,) = tensors
        return torch.any(mask.bool(), self._axes(mask), keepdim=bool(self.options["keepdims"]))


@builtin("keras.src.ops.numpy", name="All")
class AllAlongAxis(_Reduction):
    """Whether all values along an axis are true."""

    def compute(self, *tensors: Any) -> Any:
        """Reduce a mask."""
        (mask,) = tensors
        return torch.all(mask.bool(), self._axes(mask), keepdim=bool(self.options["keepdims"]))


@builtin("keras.src.ops.numpy", name="ExpandDims")
class ExpandAxis(ArrayOperation):
    """A new axis of size 1."""

    option_names = ("axis",)

    def compute(self, *tensors: Any) -> Any:
        """Put the axis in."""
        axis: Any = self.options["axis"]
        return torch.unsqueeze(tensors[0], axis)


@builtin("keras.src.ops.numpy")
class ZerosLike(ArrayOperation):
    """Zeros in the shape of a tensor."""

    option_names = ("dtype",)

    def compute(self, *tensors: Any) -> Any:
        """Make the zeros."""
        dtype = self.options["dtype"]
        return torch.zeros_like(tensors[0], dtype=dtype and torch_dtype(dtype))


@builtin("keras.src.ops.numpy")
class OnesLike(ArrayOperation):
    """Ones in the shape of a tensor."""

    option_names = ("dtype",)

    def compute(self, *tensors: Any) -> Any:
        """Make the ones."""
        dtype = self.options["dtype"]
        return torch.ones_like(tensors[0], dtype=dtype and torch_dtype(dtype))


@builtin("keras.src.ops.numpy", name="Concatenate")
class ConcatenateArrays(ArrayOperation):
    """Tensors joined along an axis."""

    option_names = ("axis",)

    def compute(self, *tensors: Any) -> Any:
        """Join the tensors, given in a list."""
        axis: Any = self.options["axis"]
        return torch.cat(list(tensors[0]), axis)
