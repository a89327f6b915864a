"""A brand's written forms, compiled so that a post is walked once however many brands there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlp.mention import How
from nlp.reading import Scan, fold

Slack = Literal["off", "strict", "loose"]

STRICT_LENGTH = 6
"""Shortest name whose misspellings are looked for: below, one letter makes too many other words."""
LOOSE_LENGTH = 5
LOOSE_TWO = 8
"""From this length on, loose allows two letters wrong instead of one."""

_PIECE = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that write words without spaces: a name is looked for anywhere in them."""
_ENDINGS = ("s", "es", "ed", "er", "ing", "y", "ly", "ish", "like")
_ENDINGS_OF_E = ("d", "r")  # "range", "ranger"; after any other letter they are a slip: "Larkspurr"
_CACHE = 200_000


@dataclass(frozen=True, slots=True)
class Name:
    """One written form of one brand. `brand` is its index; `pattern` matches folded text."""

    brand: int
    how: How
    written: str
    pattern: re.Pattern[str]
    case_sensitive: bool


def pattern_of(written: str) -> str:
    """The regular expression of a name over folded text: "AT&T", "Hub 4" as people type them."""
    text = fold(written)
    pieces = list(_PIECE.finditer(text))
    if not pieces:
        raise ValueError(f"{written!r} has neither letter nor digit to look for")
    parts = [re.escape(pieces[0].group())]
    for before, after in pairwise(pieces):
        between = text[before.end() : after.start()]
        if "&" in between or "+" in between:
            parts.append(r"\s?(?:&(?:amp;)?|\+|\band\b)\s?")
        elif "'" in between:
            parts.append("'?")
        elif "." in between:
            parts.append(r"\.?")
        else:
            parts.append(r"[\s\-_\u00a0]{0,2}")
        parts.append(re.escape(after.group()))
    return "".join(parts) + r"(?![^\W_])"


def _first_keys(written: str) -> set[str]:
    """Words a text may show where this name begins: its first piece, and its pieces run together."""
    pieces = _PIECE.findall(fold(written))
    return {"".join(pieces[: n + 1]) for n in range(len(pieces))}


def _looks_meant(word: str, name: str) -> bool:
    """Whether a word one letter away is a slip and not another word made of the name: "targets", "ranged"."""
    if word[0] != name[0]:
        return False
    return not _grown(name, word) and not _grown(word, name)


def _grown(stem: str, word: str) -> bool:
    """Whether `word` is `stem` with an ending."""
    endings = _ENDINGS + _ENDINGS_OF_E if stem.endswith("e") else _ENDINGS
    return any(word == stem + ending for ending in endings)


class Names:
    """All names of all brands. `find` returns (name, start, end) for every place one is written."""

    def __init__(self) -> None:
        """Start empty; `add` brand by brand."""
        self._first: dict[str, list[Name]] = {}
        self._anywhere: list[Name] = []
        self._slips: dict[str, list[tuple[int, Name]]] = {}  # joined name → (edits allowed, name)
        self._known_slips: dict[str, tuple[Name, ...]] = {}

    def add(self, brand: int, how: How, written: str, *, case_sensitive: bool, slack: Slack) -> None:
        """Take in one name. `slack` says how far misspellings go."""
        name = Name(brand, how, written, re.compile(pattern_of(written)), case_sensitive)
        if _UNSPACED.search(written):
            self._anywhere.append(name)
            return
        for key in _first_keys(written):
            self._first.setdefault(key, []).append(name)
        if slack == "off" or case_sensitive:
            return
        joined = "".join(_PIECE.findall(fold(written)))
        if len(joined) >= (STRICT_LENGTH if slack == "strict" else LOOSE_LENGTH):
            edits = 2 if slack == "loose" and len(joined) >= LOOSE_TWO else 1
            slip = Name(brand, How.MISSPELLING, written, name.pattern, False)
            self._slips.setdefault(joined, []).append((edits, slip))

    def find(self, scan: Scan) -> list[tuple[Name, int, int]]:
        """Every name in the words of the text (not in handles, hashtags, links or code)."""
        found: list[tuple[Name, int, int]] = []
        first = self._first
        slips = bool(self._slips)
        for index, word in enumerate(scan.words):
            names = first.get(word)
            if names is not None:
                spot = scan.spots[index]
                for name in names:
                    match = name.pattern.match(scan.folded, spot)
                    if match and (
                        not name.case_sensitive or _as_written(name, scan.text[spot : match.end()])
                    ):
                        found.append((name, spot, match.end()))
            elif slips and len(word) >= LOOSE_LENGTH - 1:
                for name in self._slipped(word):
                    found.append((name, scan.spots[index], scan.word_end(index)))
        for name in self._anywhere:
            at = scan.folded.find(fold(name.written))
            while at >= 0:
                found.append((name, at, at + len(name.written)))
                at = scan.folded.find(fold(name.written), at + 1)
        return found

    def _slipped(self, word: str) -> tuple[Name, ...]:
        known = self._known_slips.get(word)
        if known is None:
            known = tuple(self._look_up(word)) if len(word) <= 40 else ()
            if len(self._known_slips) < _CACHE:
                self._known_slips[word] = known
        return known

    def _look_up(self, word: str) -> Iterable[Name]:
        near = process.extract(word, list(self._slips), scorer=OSA.distance, score_cutoff=2, limit=None)
        for joined, edits, _ in near:
            if _looks_meant(word, joined):
                yield from (name for allowed, name in self._slips[joined] if edits <= allowed)


def _as_written(name: Name, text: str) -> bool:
    written = _PIECE.findall(name.written)
    return "".join(_PIECE.findall(text)) == "".join(written)


def longest(spans: Sequence[tuple[Name, int, int]]) -> list[tuple[Name, int, int]]:
    """Of overlapping finds the longest, then the surest; of two brands the longer name too."""
    kept: list[tuple[Name, int, int]] = []
    for find in sorted(spans, key=lambda f: (f[1] - f[2], f[0].how is How.MISSPELLING)):
        _, start, end = find
        same_place = [other for other in kept if start < other[2] and other[1] < end]
        if all(
            (start, end) == (other[1], other[2]) and find[0].brand != other[0].brand for other in same_place
        ):
            kept.append(find)
    return sorted(kept, key=lambda f: f[1])
