"""The word stage: a linear model over words, grams and signals. Quick, and open about its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nlp.features import KIND_AT, MAX_TOKENS, Read, read
from nlp.mention import Evidence
from nlp.weights import Floats32, Weights
from nlp.words import GRAM_BUCKETS, WORD_BUCKETS, read_word

MOST_EVIDENCE: Final = 6
LEAST_WEIGHT: Final = 0.05  # log-odds; below it a word has not moved anything


class WordStage:
    """Scores tokens with `Weights`. Stateless after construction."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._signals = weights.table[WORD_BUCKETS + GRAM_BUCKETS :] / weights.spread[:, None]

    def score(self, post: Read) -> Floats32:
        """Raw scores (OUTPUTS,) of one post: complaint, then the four severity levels."""
        weights = self.weights
        total: Floats32 = weights.bias + (post.signals - weights.centre) @ self._signals
        for columns in (post.words, post.grams + WORD_BUCKETS):
            if len(columns):
                columns = np.unique(columns)  # noqa: PLW2901 - a column counts once, however often it occurs
                idf = weights.idf[columns]
                length = np.sqrt(idf @ idf)
                if length > 0:
                    total = total + (idf / length) @ weights.table[columns]
        return total

    def complaint(self, post: Read) -> float:
        """Calibrated log-odds that the post is a complaint."""
        return float(self.weights.scale(self.score(post)[0]))

    def moved_by(self, texts: Sequence[str], post: Read) -> list[tuple[int, float]]:
        """The tokens whose removal lowers the complaint's log-odds, strongest first: (token, drop).

        Each drop is measured: the post is read again without the token. Only tokens to which the
        columns give credit are tried, at most twice MOST_EVIDENCE, so the cost is bounded.
        """
        credit = self._credit(texts, post)
        tried = [int(at) for at in np.argsort(-credit)[: 2 * MOST_EVIDENCE] if credit[at] > 0]
        whole = self.complaint(post)
        drops = [(at, whole - self.complaint(read([*texts[:at], *texts[at + 1 :]]))) for at in tried]
        moved = sorted((pair for pair in drops if pair[1] >= LEAST_WEIGHT), key=lambda pair: -pair[1])
        return moved[:MOST_EVIDENCE]

    def _credit(self, texts: Sequence[str], post: Read) -> Floats32:
        """What each token adds to the complaint score, roughly: tells which removals are worth a try."""
        weights = self.weights
        credit = np.zeros(len(texts), np.float32)
        for columns, tables in (
            (post.words, (post.word_from, post.word_to)),
            (post.grams + WORD_BUCKETS, (post.gram_of,)),
        ):
            if len(columns):
                idf = weights.idf[columns]
                length = float(np.sqrt(idf @ idf)) or 1.0
                part = idf * weights.table[columns, 0] / length / len(tables)
                for token_of in tables:
                    np.add.at(credit, token_of, part)
        for at, text in enumerate(texts[:MAX_TOKENS]):
            for kind in read_word(text).kinds:
                count = max(1.0, float(np.expm1(post.signals[KIND_AT[kind]])))
                credit[at] += self._signals[KIND_AT[kind], 0] / count
        return credit


def evidence(moved: Sequence[tuple[int, float]], offsets: Sequence[tuple[int, int]]) -> tuple[Evidence, ...]:
    """The words of `moved` as spans, in the order of the text; weight is the drop in log-odds."""
    return tuple(
        Evidence(start=offsets[at][0], end=offsets[at][1], what="complaint", weight=round(drop, 3))
        for at, drop in sorted(moved)
    )
