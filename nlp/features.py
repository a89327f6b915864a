"""From tokens to what the complaint model weighs: word grams, character grams and signals.

A post becomes three groups of columns, each brought to length 1 by itself so that a long post does
not outvote a short one:

    words   hashed 1- to 3-grams of normal forms  (WORD_BUCKETS columns)
    grams   hashed character 2- to 5-grams        (GRAM_BUCKETS columns)
    signals counts and patterns of our own        (len(SIGNALS) columns, log-damped)

Nothing here is fitted; the same code builds the training matrix and scores a post.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlp.words import KINDS, WORD_BUCKETS, Ints, Word, read_word

MAX_TOKENS: Final = 400  # what is read of one text; a post is far shorter, an article is read at its head

PATTERNS: Final = (
    "tokens", "handles", "care handle", "starts with handle", "hashtags", "links", "figures",
    "question marks", "ends in question", "exclamations", "?! together", "ellipsis",
    "shouted words", "elongated words", "bad faces", "good faces", "quoted",
    "not + works", "not + good", "bad, not negated", "good, not negated", "thanks + bad or not",
    "good + broken or late", "still + not", "duration + late or not", "you + bad or not", "i + broken or not",
    "question, nothing wrong", "why + you", "but + bad after", "good after but", "figure + duration",
    "no first or second person", "thanks at end", "all words shouted", "signed by an agent",
)  # fmt: skip
SIGNALS: Final = (*KINDS, *PATTERNS)
KIND_AT: Final = {name: at for at, name in enumerate(KINDS)}
_REACH = 4  # tokens after a negation that it still turns

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A post as columns. `*_of`, `*_from`, `*_to`: the tokens that each column came from.

    kept, at: the words that carry something, and the token of each. words, grams: bucket per
    occurrence. word_from, word_to: first and last token (inclusive) of each word column. word_set, gram_set:
    the buckets that occur, sorted; gram_counts: how often each. signals: one value per SIGNALS.
    """

    kept: tuple[Word, ...]
    at: Ints
    words: Ints
    word_from: Ints
    word_to: Ints
    grams: Ints
    gram_of: Ints
    word_set: Ints
    gram_set: Ints
    gram_counts: Ints
    signals: Floats


def read(texts: Sequence[str]) -> Read:
    """Columns of the tokens `texts`, of which the first MAX_TOKENS count."""
    seen = [read_word(text) for text in texts[:MAX_TOKENS]]
    at = np.array([i for i, word in enumerate(seen) if word.code >= 0], np.int64)
    kept = tuple(word for word in seen if word.code >= 0)
    grams = np.concatenate([word.grams for word in kept]) if kept else _NONE
    return _read(kept, at, grams, np.repeat(at, [len(word.grams) for word in kept]))


_NONE: Final = np.empty(0, np.int64)


def _read(kept: tuple[Word, ...], at: Ints, grams: Ints, gram_of: Ints) -> Read:
    words = word_columns(kept)
    gram_set, gram_counts = np.unique(grams, return_counts=True)
    return Read(
        kept=kept,
        at=at,
        words=words,
        word_from=np.concatenate((at, at[:-1], at[:-2])),
        word_to=np.concatenate((at, at[1:], at[2:])),
        grams=grams,
        gram_of=gram_of,
        word_set=np.unique(words),
        gram_set=gram_set,
        gram_counts=gram_counts,
        signals=signals(kept),
    )


def two_words(first: Any, second: Any) -> Any:
    """The bucket of a pair of codes, whole numbers or arrays of them."""
    return (first * 1_000_003 + second * 31 + 7) % WORD_BUCKETS


def three_words(first: Any, second: Any, third: Any) -> Any:
    """The bucket of three codes in a row, whole numbers or arrays of them."""
    return (first * 999_983 + second * 8_191 + third * 17 + 3) % WORD_BUCKETS


def word_columns(kept: Sequence[Word]) -> Ints:
    """Buckets of the 1-, 2- and 3-grams of `kept`, in that order."""
    codes = np.array([word.code for word in kept], np.int64)
    pairs = two_words(codes[:-1], codes[1:])
    return np.concatenate((codes, pairs, three_words(codes[:-2], codes[1:-1], codes[2:])))


