"""`IntegerLookup`: integers by their place in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.layers.preprocessing.buckets import buckets_of, written
from kerasish.layers.preprocessing.index_lookup import IndexLookup
from kerasish.layers.preprocessing.outside_of_compiled_code import outside_of_compiled_code
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class IntegerLookup(IndexLookup):
    """Numbers integers by their place in a vocabulary.

    Args:
        max_tokens: Most tokens of the vocabulary, those for masks and unknown ones among them.
        num_oov_indices: Number of indices for unknown integers. 0 refuses unknown integers.
        mask_token: Integer that stands for nothing, index 0; None for none.
        oov_token: What stands for unknown integers in the vocabulary.
        vocabulary: The integers, or the path of a text file with one on each line; else `adapt`
            learns them.
        vocabulary_dtype: `"int64"`.
        idf_weights: Inverse document frequencies of the vocabulary, with `"tf_idf"`.
        invert: Whether to turn indices into integers.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        sparse: Not supported; must be False.
        pad_to_max_tokens: Whether vectors have the length `max_tokens`.
        oov_method: How unknown integers are spread over several indices: by the remainder
            (`"floormod"`), or by their hash (`"farmhash"`), which runs outside of compiled code.
        salt: One or two integers, the key of the hash.
        name: Name of the layer.
        **kwargs: Arguments of every layer.

    Call argument: integers of any shape.

    Raises:
        ValueError: If an argument has a value it can't have, or an integer is not known.
    """

    vocabulary_dtype = "int64"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            vocabulary,
            idf_weights,
            invert,
            output_mode,
            sparse,
            pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )
        if vocabulary_dtype != "int64":
            self._refuse("vocabulary_dtype", vocabulary_dtype, "'int64'")
        if salt is not None and oov_method != "farmhash":
            self._refuse("salt", salt, "nothing, without oov_method='farmhash',")

    @property
    def input_dtype(self) -> str:
        """Keras's name of the dtype of the inputs."""
        return "int64"

    def _token(self, value: Any) -> int:
        try:
            if isinstance(value, str):
                return int(value)
            if int(value) == value:
                return int(value)
        except (TypeError, ValueError):
            pass
        return self._refuse("vocabulary", value, "integers")

    def _rows(self, data: Any) -> list[list[int]]:
        values = data.numpy(force=True) if isinstance(data, torch.Tensor) else np.asarray(data)
        values = values.astype(np.int64)
        if values.ndim < 2:
            values = values.reshape(-1, 1)
        return values.reshape(len(values), -1).tolist()

    def _index_tokens(self) -> None:
        tokens = torch.tensor(self._tokens, dtype=torch.int64)
        ordered, places = torch.sort(tokens)
        device = self._place.device
        for name, values in (("_sorted", ordered), ("_places", places), ("_in_order", tokens)):
            self.register_buffer(name, values.to(device), persistent=False)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Look up."""
        values = inputs.long().contiguous()
        if self.invert:
            return self._invert(values)
        unknown = torch.full_like(values, self._oov_start)
        if self.num_oov_indices > 1:
            unknown = self._spread(values) + self._oov_start
        indices, known = unknown, torch.zeros_like(values, dtype=torch.bool)
        if self._tokens:
            at = torch.searchsorted(self._sorted, values).clamp(max=len(self._tokens) - 1)  # type: ignore
            known = self._sorted[at] == values  # type: ignore[index]
            indices = torch.where(known, self._places[at] + self._token_start, unknown)  # type: ignore
        if self.mask_token is not None:
            masked = values == int(self.mask_token)
            known = known | masked
            indices = torch.where(masked, 0 if self.output_mode == "int" else -1, indices)
        if not self.num_oov_indices and not bool(known.all()):
            raise ValueError(
                f"Layer '{self.name}' (IntegerLookup) has num_oov_indices=0, so that it takes no "
                "integers outside of its vocabulary. "
                f"Received: {values[~known][:10].tolist()}"
            )
        return self._encode(indices)

    def _spread(self, values: torch.Tensor) -> torch.Tensor:
        """Return which of several indices for unknown integers each has."""
        if self.oov_method == "floormod":
            return torch.remainder(values, self.num_oov_indices)
        return self._hashed(values)

    @outside_of_compiled_code
    def _hashed(self, values: torch.Tensor) -> torch.Tensor:
        texts = written(values.detach().cpu().reshape(-1).numpy())
        buckets = torch.from_numpy(buckets_of(texts, self.num_oov_indices, self.salt))
        return buckets.reshape(values.shape).to(values.device)

    def _invert(self, values: torch.Tensor) -> torch.Tensor:
        """Return the integers that indices stand for."""
        places = values - self._token_start
        known = (places >= 0) & (places < len(self._tokens))
        result = torch.full_like(values, int(self.oov_token))
        if self._tokens:
            result = torch.where(known, self._in_order[torch.where(known, places, 0)], result)  # type: ignore
        if self.mask_token is None:
            return result
        return torch.where(values == 0, int(self.mask_token), result)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; a vocabulary that was learned is not in it."""
        config = super().get_config()
        for name in ("oov_token", "mask_token"):
            if config[name] is not None:
                config[name] = int(config[name])
        if config["vocabulary"] is not None:
            config["vocabulary"] = [int(token) for token in config["vocabulary"]]
        return config
