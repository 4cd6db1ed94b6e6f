"""A function of torch, or an operator, applied to symbols: a step of a model without weights."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch

from kerasish.graph.shape_inference import infer_outputs
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.naming import unique_name
from kerasish.saving.registry import builtin

# What a configuration may name. Anything else works in a model, but not in a saved one.
_SAVED_OPERATORS = {
    name: getattr(operator, name)
    for name in (
        *("neg", "abs", "getitem", "lt", "le", "gt", "ge"),
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    )
}


@builtin("kerasish.layers")
class TorchFunction(Layer):
    """Applies a function to the tensors of a call.

    It is made by using a symbol: `x + y`, `x[:, -1]`, `torch.tanh(x)`, `x.mean(dim=1)`.

    Args:
        function: A function of tensors, or the name of an operator such as `"add"`.
        **kwargs: Arguments of every layer.
    """

    def __init__(self, function: Callable | str, **kwargs: Any) -> None:
        if isinstance(function, str):
            if function not in _SAVED_OPERATORS:
                raise ValueError(
                    f"TorchFunction knows the operators {sorted(_SAVED_OPERATORS)}. "
                    f"Received: function={function!r}"
                )
            function = _SAVED_OPERATORS[function]
        title = getattr(function, "__name__", type(function).__name__).strip("_")
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

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function."""
        return self.function(*args, **kwargs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """As Keras's operations, drop the mask."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; only operators have one."""
        for name, function in _SAVED_OPERATORS.items():
            if function is self.function:
                return {"name": self.name, "function": name}
        raise NotImplementedError(
            f"Step '{self.name}' applies a function that a configuration can't name; put it into "
            "a Layer subclass registered with register_keras_serializable. "
            f"Received: {torch.overrides.resolve_name(self.function) or self.function!r}"
        )