_LOG: Final = np.array([log1p(count) for count in range(MAX_TOKENS + 2)], np.float32)
_AT: Final = {name: at for at, name in enumerate(SIGNALS)}
(_NOT, _WORKS, _GOOD, _BAD, _DURATION, _STILL, _LATE, _BROKEN, _THANKS, _I, _WE, _YOU, _WHY) = (
    KIND_AT[name]
    for name in ("not", "works", "good", "bad", "duration", "still", "late", "broken", "thanks", "i", "we",
                 "you", "why")
)  # fmt: skip
_ON_ITS_OWN: Final = frozenset({_NOT, _WORKS, _GOOD, _BAD, _DURATION})
"""Classes whose words count differently by what stands before them."""


def signals(words: Sequence[Word]) -> Floats:
    """The values of SIGNALS for the words of one post: counts as log(1 + n), patterns as 0 or 1."""
    counts = [0] * len(SIGNALS)
    for word in words:
        for at in word.kind_at:
            counts[at] += 1
    _surface(words, counts)
    _along(words, counts)
    _together(words, counts)
    return np.asarray(_LOG[counts], np.float32)


def _surface(words: Sequence[Word], counts: list[int]) -> None:
    forms = [word.form for word in words]
    marks, care = forms.count("?"), forms.count("@care")
    loud = forms.count("!")
    shouted = sum([word.shouted for word in words])
    told = {
        "tokens": len(words),
        "handles": forms.count("@user") + care,
        "care handle": care > 0,
        "starts with handle": bool(forms) and forms[0][0] == "@",
        "hashtags": forms.count("#"),
        "links": forms.count("<url>"),
        "figures": forms.count("<num>"),
        "question marks": marks,
        "ends in question": marks > 0 and "?" in forms[-2:],
        "exclamations": loud,
        "?! together": marks > 0 and loud > 0,
        "shouted words": shouted,
        "elongated words": sum([word.elongated for word in words]),
        "bad faces": forms.count(":("),
        "good faces": forms.count(":)"),
        "quoted": forms.count('"') + forms.count("“") + forms.count("”") >= 2,
        "all words shouted": 2 * shouted > len(words),
        "signed by an agent": bool(forms) and (forms[-1][0] == "^" or "^" in forms[-3:]),
    }
    for name, count in told.items():
        counts[_AT[name]] = int(count)


def _along(words: Sequence[Word], counts: list[int]) -> None:
    """What depends on the words before: negated or not, after "but", a figure before a length of time."""
    since_not = _REACH + 1
    any_but = False
    for place, word in enumerate(words):
        negated = since_not <= _REACH
        since_not += 1
        if word.form == "but":
            any_but = True
        kinds = word.kind_at
        if not kinds or _ON_ITS_OWN.isdisjoint(kinds):
            continue
        if _NOT in kinds:
            since_not = 0
        if _WORKS in kinds and negated:
            counts[_AT["not + works"]] += 1
        if _GOOD in kinds:
            counts[_AT["not + good" if negated else "good, not negated"]] += 1
            counts[_AT["good after but"]] += any_but
        if _BAD in kinds:
            counts[_AT["bad, not negated"]] += not negated
            counts[_AT["but + bad after"]] += any_but
        if _DURATION in kinds and place and words[place - 1].form == "<num>":
            counts[_AT["figure + duration"]] += 1


def _together(words: Sequence[Word], counts: list[int]) -> None:
    """What stands anywhere in one post together."""
    wrong = counts[_BAD] + counts[_NOT]
    failing = counts[_BROKEN] + counts[_LATE]
    told = {
        "thanks + bad or not": counts[_THANKS] and wrong,
        "good + broken or late": counts[_GOOD] and failing,
        "still + not": counts[_STILL] and counts[_NOT],
        "duration + late or not": counts[_DURATION] and (counts[_LATE] or counts[_NOT]),
        "you + bad or not": counts[_YOU] and wrong,
        "i + broken or not": (counts[_I] or counts[_WE]) and (failing or counts[_NOT]),
        "question, nothing wrong": counts[_AT["question marks"]] and not wrong and not failing,
        "why + you": counts[_WHY] and counts[_YOU],
        "no first or second person": not (counts[_I] or counts[_WE] or counts[_YOU]),
        "thanks at end": any(_THANKS in word.kind_at for word in words[-3:]),
    }
    for name, said in told.items():
        counts[_AT[name]] = int(bool(said))
