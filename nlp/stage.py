"""The word stage: a linear model over words, grams and signals. Quick, and open about its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nlp.features import KIND_AT, Read, without
from nlp.meaning import Table
from nlp.mention import Evidence
from nlp.weights import Floats32, Weights
from nlp.words import GRAM_BUCKETS, WORD_BUCKETS

MOST_EVIDENCE: Final = 4
TRIED: Final = 6
LEAST_WEIGHT: Final = 0.05  # log-odds; below it a word has not moved anything

_SIGNALS: Final = slice(WORD_BUCKETS + GRAM_BUCKETS, None)


class WordStage:
    """Scores tokens with `Weights`. Stateless after construction."""

    def __init__(self, weights: Weights, meaning: Table) -> None:
        """Lay the complaint's own column out for quick look-up."""
        self.weights = weights
        self.meaning = meaning
        self._meant = np.ascontiguousarray(weights.meaning[:, 0])
        self._signals = weights.table[_SIGNALS] / weights.spread[:, None]
        self._signal = np.ascontiguousarray(self._signals[:, 0])
        self._squared = weights.idf**2
        self._speaks = weights.idf * weights.table[:, 0]

    def score(self, post: Read) -> Floats32:
        """Raw scores (OUTPUTS,) of one post: complaint, then the four severity levels."""
        weights = self.weights
        total: Floats32 = weights.bias + (post.signals - weights.centre) @ self._signals
        total = total + self._meaning(post) @ weights.meaning
        for columns in (np.unique(post.words), np.unique(post.grams) + WORD_BUCKETS):
            idf = weights.idf[columns]
            length = np.sqrt(idf @ idf)
            if length > 0:
                total = total + (idf / length) @ weights.table[columns]
        return total

    def complaint(self, post: Read) -> float:
        """Calibrated log-odds that the post is a complaint: `score(post)[0]` scaled, and quicker."""
        weights = self.weights
        total = float(weights.bias[0] + (post.signals - weights.centre) @ self._signal)
        total += float(self._meaning(post) @ self._meant)
        for columns in (np.unique(post.words), np.unique(post.grams) + WORD_BUCKETS):
            length = self._squared[columns].sum()
            if length > 0:
                total += float(self._speaks[columns].sum() / np.sqrt(length))
        return float(weights.scale(total))

    def _meaning(self, post: Read) -> Floats32:
        return self.meaning.of([word.text for word in post.kept])

    def moved_by(self, post: Read) -> list[tuple[int, float]]:
        """The tokens whose removal lowers the complaint's log-odds, strongest first: (token, drop).

        Each drop is measured: the post is scored again without the token. Only the TRIED tokens to
        which the columns give most credit are, so the cost is bounded.
        """
        credit = self._credit(post)
        tried = [int(place) for place in np.argsort(-credit)[:TRIED] if credit[place] > 0]
        whole = self.complaint(post)
        drops = [
            (int(post.at[place]), whole - self.complaint(without(post, post.at[place]))) for place in tried
        ]
        moved = sorted((pair for pair in drops if pair[1] >= LEAST_WEIGHT), key=lambda pair: -pair[1])
        return moved[:MOST_EVIDENCE]

    def _credit(self, post: Read) -> Floats32:
        """What each kept word adds to the complaint score, roughly: tells which removals are worth a try."""
        tokens = int(post.at[-1]) + 1 if len(post.at) else 0
        credit = np.zeros(tokens, np.float32)
        for columns, tables in (
            (post.words, (post.word_from, post.word_to)),
            (post.grams + WORD_BUCKETS, (post.gram_of,)),
        ):
            length = float(np.sqrt(self._squared[columns].sum()))
            if length > 0:
                part = self._speaks[columns] / (length * len(tables))
                for token_of in tables:
                    credit += np.bincount(token_of, part, minlength=tokens).astype(np.float32)
        credit = credit[post.at]
        for place, word in enumerate(post.kept):
            for kind in word.kinds:
                at = KIND_AT[kind]
                credit[place] += self._signal[at] / max(1.0, float(np.expm1(post.signals[at])))
        return credit


def evidence(moved: Sequence[tuple[int, float]], offsets: Sequence[tuple[int, int]]) -> tuple[Evidence, ...]:
    """The words of `moved` as spans, in the order of the text; weight is the drop in log-odds."""
    return tuple(
        Evidence(start=offsets[at][0], end=offsets[at][1], what="complaint", weight=round(drop, 3))
        for at, drop in sorted(moved)
    )
