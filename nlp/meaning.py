"""What the words of a post mean, before any sentence: a table of vectors, one per word piece.

The table is the encoder's own lowest layer, as published with MiniLM; nothing in it comes from labels.
So the word stage knows that "parcel" is near "package" though it was taught only one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.wordpiece import WordPieces, pieces_of

WIDTH: Final = 384
LONGEST: Final = 400  # pieces of one post that count
MISSING = "no word pieces at {}; take the files of this release"

Floats32 = NDArray[np.float32]


class Table:
    """Word pieces and their vectors: int8 rows, each with a scale of its own."""

    def __init__(self, cut: WordPieces, rows: NDArray[np.int8], scale: Floats32) -> None:
        """rows: (pieces, WIDTH). scale: (pieces,)."""
        self.cut = cut
        self._rows = rows
        self._scale = scale[:, None]  # so that picked rows keep an axis for WIDTH
        # The vocabulary is ordered by how common a piece is, and common ones say little.
        rank = np.log1p(np.arange(len(rows), dtype=np.float32)) / np.log(len(rows))
        self._weight = np.clip(rank, 0.2, 1.0).astype(np.float32)[:, None]
        self._pieces = lru_cache(maxsize=60_000)(self._cut_word)

    @classmethod
    def load(cls, folder: Path) -> Table:
        """Read the pieces of the encoder in `folder`. FileNotFoundError where there are none."""
        parts = sorted(folder.glob("pieces-*.npy"))
        if not parts:
            raise FileNotFoundError(MISSING.format(folder))
        rows = np.concatenate([np.load(part, allow_pickle=False) for part in parts])
        with np.load(folder / "tables.npz", allow_pickle=False) as stored:
            scale = stored["scale"].astype(np.float32)
        return cls(WordPieces.load(folder / "vocab.txt"), rows, scale)

    def vectors(self, numbers: Sequence[int] | NDArray[np.int64]) -> Floats32:
        """The vectors of pieces: the shape of `numbers`, and WIDTH."""
        where = np.asarray(numbers, np.int64)
        return np.asarray(self._rows[where] * self._scale[where], np.float32)

    def of(self, words: Sequence[str]) -> Floats32:
        """The meaning of a post (2 * WIDTH,): the weighted mean of its pieces, and their maximum."""
        return pooled(*self.pieces(words)[:2])

    def pieces(self, words: Sequence[str]) -> tuple[Floats32, Floats32, NDArray[np.int64]]:
        """Vectors (pieces, WIDTH) of the first LONGEST pieces, their weights, and the word of each."""
        cut = list(map(self._pieces, words))
        numbers = np.array([piece for one in cut for piece in one][:LONGEST], np.int64)
        owner = np.repeat(np.arange(len(cut)), list(map(len, cut)))[:LONGEST]
        return self.vectors(numbers), self._weight[numbers, 0], owner

    def _cut_word(self, word: str) -> tuple[int, ...]:
        return pieces_of(self.cut, word)


def pooled(vectors: Floats32, weight: Floats32) -> Floats32:
    """The weighted mean and the maximum of `vectors` in a row; zeros where there are none."""
    if not len(vectors):
        return np.zeros(2 * WIDTH, np.float32)
    return np.concatenate((weight @ vectors / weight.sum(), vectors.max(axis=0)))


@lru_cache(maxsize=2)
def table(folder: Path) -> Table:
    """The table in `folder`, read once."""
    return Table.load(folder)
