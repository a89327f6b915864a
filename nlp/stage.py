"""The word stage: a linear model over words, grams and signals. Quick, and open about its reasons."""

from __future__ import annotations

from typing import Final

import numpy as np

from nlp.features import Read
from nlp.meaning import Table
from nlp.weights import Floats32, Weights
from nlp.words import GRAM_BUCKETS, WORD_BUCKETS

SIGNAL_ROWS: Final = slice(WORD_BUCKETS + GRAM_BUCKETS, None)


class WordStage:
    """Scores tokens with `Weights`. Stateless after construction."""

    def __init__(self, weights: Weights, meaning: Table) -> None:
        """meaning: the table that `weights` were made with."""
        self.weights = weights
        self.meaning = meaning
        self._signals = weights.table[SIGNAL_ROWS] / weights.spread[:, None]

    def score(self, post: Read) -> Floats32:
        """Raw scores (OUTPUTS,) of one post: complaint, then the four severity levels."""
        weights = self.weights
        total: Floats32 = weights.bias + (post.signals - weights.centre) @ self._signals
        total = total + self._meaning(post) @ weights.meaning
        for columns in (post.word_set, post.gram_set + WORD_BUCKETS):
            idf = weights.idf[columns]
            length = np.sqrt(idf @ idf)
            if length > 0:
                total = total + (idf / length) @ weights.table[columns]
        return total

    def complaint(self, post: Read) -> float:
        """Calibrated log-odds that the post is a complaint."""
        return float(self.weights.scale(self.score(post)[0]))

    def _meaning(self, post: Read) -> Floats32:
        return self.meaning.of([word.text for word in post.kept])
