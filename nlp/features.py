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
from typing import Final

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
    occurrence. word_from, word_to: first and last token (inclusive) of each word column. signals: one
    value per SIGNALS.
    """

    kept: tuple[Word, ...]
    at: Ints
    words: Ints
    word_from: Ints
    word_to: Ints
    grams: Ints
    gram_of: Ints
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
    return Read(
        kept=kept,
        at=at,
        words=word_columns(kept),
        word_from=np.concatenate((at, at[:-1], at[:-2])),
        word_to=np.concatenate((at, at[1:], at[2:])),
        grams=grams,
        gram_of=gram_of,
        signals=signals(kept),
    )


def word_columns(kept: Sequence[Word]) -> Ints:
    """Buckets of the 1-, 2- and 3-grams of `kept`, in that order."""
    codes = np.array([word.code for word in kept], np.int64)
    two = (codes[:-1] * 1_000_003 + codes[1:] * 31 + 7) % WORD_BUCKETS
    three = (codes[:-2] * 999_983 + codes[1:-1] * 8_191 + codes[2:] * 17 + 3) % WORD_BUCKETS
    return np.concatenate((codes, two, three))


def signals(words: Sequence[Word]) -> Floats:
    """The values of SIGNALS for the words of one post: counts as log(1 + n), patterns as 0 or 1."""
    counts = dict.fromkeys(SIGNALS, 0.0)
    for word in words:
        for kind in word.kinds:
            counts[kind] += 1
    _surface(words, counts)
    _patterns(words, counts)
    return np.array([log1p(value) for value in counts.values()], np.float32)


def _surface(words: Sequence[Word], counts: dict[str, float]) -> None:
    forms = [word.form for word in words]
    counts["tokens"] = len(words)
    counts["handles"] = forms.count("@user") + forms.count("@care")
    counts["care handle"] = "@care" in forms
    counts["starts with handle"] = bool(forms) and forms[0][0] == "@"
    counts["hashtags"] = forms.count("#")
    counts["links"] = forms.count("<url>")
    counts["figures"] = forms.count("<num>")
    counts["question marks"] = forms.count("?")
    counts["ends in question"] = "?" in forms[-2:]
    counts["exclamations"] = forms.count("!")
    counts["?! together"] = "?" in forms and "!" in forms
    counts["shouted words"] = sum(word.shouted for word in words)
    counts["elongated words"] = sum(word.elongated for word in words)
    counts["bad faces"] = forms.count(":(")
    counts["good faces"] = forms.count(":)")
    counts["quoted"] = sum(form in {'"', "“", "”"} for form in forms) >= 2
    counts["all words shouted"] = 2 * counts["shouted words"] > len(words)
    counts["signed by an agent"] = bool(forms) and (forms[-1][0] == "^" or "^" in forms[-3:])


def _patterns(words: Sequence[Word], counts: dict[str, float]) -> None:
    since_not = since_but = _REACH + 1
    any_but = False
    for place, word in enumerate(words):
        kinds = word.kinds
        negated = since_not <= _REACH
        since_not = 0 if "not" in kinds else since_not + 1
        if word.form == "but":
            any_but, since_but = True, 0
        since_but += 1
        if "works" in kinds and negated:
            counts["not + works"] += 1
        if "good" in kinds:
            counts["not + good" if negated else "good, not negated"] += 1
            counts["good after but"] += any_but
        if "bad" in kinds:
            counts["bad, not negated"] += not negated
            counts["but + bad after"] += any_but
        if "duration" in kinds and place and words[place - 1].form == "<num>":
            counts["figure + duration"] += 1
    wrong = counts["bad"] + counts["not"]
    failing = counts["broken"] + counts["late"]
    counts["thanks + bad or not"] = bool(counts["thanks"] and wrong)
    counts["good + broken or late"] = bool(counts["good"] and failing)
    counts["still + not"] = bool(counts["still"] and counts["not"])
    counts["duration + late or not"] = bool(counts["duration"] and (counts["late"] or counts["not"]))
    counts["you + bad or not"] = bool(counts["you"] and wrong)
    counts["i + broken or not"] = bool((counts["i"] or counts["we"]) and (failing or counts["not"]))
    counts["question, nothing wrong"] = bool(counts["question marks"] and not wrong and not failing)
    counts["why + you"] = bool(counts["why"] and counts["you"])
    counts["no first or second person"] = not (counts["i"] or counts["we"] or counts["you"])
    counts["thanks at end"] = any("thanks" in word.kinds for word in words[-3:])
