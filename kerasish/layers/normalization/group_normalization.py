"""`GroupNormalization`: mean zero and variance one in groups of channels (Wu and He 2018)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.normalization.normalizer import (
    ARGUMENTS,
    Normalizer,
    at_least_float32,
    check_axis,
    known_sizes,
)
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class GroupNormalization(Normalizer):
    """Normalizes each sample over groups of its channels; holds an `nn.GroupNorm` as `norm`.

    Args:
        groups: Number of groups; -1 for one per channel.
        axis: The axis of the channels.
        epsilon: Added to the variance.
        center: Whether there is an offset beta.
        scale: Whether there is a factor gamma.
        beta_initializer: How beta is drawn.
        gamma_initializer: How gamma is drawn.
        beta_regularizer: Penalty on beta.
        gamma_regularizer: Penalty on gamma.
        beta_constraint: Projection of beta.
        gamma_constraint: Projection of gamma.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ...)`; returns the same shape.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown, or the groups do not
            divide the channels.
    """

    layout = layouts.get("GroupNormalization")
    groups: int
    arguments = ("groups", *ARGUMENTS)

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if groups != -1:
            self._checked_size("groups", groups)
        self._read_arguments(locals())
        self._leave_input_dtype()

    def build(self, input_shape: Any) -> None:
        """Make the weights, one per channel."""
        sizes = known_sizes(self, input_shape, [self.axis])
        if self.groups == -1:
            self.groups = sizes[0]
        if sizes[0] % self.groups:
            raise ValueError(
                f"Layer '{self.name}' (GroupNormalization) takes a number of channels that "
                f"groups={self.groups} divides. Received: {sizes[0]} channels, inputs of shape "
                f"{tuple(input_shape)}"
            )
        dtype = torch_dtype(self.variable_dtype)
        norm = make_empty(nn.GroupNorm, self.groups, sizes[0], self.epsilon, dtype=dtype)
        self._hold(norm, self.scale, self.center)
        self._init_gamma_and_beta(sizes, self.scale, self.center)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: sizes[0]})

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Normalize each sample."""
        axis = check_axis(self, self.axis, inputs.ndim)
        x = at_least_float32(inputs).movedim(axis, 1)
        weight, bias = self._scale_and_offset(x.dtype)
        # `functional.group_norm` refuses groups of one value, which Keras takes.
        result = torch.group_norm(x, self.groups, weight, bias, self.epsilon)
        return result.movedim(1, axis).to(torch_dtype(self.compute_dtype))
