"""A function of torch, or an operator, applied to symbols: a step of a model without weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kerasish.graph.shape_inference import infer_outputs
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.naming import unique_name


class TorchFunction(Layer):
    """Applies a function to the tensors of a call.

    It is made by using a symbol: `x + y`, `x[:, -1]`, `torch.tanh(x)`, `x.mean(dim=1)`.

    Args:
        function: A function of tensors.
        title: What automatic names are made from; the function's own name by default.
        **kwargs: Arguments of every layer.
    """

    _moves_masks = True

    def __init__(self, function: Callable, title: str | None = None, **kwargs: Any) -> None:
        title = title or getattr(function, "__name__", type(function).__name__).strip("_")
        kwargs["name"] = kwargs.get("name") or unique_name(title)
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.function = function
        self.supports_masking = True

    def _require_tensors(self, args: tuple) -> None:
        """Positions may hold any value here: indices, numbers, axes."""

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Find the outputs' shapes by running the function on tensors without values."""
        return infer_outputs(self.function, args, kwargs, f"{self.name} (a function of tensors)")

    def call(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Apply the function."""
        return self.function(*args, **kwargs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """As Keras's operations, drop the mask."""
        return None

    def get_build_config(self) -> None:
        """There is nothing to build."""
        return

    def get_config(self) -> dict[str, Any]:
        """Refuse: only operators have a configuration."""
        raise NotImplementedError(
            f"Step '{self.name}' applies a function that a configuration can't name; put it into "
            "a Layer subclass registered with register_keras_serializable. "
            f"Received: {torch.overrides.resolve_name(self.function) or self.function!r}"
        )
