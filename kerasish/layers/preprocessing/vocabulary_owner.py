"""A layer's vocabulary: given, or learned from data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.preprocessing.batches import batches_of, is_batches
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.layers.preprocessing.vocabulary_counts import VocabularyCounts
from kerasish.layers.preprocessing.vocabulary_files import read_vocabulary


class VocabularyOwner(DataLayer):
    """The part of the look-up layers that owns the vocabulary.

    A subclass tells the form of its tokens and indexes them.
    """

    idf_weights: torch.Tensor
    vocabulary_dtype: str
    output_mode: str
    invert: bool
    mask_token: Any
    oov_token: Any
    num_oov_indices: int
    max_tokens: int | None
    pad_to_max_tokens: bool
    _given: bool
    _frozen_vocab_size: int | None
    _tokens: tuple[Any, ...]
    _counts: VocabularyCounts
    _place: torch.Tensor

    # The subclass's part

    def _token(self, value: Any) -> Any:
        """Return a token in the form in which it is kept."""
        raise NotImplementedError

    def _readable(self, token: Any) -> Any:
        """Return a token as `get_vocabulary` gives it."""
        return token

    def _rows(self, data: Any) -> list[list[Any]]:
        """Return the samples of data, each a list of tokens."""
        raise NotImplementedError

    def _index_tokens(self) -> None:
        """Take the tokens up for look-ups."""
        raise NotImplementedError

    # The vocabulary

    @property
    def _oov_start(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _token_start(self) -> int:
        return self._oov_start + self.num_oov_indices

    def vocabulary_size(self) -> int:
        """Return the number of tokens, with those for masks and unknown tokens."""
        return len(self._tokens) + self._token_start

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the tokens in the order of their indices.

        Args:
            include_special_tokens: Whether to begin with those for masks and unknown tokens.
        """
        tokens = [self._readable(token) for token in self._tokens]
        if not include_special_tokens:
            return tokens
        special = [self.mask_token] * self._oov_start + [self.oov_token] * self.num_oov_indices
        return special + tokens

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the tokens.

        Args:
            vocabulary: The tokens in order, with or without those for masks and unknown tokens;
                or the path of a text file with a token on each line.
            idf_weights: Inverse document frequencies, with `output_mode="tf_idf"`.

        Raises:
            ValueError: If a token stands twice or is reserved, there are none or too many, or
                weights are missing or do not belong there.
        """
        tf_idf = self.output_mode == "tf_idf"
        if (idf_weights is None) == tf_idf:
            self._refuse("idf_weights", idf_weights, "weights, and only with 'tf_idf',")
        if isinstance(vocabulary, (str, Path)):
            if tf_idf:
                self._refuse("vocabulary", vocabulary, "no file, with output_mode='tf_idf',")
            given = [self._token(line) for line in read_vocabulary(vocabulary)]
            self._take(given)
            return
        if isinstance(vocabulary, torch.Tensor):
            vocabulary = vocabulary.tolist()
        given = [self._token(token) for token in np.asarray(vocabulary, dtype=object).tolist()]
        if not given:
            self._refuse("vocabulary", vocabulary, "at least one token")
        tokens, found_special = self._without_special(given)
        self._check_tokens(tokens)
        self._take(tokens)
        if tf_idf:
            self._take_idf_weights(np.asarray(idf_weights), len(given), found_special)

    def _without_special(self, given: list[Any]) -> tuple[list[Any], bool]:
        start = self._token_start
        if start > len(given):
            return given, False
        special = [self.mask_token] * self._oov_start + [self.oov_token] * self.num_oov_indices
        if given[:start] == [None if one is None else self._token(one) for one in special]:
            return given[start:], True
        return given, False

    def _check_tokens(self, tokens: list[Any]) -> None:
        if len(set(tokens)) != len(tokens):
            repeated = [self._readable(t) for t, n in Counter(tokens).items() if n > 1]
            self._refuse("vocabulary", repeated[:10], "each token once")
        reserved = [self.mask_token] + ([self.oov_token] if self.invert else [])
        for special in reserved:
            if special is not None and self._token(special) in set(tokens):
                self._refuse(
                    "vocabulary", special, "the tokens for masks and unknown tokens first, or not"
                )
        if self.max_tokens is not None and len(tokens) + self._token_start > self.max_tokens:
            self._refuse(
                "vocabulary",
                f"{len(tokens) + self._token_start} tokens",
                f"at most max_tokens={self.max_tokens} tokens",
            )

    def _take(self, tokens: list[Any]) -> None:
        """Use tokens from now on."""
        size = len(tokens) + self._token_start
        fixed = self.output_mode != "int" and not self.pad_to_max_tokens
        if fixed and self._frozen_vocab_size not in (None, size):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has given vectors of "
                f"{self._frozen_vocab_size} tokens to layers after it, and can't change their "
                f"length. Received: a vocabulary of {size} tokens"
            )
        self._tokens = tuple(tokens)
        self._index_tokens()
        self._frozen_vocab_size = size

    def _take_idf_weights(self, weights: np.ndarray, count: int, found_special: bool) -> None:
        if weights.ndim != 1 or len(weights) != count:
            self._refuse("idf_weights", weights, f"{count} weights, one for each token,")
        front = 0 if found_special else self._token_start
        back = (self.max_tokens or 0) - front - count if self.pad_to_max_tokens else 0
        padded = np.pad(weights, (front, back), constant_values=(np.average(weights), 0))
        self._set_idf_weights(padded)

    def _set_idf_weights(self, weights: np.ndarray) -> None:
        kind, place = torch_dtype(None), self._place
        self.idf_weights = torch.as_tensor(np.asarray(weights), dtype=kind, device=place.device)  # type: ignore

    # Learning it

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the vocabulary of data, forgetting an earlier one.

        Args:
            data: A list or array of tokens, or an iterable of them.
            steps: Number of batches to take of an iterable, all by default.

        Raises:
            ValueError: If the layer was given its vocabulary.
        """
        self.reset_state()
        for batch in batches_of(data, steps) if is_batches(data) else [data]:
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of more data."""
        self.count_rows(self._rows(data))

    def count_rows(self, rows: list[list[Any]]) -> None:
        """Count the tokens of more samples."""
        if self._given:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) was given its vocabulary, and can't "
                "learn one. Received: adapt(...)"
            )
        self._counts.add(rows)

    def finalize_state(self) -> None:
        """Set the vocabulary that the counts so far give."""
        if self._given or not self._counts.tokens:
            self._frozen_vocab_size = self.vocabulary_size()
            return
        special = (self.mask_token, self.oov_token)
        reserved = {self._token(token) for token in special if token is not None}
        most = self.max_tokens - self._token_start if self.max_tokens else None
        tokens = self._counts.most_common(reserved, most)
        self._take(tokens)
        if self.output_mode == "tf_idf":
            weights = self._counts.inverse_document_frequencies(tokens)
            mean = weights.mean() if len(weights) else 0
            weights = np.pad(weights, (self._token_start, 0), constant_values=mean)
            if self.pad_to_max_tokens:
                weights = np.pad(weights, (0, (self.max_tokens or 0) - len(weights)))
            self._set_idf_weights(weights)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget the counts, and not the vocabulary."""
        self._counts = VocabularyCounts()
