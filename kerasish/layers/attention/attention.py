"""`Attention` and `AdditiveAttention`: weights without projections."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from kerasish import random
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.base.layer import Layer
from kerasish.random import SeedGenerator
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Attention(Layer):
    """Luong's attention: the softmax of the products of queries and keys weighs the values.

    Args:
        use_scale: Whether a learned number multiplies the scores.
        score_mode: `"dot"`, or `"concat"` for the sum of the tanh of query plus key.
        dropout: Share of the weights to drop in training.
        seed: Seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments: a list of queries `(batch, time, features)`, values `(batch, steps, features)`
    and, optionally, keys; `mask`, a list of masks of queries and values; `training`;
    `return_attention_scores`; `use_causal_mask`. Returns `(batch, time, features)`, and the scores
    `(batch, time, steps)` if wanted.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    supports_masking = True
    _moves_masks = True
    scale: Any
    concat_score_weight: Any
    arguments: ClassVar[tuple[str, ...]] = ("use_scale", "score_mode", "dropout", "seed")

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_scale, self.score_mode = use_scale, score_mode
        self.dropout, self.seed = dropout, seed
        if score_mode not in ("dot", "concat"):
            self._refuse("score_mode", score_mode, "'dot' or 'concat'")
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self._check_list(input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def _check_list(self, inputs: Any) -> None:
        if not isinstance(inputs, list) or len(inputs) not in (2, 3):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) is called on a list [query, value] "
                f"or [query, value, key]. Received: {inputs!r}"
            )

    def _scores(self, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        if self.score_mode == "dot":
            scores = query @ key.transpose(-2, -1)
            return scores if self.scale is None else scores * self.scale
        total = query.unsqueeze(-2) + key.unsqueeze(-3)
        total = total if self.scale is None else total * self.scale
        return self.concat_score_weight * total.tanh().sum(-1)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Weigh the values."""
        self._check_list(inputs)
        query, value = inputs[:2]
        scores = self._scores(query, inputs[-1])
        query_mask, allowed = (mask[0], mask[1]) if mask else (None, None)
        if allowed is not None:
            allowed = allowed.bool().unsqueeze(-2)
        if use_causal_mask:
            ones = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device)
            causal = ones.tril()[None]
            allowed = causal if allowed is None else allowed & causal
        if allowed is not None:
            large = 65504.0 if scores.dtype == torch.float16 else 1e9
            scores = torch.where(allowed, scores, scores - large)
        weights = torch.softmax(scores, -1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        result = weights @ value
        if query_mask is not None:
            result = torch.where(query_mask.bool().unsqueeze(-1), result, 0.0)
        return (result, weights) if return_attention_scores else result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the queries."""
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the queries' shape with the values' features."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return the symbolic output, and the scores if wanted."""
        inputs = args[0] if args else kwargs["inputs"]
        shapes = [tuple(one.shape) for one in inputs]
        output = KerasTensor(self.compute_output_shape(shapes), self.compute_dtype)
        if not kwargs.get("return_attention_scores"):
            return output
        scores = (*shapes[0][:-1], shapes[-1][-2])
        return output, KerasTensor(scores, self.compute_dtype)


@builtin("keras.layers")
class AdditiveAttention(Attention):
    """Bahdanau's attention: the scores are sums of the tanh of query plus key.

    Args:
        use_scale: Whether a learned vector weighs the features.
        dropout: Share of the weights to drop in training.
        **kwargs: `seed`, and the arguments of every layer.

    Call arguments and results are those of `Attention`.
    """

    arguments = ("use_scale", "dropout", "seed")

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self._check_list(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale")

    def _scores(self, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        terms = (query.unsqueeze(-2) + key.unsqueeze(-3)).tanh()
        return (terms if self.scale is None else terms * self.scale).sum(-1)
