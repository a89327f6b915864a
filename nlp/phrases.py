"""Word lists matched in one walk over a text, whatever their number.

A phrase is words with single spaces. `word*` matches any ending, `{n}` a number (digits or words),
`{old}` an age from 70 on, `this|that` either word, `~` up to three words in between. Matching is on
folded words, so punctuation and emoji between words do not matter, except that a phrase never runs over
the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp.reading import Scan

NUMBERS = frozenset({"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
                     "twelve", "several", "many", "couple", "few", "dozen"})  # fmt: skip
_CLASSES = frozenset({"{n}", "{old}"})
_GAP = 3
_CACHE = 100_000
_STOPS = re.compile(r"[.!?;:\n]")
_OLD = re.compile(r"(?:[789]\d|10\d)(?:y|yr|yrs|yo)?")
_SPLIT = re.compile(r"[^\w*{}~|]+|_")

_Part = str | frozenset[str]
"""One place in a phrase: a word or a pattern, or several words of which any will do."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: its label, where in the text, and its weight."""

    label: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class _Phrase:
    label: str
    parts: tuple[_Part, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class _Starting:
    """Phrases that may begin at a word: it alone, it and a fixed next word, or anything after it."""

    alone: tuple[_Phrase, ...]
    followed: Mapping[str, list[_Phrase]]
    loose: tuple[_Phrase, ...]


def _fits(part: _Part, word: str) -> bool:
    if isinstance(part, frozenset):
        return word in part
    if part.endswith("*"):
        return word.startswith(part[:-1])
    if part == "{n}":
        return word.isdigit() or word in NUMBERS
    if part == "{old}":
        return _OLD.fullmatch(word) is not None
    return word == part


def _is_open(part: str) -> bool:
    """Whether many words fit, so that it cannot be looked up."""
    return part.endswith("*") or part in _CLASSES


def _ways(part: str) -> list[_Part]:
    """`this|that` as one place; alternatives that are patterns are ways of their own."""
    if "|" not in part:
        return [part]
    words = [word for word in part.split("|") if word]
    plain = frozenset(word for word in words if not _is_open(word))
    return [*([plain] if plain else []), *(word for word in words if _is_open(word))]


class Phrases:
    """A set of labelled phrases: `Phrases({"outage": ["no internet", ("down again", 2.0)]})`."""

    def __init__(self, labelled: Mapping[str, Iterable[str | tuple[str, float]]]) -> None:
        """Compile the phrases; an empty phrase or one that starts with `~` is a ValueError."""
        self._exact: dict[str, list[_Phrase]] = {}
        self._open: dict[str, list[_Phrase]] = {}  # first word ends in *, or is a number
        for label, phrases in labelled.items():
            for item in phrases:
                phrase, weight = (item, 1.0) if isinstance(item, str) else item
                written = [part for part in _SPLIT.split(phrase.lower()) if part.strip("|")]
                if not written or written[0] == "~":
                    raise ValueError(f"{label}: {phrase!r} has no first word to look for")
                for parts in product(*(_ways(part) for part in written)):
                    one = _Phrase(label, parts, weight)
                    first = parts[0]
                    if isinstance(first, str) and _is_open(first):
                        self._open.setdefault(first, []).append(one)
                    else:
                        for word in (first,) if isinstance(first, str) else first:
                            self._exact.setdefault(word, []).append(one)
        self._seen: dict[str, _Starting] = {}

    def _starting(self, word: str) -> _Starting:
        """The phrases whose first part fits `word`, kept for the next time the word comes."""
        several = list(self._exact.get(word, ()))
        for part, phrases in self._open.items():
            if _fits(part, word):
                several.extend(phrases)
        alone = tuple(phrase for phrase in several if len(phrase.parts) == 1)
        followed: dict[str, list[_Phrase]] = {}
        loose = []
        for phrase in several:
            if len(phrase.parts) > 1:
                second = phrase.parts[1]
                if isinstance(second, frozenset):
                    for beside in second:
                        followed.setdefault(beside, []).append(phrase)
                elif _is_open(second) or second == "~":
                    loose.append(phrase)
                else:
                    followed.setdefault(second, []).append(phrase)
        found = _Starting(alone, followed, tuple(loose))
        if len(self._seen) < _CACHE and len(word) <= 40:
            self._seen[word] = found
        return found

    def find(self, scan: Scan) -> list[Hit]:
        """All phrases in the text, in order of their first word."""
        hits: list[Hit] = []
        words, spots = scan.words, scan.spots
        known = self._seen.get
        end = len(words) - 1
        for index, word in enumerate(words):
            starting = known(word) or self._starting(word)
            for phrase in starting.alone:
                spot = spots[index]
                hits.append(Hit(phrase.label, spot, spot + len(word), phrase.weight))
            if index == end:
                break
            several: Iterable[_Phrase] = starting.loose
            if starting.followed:
                beside = starting.followed.get(words[index + 1])
                if beside is not None:
                    several = (*beside, *several)
            for phrase in several:
                last = self._follow(phrase.parts, scan, index)
                if last >= 0:
                    hits.append(
                        Hit(phrase.label, spots[index], spots[last] + len(words[last]), phrase.weight)
                    )
        return hits

    def _follow(self, parts: tuple[_Part, ...], scan: Scan, index: int) -> int:
        """Index of the word that ends the phrase starting at `index`, or -1."""
        words = scan.words
        at = index
        slack = 0
        for part in parts[1:]:
            if part == "~":
                slack = _GAP
                continue
            for step in range(1, slack + 2):
                if at + step >= len(words):
                    return -1
                if _fits(part, words[at + step]):
                    at += step
                    break
            else:
                return -1
            slack = 0
        between = scan.text[scan.spots[index] + len(words[index]) : scan.spots[at]]
        return -1 if _STOPS.search(between) else at
