"""`MultiHeadAttention`: attention between projections (Vaswani et al. 2017)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.activations.rectifiers import Softmax
from kerasish.layers.base.inputs import get_mask
from kerasish.layers.base.layer import Layer
from kerasish.layers.core.einsum_dense import EinsumDense
from kerasish.layers.regularization.dropout import Dropout
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class MultiHeadAttention(Layer):
    """Attention of several heads over sequences `(batch, time, features)`.

    It holds four `EinsumDense`: `query_dense`, `key_dense`, `value_dense` and `output_dense`.

    Args:
        num_heads: Number of heads.
        key_dim: Features of a head's queries and keys.
        value_dim: Features of a head's values; `key_dim` if None.
        dropout: Share of the weights to drop in training.
        use_bias: Whether the projections have biases.
        output_shape: Features of the output; those of the queries if None.
        attention_axes: Not supported; must be None or the axis of time.
        sliding_window: Not supported; must be None.
        flash_attention: Not supported; must be None or False.
        kernel_initializer: How the kernels are drawn.
        bias_initializer: How the biases are drawn.
        kernel_regularizer: Penalty on the kernels.
        bias_regularizer: Penalty on the biases.
        activity_regularizer: Not supported; must be None.
        kernel_constraint: Projection of the kernels.
        bias_constraint: Projection of the biases.
        use_gate: Not supported; must be False.
        seed: Seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments: `query` `(batch, time, features)`, `value` and `key` `(batch, steps, features)`;
    `query_mask`, `value_mask`, `key_mask` of two axes; `attention_mask` `(batch, time, steps)`;
    `return_attention_scores`; `training`; `use_causal_mask`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    supports_masking = True
    arguments = (
        "num_heads",
        "key_dim",
        "value_dim",
        "dropout",
        "use_bias",
        "use_gate",
        "attention_axes",
        "sliding_window",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "seed",
    )

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
        super().__init__(**kwargs)
        if attention_axes not in (None, 1, (1,), [1]):
            self._refuse("attention_axes", attention_axes, "None or 1, the axis of time,")
        for argument, value in (
            ("sliding_window", sliding_window),
            ("flash_attention", flash_attention or None),
            ("activity_regularizer", activity_regularizer),
            ("use_gate", use_gate or None),
        ):
            if value is not None:
                self._refuse(argument, value, "nothing but its default")
        self._read_arguments(locals())
        self.num_heads = self._checked_size("num_heads", num_heads)
        self.key_dim = self._checked_size("key_dim", key_dim)
        self.value_dim = self._checked_size("value_dim", value_dim or key_dim)
        self._output_shape = (output_shape,) if isinstance(output_shape, int) else output_shape
        if output_shape is not None and len(self._output_shape) != 1:
            self._refuse("output_shape", output_shape, "one size")

    def _project(self, name: str, equation: str, sizes: Any, bias_axes: str) -> EinsumDense:
        # Each projection draws by itself from an initializer of the same configuration.
        kernel, bias = (
            type(one).from_config(one.get_config()) if hasattr(one, "get_config") else one
            for one in (self.kernel_initializer, self.bias_initializer)
        )
        return EinsumDense(
            equation,
            (None, *sizes),
            bias_axes=bias_axes if self.use_bias else None,
            kernel_initializer=kernel,
            bias_initializer=bias,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.variable_dtype,
            name=name,
        )

    def build(  # type: ignore[override]
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        for shape in (query_shape, value_shape, key_shape):
            if len(shape) != 3:
                raise ValueError(
                    f"Layer '{self.name}' (MultiHeadAttention) takes sequences (batch, time, "
                    f"features). Received: an input of shape {tuple(shape)}"
                )
        heads, equation = self.num_heads, "abc,cde->abde"
        self._query_dense = self._project("query", equation, (heads, self.key_dim), "de")
        self._query_dense.build(query_shape)
        self._key_dense = self._project("key", equation, (heads, self.key_dim), "de")
        self._key_dense.build(key_shape)
        self._value_dense = self._project("value", equation, (heads, self.value_dim), "de")
        self._value_dense.build(value_shape)
        self._attention_axes = self.attention_axes = (1,)
        self._softmax = Softmax((3,), dtype=self.variable_dtype)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.variable_dtype)
        features = self._output_shape or (query_shape[-1],)
        self._output_dense = self._project("attention_output", "abcd,cde->abe", features, "e")
        self._output_dense.build((*query_shape[:2], heads, self.value_dim))

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
        allowed = None if attention_mask is None else attention_mask.bool()
        query_mask = get_mask(query) if query_mask is None else query_mask
        parts = [
            None if query_mask is None else query_mask.bool().unsqueeze(-1),
            None if value_mask is None else value_mask.bool().unsqueeze(-2),
            None if key_mask is None else key_mask.bool().unsqueeze(-2),
        ]
        if use_causal_mask:
            sizes = (query.shape[1], value.shape[1])
            parts.append(torch.ones(sizes, dtype=torch.bool, device=query.device).tril()[None])
        for part in parts:
            if part is not None:
                allowed = part if allowed is None else allowed & part
        if allowed is not None and allowed.ndim == 3:
            allowed = allowed.unsqueeze(1)
        # `(batch, heads, time, features)`.
        queries = self._query_dense(query).transpose(1, 2)
        keys = self._key_dense(key).transpose(1, 2)
        values = self._value_dense(value).transpose(1, 2)
        scale, scores = 1 / math.sqrt(self.key_dim), None
        if allowed is None and self.dropout == 0 and not return_attention_scores:
            heads = functional.scaled_dot_product_attention(queries, keys, values, scale=scale)
        else:
            # Keras's large number lets rows that are masked whole be finite; torch's kernel not.
            scores = self._softmax(queries * scale @ keys.transpose(-2, -1), mask=allowed)
            heads = self._dropout_layer(scores, training=training) @ values
        output = self._output_dense(heads.transpose(1, 2))
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
