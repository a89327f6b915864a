"""Whether somebody at the brand can do something: a person with a matter of their own, or talk about it?

Rules with evidence. Each cue adds to the log-odds; the weights were set by hand while reading real
support posts, not learnt, because no data that may be trained on carries this label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp
from typing import Final

from listeners.post import Kind, Post
from nlp.context import Answer
from nlp.phrases import Hit
from nlp.reading import Scan
from nlp.wordlists import word_lists

PREFIX = "cue:"

_WEIGHTS: Final[Mapping[str, float]] = {
    "request": 1.4,
    "question": 0.7,
    "own": 0.7,
    "trouble": 0.9,
    "anger": 0.7,
    "address": 0.8,
    "under way": 0.8,
    "thanks": -1.2,
    "solved": -1.6,
    "news": -2.0,
    "job": -3.0,
    "giveaway": -3.0,
    "stock": -3.0,
    "advert": -2.2,
    "old story": -1.6,
    "one of many": -1.0,
}

_START: Final = -1.0
_CASHTAG = re.compile(r"(?<!\w)\$[A-Z]{1,5}\b")
_HEADLINE = re.compile(
    r"[A-Z][\w'’&-]*(?:\s+(?:[A-Z0-9][\w'’&-]*|of|to|in|for|and|as|on|at|the|a|with|over)){4,}"
)


@dataclass(frozen=True, slots=True)
class Actionable:
    """probability: a human at the brand can do something. asks_help: addressed or asked. hits: why."""

    probability: float
    asks_help: bool
    hits: tuple[Hit, ...]


_UNSURE = re.compile(r"\(\s?[\w'’]{1,20}(?: [\w'’]{1,20})?\s?\?{1,3}\s?\)")
"""A word that is doubted and not asked about: "a young man (Callum?) came"."""
_ASKS = re.compile(r"\?|\b(?:dm|pm|send us|let us know|tell us|provide|share|please)\b", re.IGNORECASE)


_OPENING = re.compile(r"(?:\s*\.?@\w{1,50})+")
_MANY: Final = 5
"""X puts everybody of a conversation in front of an answer; so many are an audience, nobody is addressed."""


def one_of_many(text: str, places: Iterable[tuple[int, int]]) -> bool:
    """Whether a brand is named at `places` only among the many handles that a post opens with."""
    opening = _OPENING.match(text)
    if opening is None or opening[0].count("@") < _MANY:
        return False
    return all(end <= opening.end() for _, end in places)


_ASKED_PLAINLY = re.compile(
    r"(?:\s*\.?@\w{1,50}[,:]?)*\s*(?:(?:hi|hello|hey|so|and|also|ok|but)\b[\s,!.]*){0,2}"
    r"(?:(?:who|whom|where|when|which|whose)\s+(?:do|does|did|can|could|is|are|was|were|will|would|should|has|have)\b"
    r"|(?:what|how|why)\s+(?:do|does|did|can|could|is|are|will|would|should|many|much|long|often|soon)\b"
    r"|(?:can|could|is|are|am|do|does|did|will|would|should|has|have|may)\s+"
    r"(?:i|we|you|u|ya|they|it|this|that|there|the|my|your|our|someone|somebody|anyone|anybody)\b)",
    re.IGNORECASE,
)
"""A post that begins as a question does; many people leave out the mark."""


def asks_back(text: str) -> bool:
    """Whether a brand's answer asks the person for something."""
    return bool(_ASKS.search(text[:2000]))


def phrases() -> dict[str, list[str]]:
    """Labelled phrases for `Phrases`."""
    return {PREFIX + cue: words for cue, words in word_lists("cues").items()}


def weigh(
    text: Scan,
    hits: Iterable[Hit],
    post: Post,
    *,
    addressed: bool,
    many: bool = False,
    answers_brand: bool = False,
    brand_asked: bool = False,
    answer: Answer = Answer.NOTHING,
) -> Actionable:
    """Weigh the cues of a post.

    addressed: it speaks to the brand (its handle, or answers it). many: to many others as much, so that
    a question is not meant for it. answers_brand: the post before is
    the brand's own: a matter under way stays one until it is settled. brand_asked: that post asks
    for something, so that an answer to it is part of getting help. answer: what it says to that.
    """
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.label.startswith(PREFIX):
            found.setdefault(hit.label[len(PREFIX) :], []).append(hit)
    total = _START + sum(_WEIGHTS[cue] for cue in found)
    questions = "?" in _UNSURE.sub("", text.text) or (addressed and _ASKED_PLAINLY.match(text.text[:400]))
    asked = "request" in found or (bool(questions) and not many)
    if asked and "request" not in found:
        total += _WEIGHTS["question"]
    if many:
        total += _WEIGHTS["one of many"]
    elif addressed:
        total += _WEIGHTS["address"]
    if answers_brand:
        total += _WEIGHTS["under way"]
    settled = answer is Answer.SOLVED or "solved" in found
    if answer is Answer.SOLVED:
        total += _WEIGHTS["solved"]
    if post.kind is Kind.ARTICLE:
        total -= 0.8
    if _CASHTAG.search(text.text):
        total -= 1.5
        found.setdefault("stock", [])
    apart = found.keys() & {"job", "giveaway", "stock", "advert"}
    if "own" not in found and not addressed and _HEADLINE.search(text.text[:400]):
        total -= 1.5
    pleased = "thanks" in found and "trouble" not in found
    open_matter = (addressed and "trouble" in found and "own" in found) or (answers_brand and brand_asked)
    asks_help = not apart and not settled and (asked or (open_matter and not pleased))
    probability = 1 / (1 + exp(-total))
    return Actionable(
        round(probability, 3), asks_help, tuple(h for several in found.values() for h in several[:2])
    )
