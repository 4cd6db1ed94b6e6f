"""`TextVectorization`: texts as rows of integers, or as vectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing.batches import batches_of, is_batches
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.layers.preprocessing.index_lookup import output_mode_of, refuse_path
from kerasish.layers.preprocessing.outside_of_compiled_code import outside_of_compiled_code
from kerasish.layers.preprocessing.string_lookup import StringLookup
from kerasish.layers.preprocessing.text_splitting import Rows, ngrams, split, standardized
from kerasish.saving.registry import builtin, deserialize_keras_object
from kerasish.strings import StringArray, as_strings

_STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLIT = ("whitespace", "character")


@builtin("keras.layers")
class TextVectorization(DataLayer):
    """Standardizes texts, splits them into tokens, and numbers these by a vocabulary.

    It runs on the CPU and outside of compiled code; what it gives is where the model is.

    Args:
        max_tokens: Most tokens of the vocabulary, those for masks and unknown ones among them.
        standardize: `"lower_and_strip_punctuation"` (of ASCII), `"lower"`, `"strip_punctuation"`,
            None, or a function from an array of `str` to an array of strings.
        split: `"whitespace"`, `"character"`, None, or a function from an array of `str` to a list
            of lists of tokens.
        ngrams: Largest length of runs of tokens that count as tokens, or a tuple of lengths.
        output_mode: `"int"` for the tokens' numbers; `"multi_hot"`, `"count"` or `"tf_idf"` for a
            vector for each text.
        output_sequence_length: Length that rows are cut and padded to; that of the longest row if
            not given.
        pad_to_max_tokens: Whether vectors have the length `max_tokens`.
        vocabulary: The tokens, or the path of a text file with one on each line; else `adapt`
            learns them.
        idf_weights: Inverse document frequencies of the vocabulary, with `"tf_idf"`.
        sparse: Not supported; must be False.
        ragged: Not supported; must be False.
        encoding: Kept in the configuration; text is UTF-8.
        name: Name of the layer.
        **kwargs: Arguments of every layer.

    Call argument: texts, a list or NumPy array of strings, `(batch,)` or `(batch, 1)`. Returns
    integers `(batch, length)`, or vectors `(batch, tokens)`.

    Raises:
        ValueError: If an argument has a value it can't have.

    Example:
        >>> layer = kerasish.layers.TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["the cat sat", "the dog"])
        >>> layer(["The cat!"])
        tensor([[2, 5, 0, 0]])

    See https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/.
    """

    takes_strings = True
    input_dtype = "string"

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable | None = "lower_and_strip_punctuation",
        split: str | Callable | None = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        lookup = {
            key: kwargs.pop(key)
            for key in ("has_input_vocabulary", "vocabulary_size")
            if key in kwargs
        }
        if kwargs.get("dtype") == "string":  # as Keras 2 describes the layer
            del kwargs["dtype"]
        super().__init__(name=name, **kwargs)
        for argument, value, known in (
            ("standardize", standardize, _STANDARDIZE),
            ("split", split, _SPLIT),
        ):
            if not (value is None or callable(value) or value in known):
                self._refuse(argument, value, f"one of {known}, None, or a function")
        for argument, flag in (("sparse", sparse), ("ragged", ragged)):
            if flag:
                self._refuse(argument, flag, "nothing but False")
        self.output_mode = output_mode_of(self, output_mode)
        sizes = (ngrams,) if isinstance(ngrams, int) else ngrams
        if not (sizes is None or (isinstance(sizes, tuple) and all(map(_is_size, sizes)))):
            self._refuse("ngrams", ngrams, "None, a positive integer or a tuple of them")
        if output_sequence_length is not None and (
            self.output_mode != "int" or not _is_size(output_sequence_length)
        ):
            self._refuse(
                "output_sequence_length",
                output_sequence_length,
                "None, or a positive integer with output_mode='int'",
            )
        self.standardize, self.split, self.ngrams = standardize, split, ngrams
        self._widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        self.output_sequence_length = output_sequence_length
        self.encoding = encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            encoding=encoding,
            **lookup,
        )
        self.built = True

    # The vocabulary

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary of texts, forgetting an earlier one.

        Args:
            data: A list or array of texts, or an iterable of them: a generator, a `DataLoader`.
            batch_size: Taken for compatibility.
            steps: Number of batches to take of an iterable, all by default.

        Raises:
            ValueError: If the layer was given its vocabulary.
        """
        self.reset_state()
        for batch in batches_of(data, steps) if is_batches(data) else [data]:
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of more texts."""
        texts: Any = as_strings(data)
        tokens = self._tokenize(texts.reshape(-1, 1) if texts.ndim < 2 else texts)
        if isinstance(tokens, StringArray):
            self._lookup_layer.update_state(tokens)
        else:
            self._lookup_layer.count_rows(tokens)

    def finalize_state(self) -> None:
        """Set the vocabulary that the counts so far give."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget the counts, and not the vocabulary."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Return the tokens in the order of their indices.

        Args:
            include_special_tokens: Whether to begin with those for masks and unknown tokens.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Return the number of tokens, with those for masks and unknown tokens."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the tokens.

        Args:
            vocabulary: The tokens in order, or the path of a text file with one on each line.
            idf_weights: Inverse document frequencies, with `output_mode="tf_idf"`.

        Raises:
            ValueError: As for `StringLookup`.
        """
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    # Calling

    def _read_data(self, data: Any) -> Any:
        return as_strings(data) if isinstance(data, (str, bytes, list, tuple)) else data

    def _tokenize(self, given: StringArray) -> StringArray | Rows:
        """Return the tokens of each text; with `split=None` in the texts' own shape."""
        texts: Any = standardized(given, self.standardize)
        if self.split is None:
            if self._widths is None:
                return texts
            rows = texts.reshape(-1, texts.shape[-1]).tolist()
            runs = ngrams(rows, self._widths)
            return as_strings(runs).reshape(*texts.shape[:-1], -1)  # type: ignore[return-value]
        if texts.ndim > 1:
            if texts.shape[-1] != 1 or texts.ndim > 2:
                raise ValueError(
                    f"Layer '{self.name}' (TextVectorization) splits texts of shape (batch,) or "
                    f"(batch, 1). Received: texts of shape {texts.shape}"
                )
            texts = texts.squeeze(-1)
        rows = split(texts.reshape(-1), self.split)
        return rows if self._widths is None else ngrams(rows, self._widths)

    @outside_of_compiled_code
    def call(self, inputs: Any) -> torch.Tensor:
        """Vectorize."""
        if not isinstance(inputs, StringArray):
            raise ValueError(
                f"Layer '{self.name}' (TextVectorization) takes strings. "
                f"Received: {type(inputs).__name__} of dtype {inputs.dtype}"
            )
        tokens = self._tokenize(inputs)
        if isinstance(tokens, StringArray):
            indices = self._lookup_layer._indices_of(tokens)
        else:
            indices = self._padded(tokens, 0 if self.output_mode == "int" else -1)
            if inputs.ndim == 0:
                indices = indices[0]
        if self.output_mode != "int":
            if self.output_mode == "one_hot" and self.split is not None:
                self._refuse("output_mode", "one_hot", "another mode, unless split=None,")
            return self._lookup_layer._encode(indices)
        length = self.output_sequence_length
        if length is None:
            return indices
        indices = indices[..., :length]
        return functional.pad(indices, (0, length - indices.shape[-1]))

    def _padded(self, rows: Rows, filler: int) -> torch.Tensor:
        """Return the indices of rows of tokens as one tensor `(batch, longest)`."""
        flat = self._lookup_layer._look_up([token for row in rows for token in row])
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        longest = int(lengths.max(initial=0))
        indices = np.full((len(rows), longest), filler, dtype=np.int64)
        indices[np.arange(longest) < lengths[:, None]] = flat
        place: Any = self._lookup_layer._place
        return torch.from_numpy(indices).to(place.device)

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return a symbol of the output's shape."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self._lookup_layer._output_name)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return `(batch, length)`, or the shape of the vectors."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return (shape[0], self.output_sequence_length)
        if self.split is None:
            shape = (*shape, 1) if len(shape) <= 1 else shape
        else:
            shape = (*shape, None)
        return self._lookup_layer.compute_output_shape(shape)

    # Configuration and files

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; a vocabulary that was learned is not in it."""
        lookup = self._lookup_layer.get_config()
        return {
            **super().get_config(),
            "max_tokens": lookup["max_tokens"],
            "standardize": self.standardize,
            "split": self.split,
            "ngrams": self.ngrams,
            "output_mode": self.output_mode,
            "output_sequence_length": self.output_sequence_length,
            "pad_to_max_tokens": lookup["pad_to_max_tokens"],
            "sparse": False,
            "ragged": False,
            "vocabulary": lookup["vocabulary"],
            "idf_weights": lookup["idf_weights"],
            "encoding": self.encoding,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TextVectorization:
        """Make the layer from what `get_config` gave; no other file is read for it."""
        refuse_path(config)
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name])
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return cls(**config)

    @property
    def misses_assets(self) -> bool:
        """Whether a vocabulary belongs here that is still to be read."""
        return self._lookup_layer.misses_assets

    def save_assets(self, dir_path: str | Path) -> None:
        """Write a learned vocabulary into a folder, as Keras does."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: str | Path) -> None:
        """Read the vocabulary that `save_assets` or Keras wrote."""
        self._lookup_layer.load_assets(dir_path)

    def extra_arrays(self) -> dict[str, np.ndarray]:
        """Return what files hold beside the weights, by name."""
        return self._lookup_layer.extra_arrays()

    def takes_extra_array(self, name: str) -> bool:
        """Whether a file may hold this beside the weights."""
        return name == "idf_weights"

    def load_extra_array(self, name: str, values: np.ndarray) -> None:
        """Take up what `extra_arrays` gave."""
        self._lookup_layer.load_extra_array(name, values)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
