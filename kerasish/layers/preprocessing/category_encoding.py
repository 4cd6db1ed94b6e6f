"""`CategoryEncoding`: integers as one-hot, multi-hot or count vectors."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing.category_counts import encode, encoded_shape
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.saving.registry import builtin

_MODES = ("multi_hot", "one_hot", "count")


@builtin("keras.layers")
class CategoryEncoding(DataLayer):
    """Turns integers below `num_tokens` into vectors.

    Args:
        num_tokens: Length of the vectors.
        output_mode: `"one_hot"` for one vector for each number, `"multi_hot"` and `"count"` for
            one vector for each sample.
        sparse: Not supported; must be False.
        **kwargs: Arguments of every layer.

    Call arguments: integers `(batch, n)`; with `"count"`, `count_weights` of that shape. Returns
    `(batch, num_tokens)`, or `(batch, n, num_tokens)` with `"one_hot"` and n > 1. Numbers from
    `num_tokens` on are left out, as in TensorFlow.

    Raises:
        ValueError: If an argument has a value it can't have, or an input is negative.
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        output_mode = "multi_hot" if output_mode == "binary" else output_mode
        if output_mode not in _MODES:
            self._refuse("output_mode", output_mode, f"one of {_MODES}")
        if sparse:
            self._refuse("sparse", sparse, "nothing but False")
        self.num_tokens = self._checked_size("num_tokens", num_tokens)
        self.output_mode = output_mode
        self.sparse = False
        self.built = True

    def call(self, inputs: torch.Tensor, count_weights: Any = None) -> torch.Tensor:
        """Encode."""
        kind = torch_dtype(self.compute_dtype)
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    f"Layer '{self.name}' (CategoryEncoding) takes `count_weights` with "
                    f"output_mode='count' only. Received: output_mode={self.output_mode!r}"
                )
            count_weights = torch.as_tensor(count_weights, device=inputs.device).to(kind)
        indices = inputs.long()
        # Keras does not look on other devices, where it would have to wait for the values.
        looks = indices.device.type == "cpu" and not torch.compiler.is_compiling()
        counted = self.output_mode != "one_hot" and indices.ndim <= 2
        if looks and counted and bool((indices < 0).any()):
            raise ValueError(
                f"Layer '{self.name}' (CategoryEncoding) takes no negative numbers. "
                f"Received: {indices.min().item()}"
            )
        return encode(indices, self.output_mode, self.num_tokens, kind, count_weights)

    def compute_output_spec(self, inputs: Any, count_weights: Any = None, **_: Any) -> Any:
        """Return a symbol of the encoded shape."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the vectors' length last."""
        if not input_shape:
            return (self.num_tokens,)
        return encoded_shape(tuple(input_shape), self.output_mode, self.num_tokens)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            **super().get_config(),
            "num_tokens": self.num_tokens,
            "output_mode": self.output_mode,
        }
