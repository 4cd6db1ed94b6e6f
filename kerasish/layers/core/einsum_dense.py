"""`EinsumDense`: a product with a kernel along the axes that an equation names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from kerasish import initializers
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


@builtin("keras.layers")
class EinsumDense(Layer):
    """Computes `activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: Such as `"abc,cd->abd"`, `"...x,xy->...y"` or `"ab...,bc->ac..."`.
        output_shape: Sizes of the output's axes without the batch and the dots; None for axes
            that the inputs have, too.
        activation: Activation of the output; None for none.
        bias_axes: Letters of the output's axes along which there is a bias; None for none.
        kernel_initializer: How the kernel is drawn.
        bias_initializer: How the bias is drawn.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        kernel_constraint: Projection of the kernel.
        bias_constraint: Projection of the bias.
        lora_rank: Not supported; must be None.
        lora_alpha: Not supported; must be None.
        gptq_unpacked_column_size: Not supported; must be None.
        quantization_config: Not supported; must be None.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    kernel: Any
    bias: Any
    arguments = (
        "equation",
        "activation",
        "bias_axes",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "quantization_config",
    )

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        gptq_unpacked_column_size: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for argument, value in (
            ("lora_rank", lora_rank),
            ("lora_alpha", lora_alpha),
            ("gptq_unpacked_column_size", gptq_unpacked_column_size),
            ("quantization_config", quantization_config),
        ):
            if value is not None:
                self._refuse(argument, value, "nothing but None")
        self._read_arguments(locals())
        match = _EQUATION.fullmatch(equation)
        dots = match and (match[1], match[3], match[5], match[7])
        if not match or dots not in (
            (None,) * 4,
            ("...", None, "...", None),
            (None, "...", None, "..."),
        ):
            self._refuse("equation", equation, "'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...'")
        assert match is not None
        self._letters = (match[2], match[4], match[6])
        single = isinstance(output_shape, int) or output_shape is None
        self.partial_output_shape = (output_shape,) if single else tuple(output_shape)  # type: ignore

    def _output_sizes(self, input_shape: Any) -> tuple[dict[str, Any], tuple]:
        """Sizes by letter, and the whole shape of the output."""
        source, _, target = self._letters
        elided = len(input_shape) - len(source)
        left = self.equation.startswith("...")
        dots = tuple(input_shape[:elided] if left else input_shape[len(source) :])
        own = input_shape[elided:] if left else input_shape[: len(source)]
        sizes = dict(zip(source, own, strict=True))
        given = list(self.partial_output_shape)
        if not left:
            given.insert(0, input_shape[0])
        if len(given) != len(target) or (elided and "..." not in self.equation):
            self._refuse("output_shape", self.partial_output_shape, "one size for each axis")
        for letter, size in zip(target, given, strict=True):
            known = sizes.get(letter)
            if size is not None and known is not None and size != known:
                self._refuse("output_shape", self.partial_output_shape, f"{letter}={known}")
            sizes[letter] = known if size is None else size
        # As in Keras, a size that the arguments leave out is not read off the inputs here.
        result = tuple(given)
        return sizes, (*dots, *result) if left else (*result, *dots)

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        source, middle, target = self._letters
        sizes, _ = self._output_sizes(tuple(input_shape))
        unknown = [letter for letter in middle if sizes.get(letter) is None]
        if unknown:
            raise ValueError(
                f"Layer '{self.name}' (EinsumDense) needs to know the sizes of the axes {unknown} "
                f"of its kernel. Received: inputs of shape {tuple(input_shape)}"
            )
        initializer = self.kernel_initializer
        if isinstance(initializer, initializers.VarianceScaling) and (
            initializer.input_axes is None or initializer.output_axes is None
        ):
            config = initializer.get_config() | {
                "seed": initializer.seed,
                "input_axes": [i for i, one in enumerate(middle) if one not in target],
                "output_axes": [i for i, one in enumerate(middle) if one in target],
            }
            initializer = type(initializer).from_config(config)
        shape = [sizes[letter] for letter in middle]
        self.kernel = self.add_weight(
            shape,
            initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.bias_axes is not None:
            first = min(target.index(letter) for letter in self.bias_axes)
            bias = [sizes[one] if one in self.bias_axes else 1 for one in target[first:]]
            if not self.equation.startswith("..."):
                bias += [1] * (len(input_shape) - len(source))
            self.bias = self.add_weight(
                bias,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=len(input_shape))

    def call(self, inputs: torch.Tensor, training: bool | None = None) -> torch.Tensor:
        """Multiply."""
        if not inputs.is_floating_point():
            inputs = inputs.to(torch_dtype(self.compute_dtype))
        outputs = torch.einsum(self.equation, inputs, self.kernel)
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape, None kept."""
        return self._output_sizes(tuple(input_shape))[1]

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {**super().get_config(), "output_shape": self.partial_output_shape}
