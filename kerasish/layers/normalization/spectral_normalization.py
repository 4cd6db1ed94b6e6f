"""`SpectralNormalization`: a kernel whose largest singular value is one (Miyato et al. 2018)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import initializers
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.variable import Variable
from kerasish.layers.core.wrapper import Wrapper
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its spectral norm at every call in training.

    As in Keras the kernel itself is overwritten; `torch.nn.utils.parametrizations.spectral_norm`
    keeps the original beside it.

    Args:
        layer: A built-in layer with a `kernel` or `embeddings`.
        power_iterations: Steps of the power iteration per call.
        **kwargs: Arguments of every layer.

    Call arguments: the layer's inputs, and `training`. Returns the layer's outputs.

    Raises:
        ValueError: If an argument has a value it can't have, or the layer has no kernel.
    """

    arguments = ("power_iterations",)
    vector_u: Any

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.power_iterations = self._checked_size("power_iterations", power_iterations)

    @property
    def kernel(self) -> Variable:
        """The weight that is normalized: the layer's kernel or table."""
        specs = self.layer._weight_specs
        for name in ("kernel", "embeddings"):
            if name in specs:
                return Variable(self.layer, specs[name])
        raise ValueError(
            f"Layer '{self.name}' (SpectralNormalization) takes a layer with a weight `kernel` or "
            f"`embeddings`. Received: layer='{self.layer.name}' "
            f"({type(self.layer).__name__}) with the weights {list(specs)}"
        )

    def build(self, input_shape: Any = None) -> None:
        """Build the layer, and make the vector that the power iteration goes on from."""
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        kernel = self.kernel
        self.vector_u = self.add_weight(
            (1, kernel.shape[-1]),
            initializers.TruncatedNormal(stddev=0.02),
            kernel.dtype,
            trainable=False,
            name="vector_u",
        )

    def _own_variables(self) -> list[Variable]:
        # Keras counts the kernel among the wrapper's own weights, too.
        return [self.kernel, *super()._own_variables()] if self.built else []

    def call(self, inputs: torch.Tensor, training: bool = False) -> torch.Tensor:
        """Normalize the kernel in training, then call the layer."""
        if training:
            self._normalize()
        outputs = self.layer(inputs)
        return outputs.to(inputs.dtype) if inputs.is_floating_point() else outputs

    @torch.no_grad()
    def _normalize(self) -> None:
        """Overwrite the kernel and the vector, unless the kernel is zero."""
        kernel = self.kernel
        value = kernel.value.detach()
        matrix, vector_u = value.reshape(-1, value.shape[-1]), self.vector_u.detach()
        for _ in range(self.power_iterations):
            vector_v = _unit(vector_u @ matrix.T)
            vector_u = _unit(vector_v @ matrix)
        sigma = vector_v @ matrix @ vector_u.T
        zero = (value == 0).all()
        kernel.assign(torch.where(zero, value, value / sigma.reshape(())))
        self.vector_u.copy_(torch.where(zero, self.vector_u, vector_u))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the layer's output shape."""
        return self.layer.compute_output_shape(input_shape)


def _unit(vector: torch.Tensor) -> torch.Tensor:
    return vector / torch.linalg.vector_norm(vector)
