"""Which words moved the word stage: those whose removal lowers the complaint's log-odds, measured.

A post of twenty words would be scored twenty times over. Instead a rough credit picks a few words, and
each removal is worked out from what it changes; the result is that of scoring the post without the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.features import KIND_AT, Read, signals, word_columns
from nlp.meaning import pooled
from nlp.mention import Evidence
from nlp.stage import SIGNAL_ROWS, WordStage
from nlp.words import WORD_BUCKETS

TRIED: Final = 4
LEAST_WEIGHT: Final = 0.05  # log-odds; below it a word has not moved anything


class Why:
    """Explains what `stage` says."""

    def __init__(self, stage: WordStage) -> None:
        """Lay the complaint's own column out for quick look-up."""
        weights = stage.weights
        self._stage = stage
        self._signal = weights.table[SIGNAL_ROWS, 0] / weights.spread
        self._squared = weights.idf**2
        self._speaks = weights.idf * weights.table[:, 0]
        self._meaning = np.ascontiguousarray(weights.meaning[:, 0])

    def moved_by(self, post: Read) -> list[tuple[int, float]]:
        """(token, drop in log-odds) for the tokens whose removal lowers the log-odds, strongest first.

        Only the TRIED tokens to which the columns give most credit are tried.
        """
        if not post.kept:
            return []
        removal = _Removal(self, post)
        drops = [(place, removal.drop(place)) for place in self._likeliest(post)]
        moved = [(int(post.at[place]), drop) for place, drop in drops if drop >= LEAST_WEIGHT]
        return sorted(moved, key=lambda pair: -pair[1])

    def _likeliest(self, post: Read) -> list[int]:
        tokens = int(post.at[-1]) + 1
        credit = np.zeros(tokens)
        for columns, tables in (
            (post.words, (post.word_from, post.word_to)),
            (post.grams + WORD_BUCKETS, (post.gram_of,)),
        ):
            length = float(np.sqrt(self._squared[columns].sum()))
            if length > 0:
                part = self._speaks[columns] / (length * len(tables))
                for token_of in tables:
                    credit += np.bincount(token_of, part, minlength=tokens)
        own = credit[post.at]
        counts = np.maximum(1.0, np.expm1(post.signals))
        for place, word in enumerate(post.kept):
            for kind in word.kinds:
                own[place] += self._signal[KIND_AT[kind]] / counts[KIND_AT[kind]]
        return [int(place) for place in np.argsort(-own)[:TRIED] if own[place] > 0]


class _Removal:
    """One post, ready to be scored without any one of its words."""

    def __init__(self, why: Why, post: Read) -> None:
        self._why, self._post = why, post
        self._slope = why._stage.weights.scale.slope
        self._columns, counts = np.unique(post.grams, return_counts=True)
        self._once = dict(zip(self._columns.tolist(), (counts == 1).tolist(), strict=True))
        self._spoken = float(why._speaks[self._columns + WORD_BUCKETS].sum())
        self._length = float(why._squared[self._columns + WORD_BUCKETS].sum())
        self._pieces = why._stage.meaning.pieces([word.text for word in post.kept])
        self._whole = (
            float(post.signals @ why._signal)
            + self._words(post.words)
            + _ratio(self._spoken, self._length)
            + self._meant(None)
        )

    def drop(self, place: int) -> float:
        """How much the calibrated log-odds fall without the word at `place` in `kept`."""
        why, kept = self._why, self._post.kept
        rest = kept[:place] + kept[place + 1 :]
        gone = [one for one in kept[place].grams.tolist() if self._once[one]]
        lost = np.array(gone, np.int64) + WORD_BUCKETS
        left = (
            float(signals(rest) @ why._signal)
            + self._words(word_columns(rest))
            + _ratio(
                self._spoken - float(why._speaks[lost].sum()), self._length - float(why._squared[lost].sum())
            )
            + self._meant(place)
        )
        return self._slope * (self._whole - left)

    def _words(self, columns: NDArray[np.int64]) -> float:
        each = np.unique(columns)
        return _ratio(float(self._why._speaks[each].sum()), float(self._why._squared[each].sum()))

    def _meant(self, without: int | None) -> float:
        vectors, weight, owner = self._pieces
        if without is not None:
            stay = owner != without
            vectors, weight = vectors[stay], weight[stay]
        return float(pooled(vectors, weight) @ self._why._meaning)


def _ratio(spoken: float, length: float) -> float:
    return spoken / float(np.sqrt(length)) if length > 1e-6 else 0.0


def evidence(moved: Sequence[tuple[int, float]], offsets: Sequence[tuple[int, int]]) -> tuple[Evidence, ...]:
    """The words of `moved` as spans, in the order of the text; weight is the drop in log-odds."""
    return tuple(
        Evidence(start=offsets[at][0], end=offsets[at][1], what="complaint", weight=round(drop, 3))
        for at, drop in sorted(moved)
    )
