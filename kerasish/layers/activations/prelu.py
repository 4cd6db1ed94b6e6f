"""`PReLU`: a leaky ReLU whose slopes are learned (He et al. 2015)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.activations.rectifiers import ActivationLayer
from kerasish.layers.base.input_spec import InputSpec
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class PReLU(ActivationLayer):
    """The identity for positive values, a slope of its own for each entry for negative ones.

    Args:
        alpha_initializer: How the slopes are drawn.
        alpha_regularizer: Penalty on the slopes.
        alpha_constraint: Projection of the slopes.
        shared_axes: Axes along which entries share a slope, counted from 1.
        **kwargs: Arguments of every layer.
    """

    arguments = ("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes")
    alpha: Any
    shared_axes: Any
    alpha_initializer: Any
    alpha_regularizer: Any
    alpha_constraint: Any

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        if shared_axes is not None:
            several = isinstance(shared_axes, (list, tuple))
            self.shared_axes = list(shared_axes) if several else [shared_axes]

    def build(self, input_shape: Any) -> None:
        """Make the slopes, of the shape of a sample."""
        sizes = list(input_shape[1:])
        shared = self.shared_axes or []
        for axis in shared:
            sizes[axis - 1] = 1
        if None in sizes:
            raise ValueError(
                f"Layer '{self.name}' (PReLU) needs to know the sizes of the axes that are not in "
                f"shared_axes={self.shared_axes}. Received: inputs of shape {tuple(input_shape)}"
            )
        self.alpha = self.add_weight(
            sizes,
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        rest = range(1, len(input_shape))
        axes = {axis: input_shape[axis] for axis in rest if shared and axis not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the function."""
        return torch.relu(inputs) - self.alpha * torch.relu(-inputs)
