"""What the post before changes: "same here", "still not fixed", "thanks, solved".

A short answer says little by itself. Where it agrees with a complaint it is one; where it says that
the matter is settled it is none, whatever words of trouble it repeats.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final

from nlp.phrases import Hit, Phrases
from nlp.reading import Scan
from nlp.wordlists import word_lists


class Answer(StrEnum):
    """What a reply says about the post it answers."""

    AGREES = "agrees"
    STILL = "still"
    SOLVED = "solved"
    NOTHING = "nothing"


SHORT: Final = 14
"""Words: a longer reply speaks for itself."""
VERY_SHORT: Final = 4
"""Words: up to here "this" or "again" is the whole of what is said."""


@lru_cache(maxsize=1)
def _replies() -> Phrases:
    return Phrases(word_lists("answers"))


def answer_in(text: Scan) -> tuple[Answer, list[Hit]]:
    """What a short reply says about its parent, and the words that say it."""
    if not text.words or len(text.words) > SHORT:
        return Answer.NOTHING, []
    hits = [
        hit for hit in _replies().find(text) if len(text.words) <= VERY_SHORT or "in short" not in hit.label
    ]
    if any(hit.label == Answer.SOLVED.value for hit in hits):  # "working again" is not "again"
        hits = [hit for hit in hits if hit.label != "still in short"]
    said = {hit.label.removesuffix(" in short") for hit in hits}
    for answer in (Answer.STILL, Answer.SOLVED, Answer.AGREES):
        if answer.value not in said:
            continue
        if answer is Answer.SOLVED and ("unsolved" in said or "?" in text.text):
            continue
        return answer, [hit for hit in hits if hit.label.startswith(answer.value)]
    return Answer.NOTHING, []


def in_light_of(own: float, parent: float, answer: Answer, *, threshold: float) -> float:
    """The complaint probability of a reply, given its own, its parent's and what it says.

    Agreement takes over the parent's probability, a little less sure; "still" after a complaint, or
    after the brand's own answer (parent 1.0), is a complaint; "solved" is not: it stays under half the
    operating point `threshold`.
    """
    match answer:
        case Answer.AGREES:
            return max(own, 0.9 * parent)
        case Answer.STILL:
            return max(own, 0.5 + 0.45 * parent) if parent >= 0.5 else own
        case Answer.SOLVED:
            return min(own, 0.5 * threshold)
        case Answer.NOTHING:
            return own
