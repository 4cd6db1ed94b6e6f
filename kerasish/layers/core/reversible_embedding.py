"""`ReversibleEmbedding`: a table that also turns vectors back into scores of its rows."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.core.embedding import Embedding
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class ReversibleEmbedding(Embedding):
    """Turns indices into vectors, and vectors into logits of the indices (Press & Wolf 2016).

    Args:
        input_dim: Number of rows: the largest index plus one.
        output_dim: Size of a vector.
        tie_weights: Whether both directions use the same table.
        embeddings_initializer: How the tables are drawn.
        embeddings_regularizer: Penalty on the first table.
        embeddings_constraint: Projection of the first table.
        mask_zero: Whether index 0 is padding, which later layers are told by a mask.
        reverse_dtype: Type in which logits are computed; the inputs' by default.
        logit_soft_cap: Bound that a tanh keeps the logits within; None for none.
        **kwargs: Arguments of `Embedding` and of every layer.

    Call arguments: indices `(batch, ...)`, to vectors `(batch, ..., output_dim)`; or, with
    `reverse=True`, vectors `(batch, ..., output_dim)`, to logits `(batch, ..., input_dim)`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("ReversibleEmbedding")

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        initial = kwargs.pop("weights", None)
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap
        if initial is not None:
            self._initial_weights = initial if isinstance(initial, (list, tuple)) else [initial]
            self._build_from_shapes({"inputs": (None,)})

    def build(self, input_shape: Any = None) -> None:
        """Make the table or tables; they do not depend on the inputs' shape."""
        if self.built:
            return
        super().build(input_shape)
        if self.tie_weights:
            return
        # Stored as `nn.Linear` stores it, for the product with vectors.
        reverse = make_empty(
            nn.Linear,
            self.output_dim,
            self.input_dim,
            bias=False,
            dtype=torch_dtype(self.variable_dtype),
        )
        self.embedding.reverse_weight = reverse.weight
        self._init_ported_weight(
            "reverse_embeddings", (self.output_dim, self.input_dim), self.embeddings_initializer
        )

    def call(self, inputs: torch.Tensor, reverse: bool = False) -> torch.Tensor:  # type: ignore[override]
        """Look the indices up, or score the vectors."""
        if not reverse:
            return super().call(inputs)
        table: Any = self.embedding.weight if self.tie_weights else self.embedding.reverse_weight
        if self.reverse_dtype is not None:
            kind = torch_dtype(self.reverse_dtype)
            inputs, table = inputs.to(kind), table.to(kind)
        logits = functional.linear(inputs, table)
        cap = self.logit_soft_cap
        return logits if cap is None else torch.tanh(logits / cap) * cap

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        return None if _is_reverse(inputs) else super()._symbolic_mask(inputs, mask)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where the index is not zero, if `mask_zero`; None for vectors."""
        return None if _is_reverse(inputs) else super().compute_mask(inputs, mask)

    def compute_output_shape(self, input_shape: Any, reverse: bool = False) -> tuple:
        """Return the shape of the vectors, or of the logits."""
        if reverse:
            return (*input_shape[:-1], self.input_dim)
        return super().compute_output_shape(input_shape)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the symbolic output."""
        inputs = args[0] if args else kwargs["inputs"]
        reverse = args[1] if len(args) > 1 else kwargs.get("reverse", False)
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            **super().get_config(),
            "tie_weights": self.tie_weights,
            "reverse_dtype": self.reverse_dtype,
            "logit_soft_cap": self.logit_soft_cap,
        }


def _is_reverse(inputs: Any) -> bool:
    """Whether inputs are vectors, not indices."""
    return "float" in str(inputs.dtype)
