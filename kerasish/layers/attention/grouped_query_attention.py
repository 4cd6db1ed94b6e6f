"""`GroupQueryAttention`: groups of heads share keys and values (Ainslie et al. 2023)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.attention.allowed import allowed_pairs
from kerasish.layers.attention.projected import ProjectedAttention
from kerasish.saving.registry import builtin


@builtin("keras.layers", "GroupedQueryAttention", name="GroupQueryAttention")
class GroupedQueryAttention(ProjectedAttention):
    """Attention of several heads, of which groups share their keys and values.

    Keras's public name of the class is `GroupQueryAttention`.

    Args:
        head_dim: Features of a head.
        num_query_heads: Number of heads of the queries.
        num_key_value_heads: Number of heads of the keys and values, a divisor of
            `num_query_heads`.
        dropout: Share of the weights to drop in training.
        use_bias: Whether the projections have biases.
        sliding_window: How far a query sees to both sides, itself counted; None for all.
        flash_attention: Whether torch's `scaled_dot_product_attention` must be able to run. It
            runs wherever it can, whatever this says.
        kernel_initializer: How the kernels are drawn.
        bias_initializer: How the biases are drawn.
        kernel_regularizer: Penalty on the kernels.
        bias_regularizer: Penalty on the biases.
        activity_regularizer: Penalty on the output, and on each projection's.
        kernel_constraint: Projection of the kernels.
        bias_constraint: Projection of the biases.
        use_gate: Whether a sigmoid of a projection of the queries multiplies the attended values.
        seed: Seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments: as those of `MultiHeadAttention`. Returns `(batch, time, features)`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    arguments = (
        "head_dim",
        "num_query_heads",
        "num_key_value_heads",
        "use_bias",
        "use_gate",
        "sliding_window",
        "dropout",
        *ProjectedAttention.projection_arguments,
        "seed",
    )

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._read_arguments(locals())
        self._check_attention(flash_attention)
        self.head_dim = self._checked_size("head_dim", head_dim)
        self.num_query_heads = self._checked_size("num_query_heads", num_query_heads)
        self.num_key_value_heads = self._checked_size("num_key_value_heads", num_key_value_heads)
        self.num_repeats = self.num_query_heads // self.num_key_value_heads
        if self.num_query_heads % self.num_key_value_heads:
            self._refuse(
                "num_key_value_heads",
                num_key_value_heads,
                f"a divisor of num_query_heads={num_query_heads}",
            )

    def build(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        shapes = [tuple(shape) for shape in (query_shape, value_shape, key_shape)]
        if any(len(shape) != 3 for shape in shapes):
            raise ValueError(
                f"Layer '{self.name}' (GroupQueryAttention) takes queries, values and keys (batch, "
                f"time, features). Received: shapes {shapes}"
            )
        self.feature_dim = query_shape[-1]
        many = (None, self.num_query_heads, self.head_dim)
        few = (None, self.num_key_value_heads, self.head_dim)
        self._query_dense = self._project("query", "bqm,muh->bquh", many, "uh")
        self._query_dense.build(query_shape)
        self._key_dense = self._project("key", "bkm,mvh->bkvh", few, "vh")
        self._key_dense.build(key_shape)
        if self.use_gate:
            self._gate_dense = self._project("gate", "bqm,muh->bquh", many, "uh", "sigmoid")
            self._gate_dense.build(query_shape)
        self._value_dense = self._project("value", "bkm,mvh->bkvh", few, "vh")
        self._value_dense.build(value_shape)
        self._make_core(-1)
        size = (None, self.feature_dim)
        self._output_dense = self._project("attention_output", "bquh,uhm->bqm", size, "m")
        self._output_dense.build((None, None, self.num_query_heads, self.head_dim))

    def call(
        self,
        query: torch.Tensor,
        value: torch.Tensor,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """Attend."""
        key = value if key is None else key
        masks = (query_mask, value_mask, key_mask, attention_mask, self.sliding_window)
        hides_later_only = use_causal_mask and all(one is None for one in masks)
        fused = self._runs_fused(query.unsqueeze(-1), return_attention_scores)
        allowed = None
        if not (hides_later_only and fused):
            allowed = allowed_pairs(
                query,
                value,
                query_mask=query_mask,
                value_mask=value_mask,
                key_mask=key_mask,
                attention_mask=attention_mask,
                causal=use_causal_mask,
                window=self.sliding_window,
            )
        queries = self._query_dense(query)
        keys = self._key_dense(key).repeat_interleave(self.num_repeats, 2)
        values = self._value_dense(value).repeat_interleave(self.num_repeats, 2)
        scores = None
        if fused:
            causal = use_causal_mask and allowed is None
            heads = self._attend_fused(queries, keys, values, allowed, causal)
        else:
            heads, scores = self._attend(queries, keys, values, allowed, (1,), training)
        if self.use_gate:
            heads = heads * self._gate_dense(query)
        output = self._output_dense(heads)
        return (output, scores) if return_attention_scores else output

    def compute_output_shape(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> tuple:
        """Return the queries' shape.

        Raises:
            ValueError: If Keras's conditions on the shapes do not hold.
        """
        key_shape = value_shape if key_shape is None else key_shape
        if query_shape[-1] != value_shape[-1] or value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                f"Layer '{self.name}' (GroupQueryAttention) takes queries and values of the same "
                "features, and values and keys of the same time. Received: shapes "
                f"{[tuple(shape) for shape in (query_shape, value_shape, key_shape)]}"
            )
        return tuple(query_shape)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the symbolic output, and the scores if wanted."""
        named = {**dict(zip(self._signature.names, args, strict=False)), **kwargs}
        query, value = named["query"], named["value"]
        key = value if named.get("key") is None else named["key"]
        shape = self.compute_output_shape(query.shape, value.shape, key.shape)
        output = KerasTensor(shape, self.compute_dtype)
        if not named.get("return_attention_scores"):
            return output
        scores = (query.shape[0], self.num_query_heads, query.shape[1], key.shape[1])
        return output, KerasTensor(scores, self.compute_dtype)
