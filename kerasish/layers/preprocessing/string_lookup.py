"""`StringLookup`: strings by their place in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing.buckets import buckets_of
from kerasish.layers.preprocessing.data_layer import array_of
from kerasish.layers.preprocessing.index_lookup import IndexLookup
from kerasish.layers.preprocessing.outside_of_compiled_code import outside_of_compiled_code
from kerasish.layers.preprocessing.vocabulary_files import fits_lines
from kerasish.saving.registry import builtin
from kerasish.strings import StringArray, as_strings


@builtin("keras.layers")
class StringLookup(IndexLookup):
    """Numbers strings by their place in a vocabulary; runs outside of compiled code.

    Args:
        max_tokens: Most tokens of the vocabulary, those for masks and unknown ones among them.
        num_oov_indices: Number of indices for unknown strings, among which they are spread by
            their hash. 0 refuses unknown strings.
        mask_token: String that stands for nothing, index 0; None for none.
        oov_token: What stands for unknown strings in the vocabulary.
        vocabulary: The tokens, or the path of a text file with one on each line; else `adapt`
            learns them.
        idf_weights: Inverse document frequencies of the vocabulary, with `"tf_idf"`.
        invert: Whether to turn indices into strings.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        pad_to_max_tokens: Whether vectors have the length `max_tokens`.
        sparse: Not supported; must be False.
        encoding: Kept in the configuration; text is UTF-8.
        name: Name of the layer.
        salt: One or two integers, the key of the hash of unknown strings.
        **kwargs: Arguments of every layer.

    Call argument: strings (a list or NumPy array of them) of any shape, or integers with `invert`,
    which gives a `StringArray`.

    Raises:
        ValueError: If an argument has a value it can't have, or a string is not known.
    """

    takes_strings = True
    vocabulary_dtype = "string"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
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
            name=name,
            salt=salt,
            **kwargs,
        )

    @property
    def input_dtype(self) -> str:
        """Keras's name of the dtype of the inputs."""
        return "int64" if self.invert else "string"

    def _token(self, value: Any) -> bytes:
        if isinstance(value, str):
            return value.encode("utf-8")
        if not isinstance(value, bytes):
            self._refuse("vocabulary", value, "strings")
        return value

    def _readable(self, token: bytes) -> str:
        return token.decode("utf-8")

    def _rows(self, data: Any) -> list[list[bytes]]:
        strings: Any = as_strings(data)
        if strings.ndim < 2:
            strings = strings.reshape(-1, 1)
        return strings.reshape(len(strings), -1).tolist()

    def _index_tokens(self) -> None:
        start = self._token_start
        self._index = {token: start + place for place, token in enumerate(self._tokens)}

    def _fits_a_file(self) -> bool:
        return fits_lines([token.decode("utf-8") for token in self._tokens])

    def _read_data(self, data: Any) -> Any:
        if not self.invert and isinstance(data, (list, tuple)):
            return as_strings(data)
        return array_of(data) if isinstance(data, (list, tuple, int, str, bytes)) else data

    @outside_of_compiled_code
    def call(self, inputs: Any) -> Any:
        """Look up."""
        if self.invert:
            return self._invert(inputs)
        if not isinstance(inputs, StringArray):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes strings. "
                f"Received: {type(inputs).__name__} of dtype {inputs.dtype}"
            )
        return self._encode(self._indices_of(inputs))

    def _indices_of(self, strings: StringArray) -> torch.Tensor:
        """Return the indices of strings, int64 of their shape; -1 for a mask that has none."""
        indices = self._look_up(strings.ravel().tolist())
        return torch.from_numpy(indices).reshape(strings.shape).to(self._place.device)  # type: ignore

    def _look_up(self, strings: list[bytes]) -> np.ndarray:
        """Return the indices of a flat list of strings."""
        known = self.__dict__.get("_index", {})
        start, count = self._oov_start, self.num_oov_indices
        unknown = start if count == 1 else -2
        found = np.array([known.get(text, unknown) for text in strings], dtype=np.int64)
        if self.mask_token is not None:
            mask = self._token(self.mask_token)
            masked = np.array([text == mask for text in strings], dtype=bool)
            found[masked] = 0 if self.output_mode == "int" else -1
        missing = np.flatnonzero(found == -2)
        if missing.size and not count:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has num_oov_indices=0, so that it "
                "takes no strings outside of its vocabulary. "
                f"Received: {[strings[i].decode('utf-8', 'replace') for i in missing[:10]]}"
            )
        if missing.size:
            found[missing] = buckets_of([strings[i] for i in missing], count, self.salt) + start
        return found

    def _invert(self, inputs: Any) -> StringArray:
        """Return the strings of indices."""
        if isinstance(inputs, StringArray):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) with invert=True takes integers. "
                "Received: strings"
            )
        start, unknown = self._token_start, self._token(self.oov_token)
        masked = unknown if self.mask_token is None else self._token(self.mask_token)
        indices = inputs.detach().cpu().long()
        strings = np.empty(indices.numel(), dtype=object)
        for place, index in enumerate(indices.reshape(-1).tolist()):
            known = start <= index < start + len(self._tokens)
            text = self._tokens[index - start] if known else unknown
            strings[place] = masked if index == 0 and self.mask_token is not None else text
        return strings.reshape(tuple(indices.shape)).view(StringArray)

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return a symbol of the encoded shape."""
        if self.invert:
            return KerasTensor(inputs.shape, "string")
        return super().compute_output_spec(inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; a vocabulary that was learned is not in it."""
        config = {"encoding": self.encoding, **super().get_config()}
        del config["vocabulary_dtype"]
        return config
