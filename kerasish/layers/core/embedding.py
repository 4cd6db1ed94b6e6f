"""`Embedding`: a row of a table for each index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from kerasish.dtypes import torch_dtype
from kerasish.graph.mask_step import MaskStep
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class Embedding(Layer):
    """Turns indices into vectors; holds an `nn.Embedding` as `embedding`.

    Args:
        input_dim: Number of rows: the largest index plus one.
        output_dim: Size of a vector.
        embeddings_initializer: How the table is drawn.
        embeddings_regularizer: Penalty on the table.
        embeddings_constraint: Projection of the table.
        mask_zero: Whether index 0 is padding, which later layers are told by a mask.
        weights: Initial table, alone or in a list.
        lora_rank: Not supported; must be None.
        lora_alpha: Not supported; must be None.
        quantization_config: Not supported; must be None.
        **kwargs: Arguments of every layer, and Keras 2's `input_length`.

    Call argument: indices `(batch, ...)`; returns `(batch, ..., output_dim)`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("Embedding")
    held_module = "embedding"
    arguments = (
        "input_dim",
        "output_dim",
        "embeddings_initializer",
        "embeddings_regularizer",
        "activity_regularizer",
        "embeddings_constraint",
        "mask_zero",
        "quantization_config",
    )

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        length = kwargs.pop("input_length", None)
        if length is not None and "input_shape" not in kwargs:
            kwargs["input_shape"] = tuple(length) if isinstance(length, Sequence) else (length,)
        super().__init__(**kwargs)
        for argument, value in (
            ("lora_rank", lora_rank),
            ("lora_alpha", lora_alpha),
            ("quantization_config", quantization_config),
        ):
            if value is not None:
                self._refuse(argument, value, "nothing but None")
        self._read_arguments(locals())
        self.input_dim = self._checked_size("input_dim", input_dim)
        self.output_dim = self._checked_size("output_dim", output_dim)
        self.supports_masking = mask_zero
        if weights is not None:
            self._initial_weights = weights if isinstance(weights, (list, tuple)) else [weights]
            self._build_from_shapes({"inputs": (None,)})

    # What an optimizer of this package wants to know of the lookups, while it trains the table.
    _lookups: Any = None

    def build(self, input_shape: Any = None) -> None:
        """Make the table; it does not depend on the inputs' shape."""
        if self.built:
            return
        self.embedding = make_empty(
            nn.Embedding, self.input_dim, self.output_dim, dtype=torch_dtype(self.variable_dtype)
        )
        self._init_ported_weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            self.embeddings_regularizer,
            self.embeddings_constraint,
        )

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Look the indices up; floats are cut to whole numbers, as in Keras."""
        if inputs.dtype not in (torch.int64, torch.int32):
            inputs = inputs.to(torch.int32)
        output = self.embedding(inputs)
        if self._lookups is not None and output.requires_grad and not _is_traced():
            self._lookups.watch(inputs, output)
        return output

    def _makes_masks(self) -> bool:
        return self.mask_zero

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where the index is not zero, `(batch, ...)`, if `mask_zero`."""
        return inputs != 0 if self.mask_zero else None

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        return MaskStep("not_equal", inputs) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with an axis of `output_dim` added."""
        return (*input_shape, self.output_dim)


def _is_traced() -> bool:
    """Whether a call is compiled, exported, or transformed by `torch.func`."""
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()
