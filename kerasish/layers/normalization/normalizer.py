"""What the normalizations with a scale and an offset have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.layers.base.layer import Layer

ARGUMENTS = (
    "axis",
    "epsilon",
    "center",
    "scale",
    "beta_initializer",
    "gamma_initializer",
    "beta_regularizer",
    "gamma_regularizer",
    "beta_constraint",
    "gamma_constraint",
)


class Normalizer(Layer):
    """The base of layers that normalize, then multiply by gamma and add beta.

    A subclass makes `norm`, a module of torch that holds gamma as `weight` and beta as `bias`.
    """

    held_module = "norm"
    supports_masking = True
    norm: Any
    axis: Any
    gamma_initializer: Any
    gamma_regularizer: Any
    gamma_constraint: Any
    beta_initializer: Any
    beta_regularizer: Any
    beta_constraint: Any

    def _leave_input_dtype(self) -> None:
        """Compute in the inputs' own dtype, as Keras does in these layers."""
        self.autocast = False
        self._set_dtype(self.variable_dtype)

    def _hold(self, norm: Any, scale: bool, center: bool) -> None:
        """Hold a module of torch, without the parameters that the layer does not have."""
        if not scale:
            norm.weight = None
        if not center:
            norm.bias = None
        self.norm = norm

    def _init_gamma_and_beta(self, shape: Sequence[int], scale: bool, center: bool) -> None:
        """Draw the weights that the layer has; gamma first."""
        for name, wanted in (("gamma", scale), ("beta", center)):
            if wanted:
                self._init_ported_weight(
                    name,
                    shape,
                    getattr(self, f"{name}_initializer"),
                    getattr(self, f"{name}_regularizer"),
                    getattr(self, f"{name}_constraint"),
                )

    def _scale_and_offset(self, dtype: torch.dtype) -> tuple[Any, Any]:
        """Gamma and beta in a dtype, None for what there is not."""
        weight, bias = self.norm.weight, self.norm.bias
        return (
            None if weight is None else weight.to(dtype),
            None if bias is None else bias.to(dtype),
        )

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        for axis in axes:
            check_axis(self, axis, len(input_shape))
        return tuple(input_shape)


def check_axis(layer: Any, axis: Any, rank: int) -> int:
    """Return an axis counted from the front.

    Raises:
        ValueError: If inputs of this rank have no such axis.
    """
    if not isinstance(axis, int) or not -rank <= axis < rank:
        layer._refuse("axis", axis, f"an axis of inputs with {rank} axes")
    return axis % rank


def known_sizes(layer: Any, input_shape: Any, axes: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of the inputs along some axes.

    Raises:
        ValueError: If one of them is not known, or there is no such axis.
    """
    sizes = tuple(input_shape[check_axis(layer, axis, len(input_shape))] for axis in axes)
    if None in sizes:
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) needs to know the sizes of the axes "
            f"{list(axes)}. Received: inputs of shape {tuple(input_shape)}"
        )
    return sizes


def at_least_float32(inputs: torch.Tensor) -> torch.Tensor:
    """Return the inputs as float64 if they are, else as float32."""
    return inputs if inputs.dtype == torch.float64 else inputs.to(torch.float32)
