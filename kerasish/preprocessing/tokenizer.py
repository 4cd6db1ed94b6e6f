"""`Tokenizer`: words numbered by how often they occur, as in Keras 2."""

from __future__ import annotations

import json
import math
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from kerasish.preprocessing.words import FILTERS, text_to_word_sequence

_MODES = ("binary", "count", "freq", "tfidf")
# What a configuration holds as JSON within JSON.
_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


class Tokenizer:
    """Numbers the words of texts, the most frequent first.

    Number 0 stands for no word, so that it is free for padding.

    Args:
        num_words: Only words with numbers below it are given out; all by default. The tables below
            hold all words.
        filters: Characters that are taken out.
        lower: Whether words are in lower case.
        split: What stands between words.
        char_level: Whether each character counts as a word.
        oov_token: A word that stands for those not known; it gets number 1.
        analyzer: Splits a text into words instead of `filters`, `lower` and `split`.
        document_count: How many texts were seen before.
        nb_words: The name of `num_words` in Keras 1.

    Attributes:
        word_index: Number by word.
        index_word: Word by number.
        word_counts: How often each word occurs, in the order of first occurrence.
        word_docs: In how many texts each word occurs.
        index_docs: The same by number.
        document_count: How many texts were seen.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/Tokenizer.
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        document_count: int = 0,
        *,
        nb_words: int | None = None,
    ) -> None:
        if nb_words is not None:
            warnings.warn(
                "`nb_words` of Tokenizer is now `num_words`.", DeprecationWarning, stacklevel=2
            )
            num_words = nb_words
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.document_count = document_count
        self.word_counts: dict[str, int] = OrderedDict()
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts, and number all words seen so far.

        Args:
            texts: Texts, or lists of words.
        """
        for text in texts:
            words = list(self._words(text))
            self.document_count += 1
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] = self.word_docs.get(word, 0) + 1
        # Among words that are equally frequent, the order of first occurrence stays.
        ranked = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        if self.oov_token is not None:
            ranked.insert(0, self.oov_token)
        self.word_index = {word: number for number, word in enumerate(ranked, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Count in how many sequences of numbers each number occurs.

        Args:
            sequences: Lists of numbers.
        """
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Turn texts into numbers.

        Args:
            texts: Texts, or lists of words.

        Returns:
            A list of numbers for each text. Words that are not known, or not below `num_words`,
            are left out, or are the number of `oov_token` if there is one.
        """
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """Give the numbers of one text after the other; see `texts_to_sequences`."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            known = (number if self._is_kept(number) else unknown for number in numbers)
            yield [number for number in known if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Turn sequences of numbers into texts, words joined by spaces.

        Args:
            sequences: Lists of numbers. Numbers that are not known, or not below `num_words`, are
                left out, or are `oov_token` if there is one.
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """Give the text of one sequence after the other; see `sequences_to_texts`."""
        for sequence in sequences:
            words = (
                self.index_word[number]
                if number in self.index_word and self._is_kept(number)
                else self.oov_token
                for number in sequence
            )
            yield " ".join(word for word in words if word is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """Turn texts into rows with an entry for each word; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """Turn sequences of numbers into rows with an entry for each number.

        Args:
            sequences: Lists of numbers.
            mode: What an entry is: `"binary"`, whether the number occurs; `"count"`, how often;
                `"freq"`, in which part of the sequence; `"tfidf"`, `(1 + ln(count)) * ln(1 +
                texts / (1 + texts with the word))`.

        Returns:
            A float64 array `(sequences, num_words)`.

        Raises:
            ValueError: If nothing was counted that the result needs, or the mode is not known.
        """
        if mode not in _MODES:
            raise ValueError(f"Tokenizer knows the modes {_MODES}. Received: mode={mode!r}")
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Tokenizer needs `num_words`, or texts seen by fit_on_texts, to know the size of "
                f"a row. Received: num_words={self.num_words}"
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                "Tokenizer needs texts seen by fit_on_texts or fit_on_sequences for "
                "mode='tfidf'. Received: document_count=0"
            )
        width = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), width))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(sequence).items():
                if number < width:
                    row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return the arguments and tables; the tables as JSON, as Keras has them."""
        config: dict[str, Any] = {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
        }
        return config | {name: json.dumps(getattr(self, name)) for name in _TABLES}

    def to_json(self, **kwargs: Any) -> str:
        """Return the configuration as JSON, which `tokenizer_from_json` and Keras read.

        Args:
            **kwargs: For `json.dumps`.
        """
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )

    def _words(self, text: Any) -> Iterable[str]:
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def _is_kept(self, number: int | None) -> bool:
        return number is not None and not (self.num_words and number >= self.num_words)

    def _entry(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            rarity = self.document_count / (1 + self.index_docs.get(number, 0))
            return (1 + math.log(count)) * math.log(1 + rarity)
        return {"binary": 1.0, "count": float(count), "freq": count / length}[mode]


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Make the tokenizer that `to_json` wrote, here or in Keras.

    Args:
        json_string: The JSON.

    Raises:
        ValueError: If this is no JSON of a tokenizer.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/tokenizer_from_json.
    """
    stored = json.loads(json_string)
    config = stored.get("config") if isinstance(stored, dict) else None
    if not isinstance(config, dict) or not all(isinstance(config.get(n), str) for n in _TABLES):
        raise ValueError(
            "tokenizer_from_json takes what Tokenizer.to_json returns. "
            f"Received: {json_string[:100]!r}"
        )
    tables = {name: json.loads(config.pop(name)) for name in _TABLES}
    tokenizer = Tokenizer(**config)
    for name, table in tables.items():
        # Keys of JSON are strings.
        by_number = name.startswith("index")
        setattr(tokenizer, name, {int(k): v for k, v in table.items()} if by_number else table)
    return tokenizer
