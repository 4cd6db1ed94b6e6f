"""A weight seen as Keras sees it: by Keras's name and in Keras's layout."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype
from weight_port.torch_arrays import tensor_of

if TYPE_CHECKING:
    from kerasish.layers.base.weight_spec import WeightSpec


class Variable:
    """A handle on one weight of a layer, in Keras's layout.

    The values stay where they are, in the layer's torch parameters; the handle converts when it is
    read or written. It can stand in for a tensor in any function of torch, and gradients flow
    through it to the parameters.

    Attributes:
        name: Keras's name of the weight, such as `"recurrent_kernel"`.
        path: The name with the layer's before it, such as `"lstm/lstm_cell/kernel"`.
    """

    def __init__(self, owner: Any, spec: WeightSpec) -> None:
        self._owner = owner
        self._spec = spec
        self.name = spec.name
        self.path = f"{owner._weight_path}/{spec.name}"

    @property
    def key(self) -> tuple[int, str]:
        """What tells two handles on the same weight: the layer's identity and the name."""
        return id(self._owner), self.name

    @property
    def value(self) -> torch.Tensor:
        """The weight as a tensor in Keras's layout, connected to the layer's parameters."""
        return self._owner._read_weight(self._spec)

    @property
    def grad(self) -> torch.Tensor | None:
        """The gradient that `backward()` left, in Keras's layout; None for none."""
        return self._owner._read_gradient(self._spec)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in Keras's layout."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def dtype(self) -> str:
        """Keras name of the dtype."""
        return standardize_dtype(self.value.dtype)

    @property
    def trainable(self) -> bool:
        """Whether training changes the weight."""
        return self._spec.trainable and self._owner.trainable

    @property
    def regularizer(self) -> Any:
        """The penalty on the weight, or None."""
        return self._spec.regularizer

    @property
    def constraint(self) -> Any:
        """The projection after each training step, or None."""
        return self._spec.constraint

    def numpy(self, *, force: bool = True) -> np.ndarray:
        """Return a copy of the weight as a NumPy array in Keras's layout.

        Args:
            force: Whether to take it from its graph and device, as torch asks; it always is.
        """
        return self.value.detach().cpu().numpy().copy()

    def assign(self, value: Any) -> Variable:
        """Write the weight.

        Args:
            value: An array, tensor or number that broadcasts to the weight's shape.

        Raises:
            ValueError: If the shape does not fit.
        """
        current = self.value.detach()
        tensor = value.value if isinstance(value, Variable) else value
        if isinstance(tensor, np.ndarray):
            tensor = tensor_of(tensor)  # knows bfloat16
        tensor = torch.as_tensor(tensor, dtype=current.dtype, device=current.device).detach()
        if tensor.shape != current.shape:
            try:
                tensor = tensor.broadcast_to(current.shape)
            except RuntimeError:
                raise ValueError(
                    f"Weight '{self.path}' has shape {tuple(current.shape)}. "
                    f"Received: a value of shape {tuple(tensor.shape)}"
                ) from None
        self._owner._write_weight(self._spec, tensor)
        return self

    def assign_add(self, value: Any) -> Variable:
        """Add to the weight in place."""
        return self.assign(self.value.detach() + value)

    def assign_sub(self, value: Any) -> Variable:
        """Subtract from the weight in place."""
        return self.assign(self.value.detach() - value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(dtype) if dtype is not None else self.numpy()

    def __getitem__(self, index: Any) -> torch.Tensor:
        return self.value[index]

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, "
            f"value={self.numpy()}>"
        )

    @classmethod
    def __torch_function__(
        cls, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        def unwrap(value: Any) -> Any:
            if isinstance(value, Variable):
                return value.value
            if isinstance(value, (list, tuple)):
                return type(value)(unwrap(item) for item in value)
            return value

        return func(
            *(unwrap(arg) for arg in args),
            **{name: unwrap(value) for name, value in (kwargs or {}).items()},
        )


def _operator(function: Callable, swapped: bool = False) -> Callable:
    def apply(self: Variable, other: Any) -> Any:
        other = other.value if isinstance(other, Variable) else other
        return function(other, self.value) if swapped else function(self.value, other)

    return apply


def _install_operators() -> None:
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
        function = getattr(operator, name)
        setattr(Variable, f"__{name}__", _operator(function))
        setattr(Variable, f"__r{name}__", _operator(function, swapped=True))
    setattr(Variable, "__neg__", lambda self: -self.value)  # noqa: B010


_install_operators()
