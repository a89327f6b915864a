"""Which words moved the word stage: those whose removal lowers the complaint's log-odds, measured.

A post of twenty words would be scored twenty times over. Instead a rough credit picks a few words, and
each removal is worked out from what it changes; the result is that of scoring the post without the word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.features import Read, signals, three_words, two_words
from nlp.meaning import WIDTH, Floats32
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
            for kind in word.kind_at:
                own[place] += self._signal[kind] / counts[kind]
        return [int(place) for place in np.argsort(-own)[:TRIED] if own[place] > 0]


class _Removal:
    """One post, ready to be scored without any one of its words.

    Of words and grams only those columns are looked at that come or go with the word.
    """

    def __init__(self, why: Why, post: Read) -> None:
        self._why, self._post = why, post
        self._slope = why._stage.weights.scale.slope
        self._codes = [word.code for word in post.kept]
        self._times = Counter(post.words.tolist())
        self._words = _sums(why, post.word_set)
        self._grams = _sums(why, post.gram_set + WORD_BUCKETS)
        vectors, weight, owner = why._stage.meaning.pieces([word.text for word in post.kept])
        self._vectors, self._owner = vectors, owner
        said = weight * (vectors @ why._meaning[:WIDTH])
        self._said = np.bincount(owner, said, len(post.kept))  # of the mean's numerator, by word
        self._heavy = np.bincount(owner, weight, len(post.kept))
        self._whole = (
            float(post.signals @ why._signal)
            + _ratio(*self._words)
            + _ratio(*self._grams)
            + self._meant(float(self._said.sum()), float(self._heavy.sum()), vectors)
        )

    def drop(self, place: int) -> float:
        """How much the calibrated log-odds fall without the word at `place` in `kept`."""
        why, kept = self._why, self._post.kept
        stay = self._owner != place
        left = (
            float(signals(kept[:place] + kept[place + 1 :]) @ why._signal)
            + _ratio(*self._without_words(place))
            + _ratio(*self._without_grams(place))
            + self._meant(
                float(self._said.sum() - self._said[place]),
                float(self._heavy.sum() - self._heavy[place]),
                self._vectors[stay],
            )
        )
        return self._slope * (self._whole - left)

    def _without_words(self, place: int) -> tuple[float, float]:
        """What the word columns add up to without that word: those with it go, those over the gap come."""
        why, change = self._why, Counter[int]()
        before, after = self._codes[max(0, place - 2) : place], self._codes[place + 1 : place + 3]
        for code in _columns_with([*before, self._codes[place], *after], len(before)):
            change[code] -= 1
        for code in _columns_over(before, after):
            change[code] += 1
        spoken, length = self._words
        for code, more in change.items():
            there, left = self._times[code], self._times[code] + more
            if (there > 0) != (left > 0):
                sign = 1 if left > 0 else -1
                spoken += sign * float(why._speaks[code])
                length += sign * float(why._squared[code])
        return spoken, length

    def _without_grams(self, place: int) -> tuple[float, float]:
        """What the gram columns add up to without those that only this word has."""
        why, own = self._why, self._post.kept[place].grams
        once = self._post.gram_counts[np.searchsorted(self._post.gram_set, own)] == 1
        lost = own[once] + WORD_BUCKETS
        spoken, length = self._grams
        return spoken - float(why._speaks[lost].sum()), length - float(why._squared[lost].sum())

    def _meant(self, said: float, heavy: float, vectors: Floats32) -> float:
        """What the meaning adds: of the weighted mean, `said` over `heavy`, and of the maximum."""
        if not len(vectors):
            return 0.0
        return said / heavy + float(vectors.max(axis=0) @ self._why._meaning[WIDTH:])


def _columns_with(codes: Sequence[int], place: int) -> Iterator[int]:
    """The columns of the grams of `codes` in which the word at `place` is."""
    yield codes[place]
    for start in (place - 1, place):
        if start >= 0 and start + 1 < len(codes):
            yield two_words(*codes[start : start + 2])
    for start in (place - 2, place - 1, place):
        if start >= 0 and start + 2 < len(codes):
            yield three_words(*codes[start : start + 3])


def _columns_over(before: Sequence[int], after: Sequence[int]) -> Iterator[int]:
    """The columns of the grams that join `before` and `after` once nothing stands between them."""
    if before and after:
        yield two_words(before[-1], after[0])
        if len(before) > 1:
            yield three_words(before[-2], before[-1], after[0])
        if len(after) > 1:
            yield three_words(before[-1], after[0], after[1])


def _sums(why: Why, columns: NDArray[np.int64]) -> tuple[float, float]:
    """What these columns say in all, and the square of their length."""
    return float(why._speaks[columns].sum()), float(why._squared[columns].sum())


def _ratio(spoken: float, length: float) -> float:
    return spoken / float(np.sqrt(length)) if length > 1e-6 else 0.0


def evidence(moved: Sequence[tuple[int, float]], offsets: Sequence[tuple[int, int]]) -> tuple[Evidence, ...]:
    """The words of `moved` as spans, in the order of the text; weight is the drop in log-odds."""
    return tuple(
        Evidence(start=offsets[at][0], end=offsets[at][1], what="complaint", weight=round(drop, 3))
        for at, drop in sorted(moved)
    )
