"""`MultiHeadAttention`: attention between projections (Vaswani et al. 2017)."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any

import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.attention.allowed import allowed_pairs
from kerasish.layers.attention.projected import ProjectedAttention
from kerasish.layers.base.inputs import get_mask
from kerasish.layers.core.einsum_dense import EinsumDense
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class MultiHeadAttention(ProjectedAttention):
    """Attention of several heads over sequences `(batch, time, features)`, or over more axes.

    It holds four `EinsumDense`: `query_dense`, `key_dense`, `value_dense` and `output_dense`.

    Args:
        num_heads: Number of heads.
        key_dim: Features of a head's queries and keys.
        value_dim: Features of a head's values; `key_dim` if None.
        dropout: Share of the weights to drop in training.
        use_bias: Whether the projections have biases.
        output_shape: Features of the output, one size or several; those of the queries if None.
        attention_axes: The axes of positions; all but the batch and the features if None.
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
        use_gate: Whether a sigmoid of a projection of the queries multiplies the attended values
            (Qiu et al. 2025, https://arxiv.org/abs/2505.06708).
        seed: Seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments: `query` `(batch, time, features)`, `value` and `key` `(batch, steps, features)`;
    `query_mask`, `value_mask`, `key_mask` of two axes; `attention_mask` `(batch, time, steps)`;
    `return_attention_scores`; `training`; `use_causal_mask`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    arguments = (
        "num_heads",
        "key_dim",
        "value_dim",
        "dropout",
        "use_bias",
        "use_gate",
        "attention_axes",
        "sliding_window",
        *ProjectedAttention.projection_arguments,
        "seed",
    )
    attention_axes: Any

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
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
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        elif attention_axes is not None and not isinstance(attention_axes, (list, tuple)):
            self._refuse("attention_axes", attention_axes, "an axis, a list of axes or None")
        self._read_arguments(locals())
        self._check_attention(flash_attention)
        self.num_heads = self._checked_size("num_heads", num_heads)
        self.key_dim = self._checked_size("key_dim", key_dim)
        self.value_dim = self._checked_size("value_dim", value_dim or key_dim)
        self._output_shape: Any = output_shape
        if output_shape:
            sizes = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
            self._output_shape = tuple(self._checked_size("output_shape", one) for one in sizes)

    def build(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        self._check_shapes(query_shape, value_shape, key_shape)
        sizes = {"query": self.key_dim, "key": self.key_dim, "value": self.value_dim}
        self._query_dense = self._to_heads("query", query_shape, sizes["query"])
        self._key_dense = self._to_heads("key", key_shape, sizes["key"])
        if self.use_gate:
            self._gate_dense = self._to_heads("gate", query_shape, self.value_dim, "sigmoid")
        self._value_dense = self._to_heads("value", value_shape, sizes["value"])
        self._set_axes(len(value_shape))
        features = self._output_shape or (query_shape[-1],)
        free = ascii_lowercase[: len(query_shape) - 1]
        out = ascii_lowercase[len(free) + 2 : len(free) + 2 + len(features)]
        head = ascii_lowercase[len(free) : len(free) + 2]
        self._output_dense = self._project(
            "attention_output",
            f"{free}{head},{head}{out}->{free}{out}",
            (*(None,) * (len(free) - 1), *features),
            out,
        )
        self._output_dense.build((*query_shape[:-1], self.num_heads, self.value_dim))

    def _to_heads(self, name: str, shape: Any, size: int, activation: Any = None) -> EinsumDense:
        """Make a projection `(batch, ..., features)` to `(batch, ..., heads, size)`."""
        free = ascii_lowercase[: len(shape) - 1]
        source, head, feature = list(ascii_lowercase[len(free) : len(free) + 3])
        dense = self._project(
            name,
            f"{free}{source},{source}{head}{feature}->{free}{head}{feature}",
            (*(None,) * (len(free) - 1), self.num_heads, size),
            f"{head}{feature}",
            activation,
        )
        dense.build(shape)
        return dense

    def _set_axes(self, rank: int) -> None:
        """Fix the axes of positions for inputs of a rank."""
        given = range(1, rank - 1) if self.attention_axes is None else self.attention_axes
        axes = tuple(axis if axis >= 0 else rank + axis for axis in given)
        if not axes or any(not 0 < axis < rank - 1 for axis in axes):
            self._refuse("attention_axes", self.attention_axes, f"axes from 1 to {rank - 2}")
        self.attention_axes = axes
        last = rank + len(axes)
        self._make_core(tuple(range(last - len(axes), last)))

    def _check_shapes(self, query_shape: Any, value_shape: Any, key_shape: Any) -> None:
        shapes = [tuple(shape) for shape in (query_shape, value_shape, key_shape)]
        if min(map(len, shapes)) < 3 or shapes[1][1:-1] != shapes[2][1:-1]:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes queries, values and keys "
                "(batch, time, features), values and keys of the same time. Received: shapes "
                f"{shapes}"
            )

    @property
    def query_dense(self) -> EinsumDense:
        """The projection of the queries."""
        return self._query_dense

    @property
    def key_dense(self) -> EinsumDense:
        """The projection of the keys."""
        return self._key_dense

    @property
    def value_dense(self) -> EinsumDense:
        """The projection of the values."""
        return self._value_dense

    @property
    def output_dense(self) -> EinsumDense:
        """The projection of all heads together."""
        return self._output_dense

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
        query_mask = get_mask(query) if query_mask is None else query_mask
        masks = (query_mask, value_mask, key_mask, attention_mask, self.sliding_window)
        hides_later_only = use_causal_mask and all(one is None for one in masks)
        fused = self._runs_fused(query.unsqueeze(-1), return_attention_scores)
        allowed = None
        if not (hides_later_only and fused):
            allowed = allowed_pairs(
                query,
                value,
                axis=self.attention_axes[0],
                query_mask=query_mask,
                value_mask=value_mask,
                key_mask=key_mask,
                attention_mask=attention_mask,
                causal=use_causal_mask,
                window=self.sliding_window,
            )
        queries = self._query_dense(query)
        keys, values = self._key_dense(key), self._value_dense(value)
        scores = None
        if fused:
            causal = use_causal_mask and allowed is None
            heads = self._attend_fused(queries, keys, values, allowed, causal)
        else:
            axes = self.attention_axes
            heads, scores = self._attend(queries, keys, values, allowed, axes, training)
        if self.use_gate:
            heads = heads * self._gate_dense(query)
        output = self._output_dense(heads)
        return (output, scores) if return_attention_scores else output

    def compute_output_shape(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> tuple:
        """Return the queries' shape, with the output's features."""
        return (*query_shape[:-1], *(self._output_shape or query_shape[-1:]))

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the symbolic output, and the scores if wanted."""
        named = {**dict(zip(self._signature.names, args, strict=False)), **kwargs}
        query, value = named["query"], named["value"]
        shape = self.compute_output_shape(query.shape, value.shape)
        output = KerasTensor(shape, self.compute_dtype)
        if not named.get("return_attention_scores"):
            return output
        # Keras gives the queries' length twice.
        scores = (query.shape[0], self.num_heads, query.shape[1], query.shape[1])
        return output, KerasTensor(scores, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {**super().get_config(), "output_shape": self._output_shape}
