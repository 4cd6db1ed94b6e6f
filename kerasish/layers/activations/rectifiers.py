"""`ReLU`, `LeakyReLU`, `ELU` and `Softmax` as layers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from kerasish import activations
from kerasish.layers.base.layer import Layer
from kerasish.logits import with_logits
from kerasish.saving.registry import builtin


class ActivationLayer(Layer):
    """The base of activations as layers: outputs of the inputs' shape, masks handed on."""

    supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        return tuple(input_shape)

    def _require_non_negative(self, **values: Any) -> None:
        for name, value in values.items():
            if not isinstance(value, (int, float)) or value < 0:
                self._refuse(name, value, "a number from 0 on")


@builtin("keras.layers")
class ReLU(ActivationLayer):
    """A rectified linear unit with optional slope, ceiling and threshold.

    Args:
        max_value: Largest value of the output, or None.
        negative_slope: Slope below the threshold.
        threshold: Where the positive part starts.
        **kwargs: Arguments of every layer.
    """

    arguments = ("max_value", "negative_slope", "threshold")

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._require_non_negative(negative_slope=negative_slope, threshold=threshold)
        if max_value is not None:
            self._require_non_negative(max_value=max_value)
        self._read_arguments(locals())
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the function."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


@builtin("keras.layers")
class LeakyReLU(ActivationLayer):
    """The identity for positive values, a small slope for negative ones.

    Args:
        negative_slope: Slope for negative values.
        **kwargs: Arguments of every layer, and Keras 2's `alpha` for the slope.
    """

    arguments = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn(
                "LeakyReLU(alpha=...) is called negative_slope since Keras 3.", stacklevel=2
            )
        super().__init__(**kwargs)
        self._require_non_negative(negative_slope=negative_slope)
        self.negative_slope = negative_slope
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the function."""
        return activations.leaky_relu(inputs, self.negative_slope)


@builtin("keras.layers")
class ELU(ActivationLayer):
    """An exponential linear unit (Clevert et al. 2015).

    Args:
        alpha: Size of the saturation at negative values.
        **kwargs: Arguments of every layer.
    """

    arguments = ("alpha",)

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the function."""
        return activations.elu(inputs, self.alpha)


@builtin("keras.layers")
class Softmax(ActivationLayer):
    """A softmax along one or several axes.

    Args:
        axis: The axis or axes that are normalized together.
        **kwargs: Arguments of every layer.

    Call arguments: inputs of any shape, and `mask`, which broadcasts over them; where it is False
    the output is zero.
    """

    arguments = ("axis",)

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.built = True

    def call(self, inputs: torch.Tensor, mask: Any = None) -> torch.Tensor:
        """Apply the function."""
        if mask is not None:
            mask = mask if mask.dtype == torch.bool else mask > 0.5
            sizes = zip(reversed(mask.shape), reversed(inputs.shape), strict=False)
            if mask.ndim > inputs.ndim or any(m not in (1, size) for m, size in sizes):
                raise ValueError(
                    f"Layer '{self.name}' (Softmax) takes a mask that broadcasts over the inputs. "
                    f"Received: mask of shape {tuple(mask.shape)} for inputs of shape "
                    f"{tuple(inputs.shape)}"
                )
            # Keras's large number: rows that are masked whole stay finite.
            inputs = torch.where(mask, inputs, -3e4 if inputs.dtype == torch.float16 else -1e9)
        if isinstance(self.axis, (list, tuple)):
            shifted = inputs - torch.logsumexp(inputs, tuple(self.axis), keepdim=True)
            outputs = shifted.exp()
        else:
            outputs = torch.softmax(inputs, self.axis)  # type: ignore[arg-type]
        if mask is None:
            return with_logits(outputs, inputs)
        return torch.where(mask, outputs, 0.0)
