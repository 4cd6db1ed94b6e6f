"""`Dense`: a matrix product on the last axis."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.logits import activated
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class Dense(Layer):
    """Computes `activation(inputs @ kernel + bias)`; holds an `nn.Linear` as `linear`.

    Args:
        units: Number of output features.
        activation: Activation of the output; None for none.
        use_bias: Whether there is a bias.
        kernel_initializer: How the matrix is drawn.
        bias_initializer: How the bias is drawn.
        kernel_regularizer: Penalty on the matrix.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the matrix.
        bias_constraint: Projection of the bias.
        lora_rank: Not supported; must be None.
        lora_alpha: Not supported; must be None.
        quantization_config: Not supported; must be None.
        **kwargs: Arguments of every layer.

    Call argument: inputs of shape `(batch, ..., features)`; returns `(batch, ..., units)`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("Dense")
    held_module = "linear"
    supports_masking = True
    arguments = (
        "units",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "quantization_config",
    )

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        unsupported = {
            "lora_rank": lora_rank,
            "lora_alpha": lora_alpha,
            "quantization_config": quantization_config,
        }
        for argument, value in unsupported.items():
            if value is not None:
                self._refuse(argument, value, "nothing but None")
        self._read_arguments(locals())
        self.units = self._checked_size("units", units)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of shape `(batch, ..., features)`."""
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f"Layer '{self.name}' (Dense) needs to know the number of features. "
                f"Received: inputs of shape {input_shape}"
            )
        self.linear = make_empty(
            nn.Linear, features, self.units, self.use_bias, dtype=torch_dtype(self.variable_dtype)
        )
        self._init_ported_weight(
            "kernel",
            (features, self.units),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        if self.use_bias:
            self._init_ported_weight(
                "bias",
                (self.units,),
                self.bias_initializer,
                self.bias_regularizer,
                self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: torch.Tensor, training: bool | None = None) -> torch.Tensor:
        """Compute the output `(batch, ..., units)`."""
        if not inputs.is_floating_point():
            inputs = inputs.to(torch_dtype(self.compute_dtype))
        return activated(self.activation, self.linear(inputs))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the last axis replaced by `units`."""
        return (*input_shape[:-1], self.units)
