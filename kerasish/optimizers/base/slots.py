"""What an optimizer remembers: readable and writable as Keras's optimizer variables.

The values stay where torch looks for them, in the optimizer's `state` and `param_groups`; the
handles convert when they are read or written, as those of a layer's weights do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from kerasish.distribution.parts import whole, write
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.variable import Variable
from kerasish.layers.base.weight_spec import WeightSpec
from kerasish.optimizers.base.trained_variable import TrainedVariable

if TYPE_CHECKING:
    from kerasish.optimizers.base.optimizer import Optimizer


class OptimizerVariable(Variable):
    """A handle on something that an optimizer remembers, in Keras's layout.

    Attributes:
        name: Keras's name, such as `"dense_kernel_momentum"`.
        path: The name with the optimizer's before it.
    """

    def __init__(self, storage: Any, name: str, path: str) -> None:
        self._owner = storage
        self._spec = WeightSpec(name, trainable=False)
        self.name = name
        self.path = path

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __index__(self) -> int:
        return self.value.__index__()

    def __bool__(self) -> bool:
        return bool(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value.item() if self.value.ndim == 0 else self.value, spec)


def _operator(function: Callable) -> Callable:
    def apply(self: OptimizerVariable, other: Any) -> Any:
        return function(self.value, other.value if isinstance(other, Variable) else other)

    return apply


def _install_operators() -> None:
    for name in ("eq", "ne", "lt", "le", "gt", "ge", "mod", "floordiv"):
        setattr(OptimizerVariable, f"__{name}__", _operator(getattr(operator, name)))


_install_operators()


class PieceStorage:
    """A tensor for each number of a variable; it lies in the state of the variable's parameters.

    Args:
        optimizer: The optimizer.
        variable: The variable.
        slot: Key in the state.
    """

    trainable = False

    def __init__(self, optimizer: Optimizer, variable: TrainedVariable, slot: str) -> None:
        self.optimizer, self.variable, self.slot = optimizer, variable, slot

    def _tensors(self) -> list[torch.Tensor]:
        state = self.optimizer.state
        return [piece.of(state[piece.parameter][self.slot]) for piece in self.variable.pieces]

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        return self.variable.to_keras([whole(tensor) for tensor in self._tensors()])

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        with torch.no_grad():
            parts = self.variable.to_torch(value)
            for tensor, part in zip(self._tensors(), parts, strict=True):
                write(tensor, part)


class VariableStorage:
    """A tensor of any shape for a variable as a whole, in the state of its first parameter."""

    trainable = False

    def __init__(self, optimizer: Optimizer, variable: TrainedVariable, slot: str) -> None:
        self.optimizer, self.variable, self.slot = optimizer, variable, slot

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        return self.optimizer.state[self.variable.pieces[0].parameter][self.slot]

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        with torch.no_grad():
            self._read_weight(spec).copy_(value)


class OptionStorage:
    """A number that lies in the optimizer's groups of parameters, the same in all."""

    trainable = False

    def __init__(self, optimizer: Optimizer, option: str, dtype: str) -> None:
        self.optimizer, self.option, self.dtype = optimizer, option, dtype

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        value = self.optimizer.param_groups[0][self.option]
        return torch.as_tensor(value, dtype=torch_dtype(self.dtype)).detach()

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        for group in self.optimizer.param_groups:
            group[self.option] = value.item()


class PlaceholderStorage:
    """A zero that Keras keeps and never uses; it has a number in files all the same."""

    trainable = False

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        return torch.zeros((), dtype=torch_dtype(self.dtype))

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        """Keep nothing."""


class TensorStorage:
    """A tensor tied to no weight, in the first group of parameters."""

    trainable = False

    def __init__(self, optimizer: Optimizer, option: str) -> None:
        self.optimizer, self.option = optimizer, option

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        return self.optimizer.param_groups[0][self.option]

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        with torch.no_grad():
            self._read_weight(spec).copy_(value)
