"""What the attention layers with projections have in common: projections and the core."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch

from kerasish.layers.activations.rectifiers import Softmax
from kerasish.layers.attention.fused import attend_fused, score_factor
from kerasish.layers.base.layer import Layer
from kerasish.layers.core.einsum_dense import EinsumDense
from kerasish.layers.regularization.dropout import Dropout


class ProjectedAttention(Layer):
    """The base of layers that attend between projections of queries, keys and values.

    The projections are `EinsumDense`. Torch's `nn.MultiheadAttention` would need values as wide
    as keys, heads that fill the queries' features, and projections packed in one parameter.
    """

    supports_masking = True
    projection_arguments: ClassVar[tuple[str, ...]] = (
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
    )
    dropout: float
    seed: Any
    use_bias: bool
    use_gate: bool
    sliding_window: int | None
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    _flash_attention: bool
    _query_dense: EinsumDense
    _key_dense: EinsumDense
    _value_dense: EinsumDense
    _gate_dense: EinsumDense
    _output_dense: EinsumDense

    def _check_attention(self, flash_attention: bool | None) -> None:
        """Check the arguments that all have, and note whether torch's kernel is demanded."""
        window = self.sliding_window
        if window is not None:
            self._checked_size("sliding_window", window)
        self._flash_attention = bool(flash_attention)
        if self._flash_attention and self.dropout > 0:
            self._refuse("dropout", self.dropout, "0 with flash_attention=True")

    def _project(
        self, name: str, equation: str, sizes: Any, bias_axes: str, activation: Any = None
    ) -> EinsumDense:
        # Each projection draws by itself from an initializer of the same configuration.
        kernel, bias = (
            type(one).from_config(one.get_config()) if hasattr(one, "get_config") else one
            for one in (self.kernel_initializer, self.bias_initializer)
        )
        dense = EinsumDense(
            equation,
            sizes,
            activation=activation,
            bias_axes=bias_axes if self.use_bias else None,
            kernel_initializer=kernel,
            bias_initializer=bias,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self.activity_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.variable_dtype,
            name=name,
        )
        # The masks are used between the projections, so none is lost in them.
        dense.supports_masking = True
        return dense

    def _make_core(self, axes: int | tuple[int, ...]) -> None:
        """Make the layers that take no weights: the softmax and the dropout."""
        self._softmax = Softmax(axes, dtype=self.variable_dtype)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.variable_dtype)

    def _runs_fused(self, query: torch.Tensor, wants_scores: bool) -> bool:
        """Whether torch's kernel computes the core; it gives no scores and draws other dropout."""
        fused = query.ndim == 4 and not wants_scores and self.dropout == 0
        if self._flash_attention and not fused:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) with flash_attention=True attends "
                "along one axis and returns no scores. Received: return_attention_scores="
                f"{wants_scores}, queries of {query.ndim - 1} axes"
            )
        return fused

    def _attend_fused(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        allowed: torch.Tensor | None,
        causal: bool,
    ) -> torch.Tensor:
        """Attend with torch's kernel.

        Args:
            query: `(batch, time, heads, features)`, the others likewise.
            key: Keys.
            value: Values.
            allowed: Pairs that may meet, to broadcast over `(batch, heads, time, steps)`.
            causal: Whether later steps are hidden, where `allowed` is None.
        """
        allowed = None if allowed is None else _unsqueezed(allowed, 4, -3)
        return attend_fused(query, key, value, allowed, causal, score_factor(query.shape[-1]))

    def _attend(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        allowed: torch.Tensor | None,
        axes: tuple[int, ...],
        training: bool | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend along any axes, with scores.

        Args:
            query: `(batch, ..., heads, features)`, the others likewise.
            key: Keys.
            value: Values.
            allowed: Pairs that may meet, or None.
            axes: The axes of positions.
            training: Whether dropout runs.

        Returns:
            Values `(batch, ..., heads, features)`, and scores `(batch, other axes, heads, axes of
            the queries, axes of the keys)`.
        """
        rest = [axis for axis in range(1, query.ndim - 2) if axis not in axes]
        order = [0, *rest, query.ndim - 2, *axes, query.ndim - 1]
        q, k, v = (one.permute(order) for one in (query, key, value))
        front, first = q.shape[: len(rest) + 2], len(rest) + 2
        rows, columns = q.shape[first:-1], k.shape[first:-1]
        q, k, v = (one.flatten(first, -2) for one in (q, k, v))
        scores = (q * score_factor(query.shape[-1]) @ k.transpose(-2, -1)).reshape(
            *front, *rows, *columns
        )
        if allowed is not None:
            allowed = _unsqueezed(allowed, scores.ndim, -2 * len(axes) - 1)
        scores = self._softmax(scores, mask=allowed)
        weights = self._dropout_layer(scores, training=training)
        flat = weights.reshape(*front, math.prod(rows), math.prod(columns))
        result = (flat @ v).reshape(*front, *rows, v.shape[-1])
        inverse = [order.index(axis) for axis in range(query.ndim)]
        return result.permute(inverse), scores


def _unsqueezed(mask: torch.Tensor, ndim: int, axis: int) -> torch.Tensor:
    """Insert axes of size 1 until a mask has `ndim`."""
    while mask.ndim < ndim:
        mask = mask.unsqueeze(axis)
    return mask
