"""The weights of a recurrent layer or cell: a torch module, filled in Keras's layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import nn
from torch.nn import functional

from kerasish.dtypes import torch_dtype
from kerasish.layers.rnn.recurrent_config import RecurrentConfig

# Torch's names and order; a layer's end in the number of the layer, a cell's do not.
PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class RecurrentWeights(RecurrentConfig):
    """The part of a recurrent layer or cell that makes its weights.

    A subclass has its `layout`, the number of its gates, and `_make_module`.
    """

    gate_count: ClassVar[int] = 1
    kernel_initializer: Callable
    recurrent_initializer: Callable
    bias_initializer: Callable

    def _make_module(self, features: int, **options: Any) -> nn.Module:
        """Make the torch module that holds the weights, unfilled.

        Args:
            features: Number of input features.
            **options: `bias` and `dtype`.
        """
        raise NotImplementedError

    def _build_weights(self, features: int | None) -> None:
        """Make the module and draw the weights, in Keras's order.

        Raises:
            ValueError: If the number of features is not known.
        """
        if features is None:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) needs to know the number of features "
                "to make its weights. Received: a last axis of size None"
            )
        dtype = torch_dtype(self.variable_dtype)
        assert self.held_module is not None
        setattr(
            self, self.held_module, self._make_module(features, bias=self.use_bias, dtype=dtype)
        )
        self._init_weights((features,), (self.units,))

    def _init_weights(self, kernel: tuple[int, ...], recurrent_kernel: tuple[int, ...]) -> None:
        """Draw the weights, in Keras's order.

        Args:
            kernel: Shape of the inputs' weights without the axis of gates and units.
            recurrent_kernel: Shape of the states' weights, likewise.
        """
        width = self.gate_count * self.units
        for name, shape, prefix in (
            ("kernel", (*kernel, width), "kernel"),
            ("recurrent_kernel", (*recurrent_kernel, width), "recurrent"),
        ):
            self._init_ported_weight(
                name,
                shape,
                getattr(self, f"{prefix}_initializer"),
                getattr(self, f"{prefix}_regularizer"),
                getattr(self, f"{prefix}_constraint"),
            )
        if self.use_bias:
            self._init_ported_weight(
                "bias",
                self._bias_shape(),
                self._initial_bias,
                self.bias_regularizer,  # type: ignore[arg-type]
                self.bias_constraint,  # type: ignore[arg-type]
            )

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gate_count * self.units,)

    def _initial_bias(self, shape: tuple[int, ...], dtype: Any = None) -> torch.Tensor:
        return self.bias_initializer(shape, dtype=dtype)

    def _module_tensors(self) -> tuple[torch.Tensor, torch.Tensor, Any, Any]:
        """The held module's `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh` (None if absent)."""
        module = getattr(self, self.held_module or "")
        suffix = "_l0" if hasattr(module, "weight_ih_l0") else ""
        return tuple(  # type: ignore[return-value]
            getattr(module, f"{name}{suffix}", None) for name in PARAMETERS
        )


def linear_by_gate(
    inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, gates: int
) -> torch.Tensor:
    """Apply a fused matrix of all gates to inputs that may differ from gate to gate.

    Args:
        inputs: `(1, batch, features)` for all gates, or `(gates, batch, features)`.
        weight: `(gates * units, features)`.
        bias: `(gates * units,)` or None.
        gates: Number of gates.

    Returns:
        `(batch, gates * units)`.
    """
    if inputs.shape[0] == 1:
        return functional.linear(inputs[0], weight, bias)
    by_gate = weight.unflatten(0, (gates, -1))
    result = torch.bmm(inputs, by_gate.transpose(1, 2)).transpose(0, 1).flatten(1)
    return result if bias is None else result + bias


def is_activation(function: Any, name: str) -> bool:
    """Whether a function is a certain activation, Keras's or torch's own."""
    from kerasish import activations

    return function in (
        getattr(activations, name),
        getattr(torch, name),
        getattr(functional, name),
        getattr(torch.Tensor, name),
    ) or isinstance(function, _MODULES[name])


_MODULES: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}


class ResetBeforeGRUWeights(nn.Module):
    """Holds the weights of a GRU that resets before the matrix product, which torch lacks.

    The parameters are named and ordered as `nn.GRU` (with `suffix="_l0"`) or `nn.GRUCell` would.

    Args:
        features: Number of input features.
        units: Number of units.
        bias: Whether there is a bias, one for all.
        suffix: Ends the parameters' names.
        dtype: Type of the parameters.
    """

    def __init__(
        self,
        features: int,
        units: int,
        *,
        bias: bool = True,
        suffix: str = "",
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        shapes = {"weight_ih": (3 * units, features), "weight_hh": (3 * units, units)}
        if bias:
            shapes["bias_ih"] = (3 * units,)  # type: ignore[assignment]
        for name, shape in shapes.items():
            self.register_parameter(name + suffix, nn.Parameter(torch.empty(shape, dtype=dtype)))
