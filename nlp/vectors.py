"""What words are near in meaning: a small table of word vectors.

21,719 English words in 64 dimensions, int8: the mean output of all-MiniLM-L6-v2 (Apache-2.0) for each whole
word of its vocabulary, brought down by principal components. Made by nlp/training/word_vectors.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
FILE = "words.npz"


class WordVectors:
    """Word → unit vector, and the mean of several."""

    def __init__(self, words: list[str], table: NDArray[np.int8]) -> None:
        """`words` in order of how common they are; `table` has a row for each."""
        self._rows = {word: row for row, word in enumerate(words)}
        vectors = table.astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        self._vectors = vectors
        # Common words say little; the list is ordered by how common a word is.
        rank = np.arange(len(words), dtype=np.float32)
        self._weights = np.clip(np.log1p(rank) / np.log(len(words)), 0.2, 1.0)[:, None]

    def __contains__(self, word: str) -> bool:
        """Whether the word is known."""
        return word in self._rows

    def rows(self, words: Iterable[str]) -> list[int]:
        """The rows of those words that are known."""
        rows = self._rows
        return [rows[word] for word in words if word in rows]

    def mean(self, rows: list[int]) -> Vector | None:
        """Unit vector of the weighted mean of `rows`, or None where there is nothing to go by."""
        if not rows:
            return None
        total: Vector = (self._vectors[rows] * self._weights[rows]).sum(axis=0)
        length = float(np.linalg.norm(total))
        return total / length if length else None

    def nearest(self, rows: list[int], to: Vector, count: int = 3) -> float:
        """Mean similarity to `to` of the `count` nearest of `rows`; 0 for none."""
        if not rows:
            return 0.0
        near = np.sort(self._vectors[rows] @ to)[::-1][:count]
        return float(near.mean())


@lru_cache(maxsize=1)
def shipped() -> WordVectors:
    """The shipped table."""
    with resources.files("nlp").joinpath("model", FILE).open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        return WordVectors(str(loaded["words"]).split(), loaded["table"])
