"""How often tokens occur in data, from which a vocabulary is learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np


class VocabularyCounts:
    """Counts of tokens, and of the samples that have them.

    Attributes:
        tokens: How often each token occurred.
        documents: In how many samples.
        size: Number of samples.
    """

    def __init__(self) -> None:
        self.tokens: Counter = Counter()
        self.documents: Counter = Counter()
        self.size = 0

    def add(self, rows: Iterable[list[Any]]) -> None:
        """Count the tokens of samples."""
        for row in rows:
            counts = Counter(row)
            self.tokens.update(counts)
            self.documents.update(counts.keys())
            self.size += 1

    def most_common(self, reserved: set, most: int | None) -> list[Any]:
        """Return the tokens, the most frequent first, and of equally frequent ones the larger.

        Args:
            reserved: Tokens to leave out.
            most: How many, or None for all.
        """
        entries = [(count, token) for token, count in self.tokens.items() if token not in reserved]
        entries.sort(reverse=True)
        return [token for _, token in entries[:most]]

    def inverse_document_frequencies(self, tokens: list[Any]) -> np.ndarray:
        """Return `log(1 + samples / (1 + samples with the token))` for each token, float32."""
        found = np.array([self.documents[token] for token in tokens], dtype=np.float64)
        return np.log(1 + self.size / (1 + found)).astype(np.float32)
