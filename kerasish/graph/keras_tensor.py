"""The symbolic tensor that a layer takes and gives while a Functional model is described."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype

if TYPE_CHECKING:
    from kerasish.graph.node import KerasHistory

_names = itertools.count()


def reset_names() -> None:
    """Start the numbering of symbolic tensors anew."""
    global _names
    _names = itertools.count()


def _next_name() -> str:
    number = next(_names)
    return f"keras_tensor_{number}" if number else "keras_tensor"


class KerasTensor:
    """A tensor without values: a shape with None for what is not known, and a dtype.

    Operators, indexing and functions of `torch` may be applied to it; each use becomes a step of
    the model that is being described.

    Attributes:
        shape: Shape as a tuple, batch axis included, None where a size is not known.
        dtype: Keras name of the dtype, such as `"float32"`.
        name: Name of the tensor.
    """

    _keras_history: KerasHistory

    def __init__(self, shape: Any, dtype: Any = None, name: str | None = None) -> None:
        self.shape = tuple(None if size is None else int(size) for size in shape)
        self.dtype = standardize_dtype(dtype)
        self.name = name or _next_name()

    @property
    def ndim(self) -> int:
        """Number of axes, the batch axis included."""
        return len(self.shape)

    def dim(self) -> int:
        """Number of axes, as torch names it."""
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        """Shape, or the size of one axis, as torch names it."""
        return self.shape if dim is None else self.shape[dim]

    def __getattr__(self, name: str) -> Any:
        """Methods of torch's tensors, such as `x.mean(dim=1)`, become steps of the model."""
        if name in ("numpy", "item", "tolist"):
            self._no_values(f"asked for values by .{name}()")
        method = getattr(torch.Tensor, name, None)
        if name.startswith("_") or not callable(method):
            raise AttributeError(
                f"A KerasTensor has no attribute {name!r}; it has a shape and a dtype, but no "
                f"values. Received: {self.shape}"
            )
        return functools.partial(_operator(method), self)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def _no_values(self, wanted: str) -> NoReturn:
        raise TypeError(
            f"A KerasTensor is a symbol and has no values, so it can't be {wanted}. Use it to "
            "describe a model with `Model(inputs, outputs)` and call the model on data. "
            f"Received: {self}"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self._no_values("turned into a NumPy array")

    def __bool__(self) -> bool:
        self._no_values("used as a truth value")

    def __iter__(self) -> Any:
        self._no_values("iterated over")

    def __len__(self) -> int:
        self._no_values("asked for its length")

    def __float__(self) -> float:
        self._no_values("turned into a number")

    def __int__(self) -> int:
        self._no_values("turned into a number")

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        from kerasish.layers.core.operations import step_for

        return step_for(func)(*args, **(kwargs or {}))


def _operator(function: Any, swapped: bool = False) -> Any:
    def apply(self: KerasTensor, *others: Any, **kwargs: Any) -> Any:
        from kerasish.layers.core.operations import step_for

        operands = (*others, self) if swapped else (self, *others)
        return step_for(function)(*operands, **kwargs)

    return apply


def _install_operators() -> None:
    import operator

    for name in ("neg", "abs", "getitem", "lt", "le", "gt", "ge"):
        setattr(KerasTensor, f"__{name}__", _operator(getattr(operator, name)))
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        function = getattr(operator, name)
        setattr(KerasTensor, f"__{name}__", _operator(function))
        setattr(KerasTensor, f"__r{name}__", _operator(function, swapped=True))


_install_operators()


def is_keras_tensor(x: Any) -> bool:
    """Whether a value is a symbolic tensor."""
    return isinstance(x, KerasTensor)
