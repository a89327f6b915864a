"""Stand-ins for the trained model, and a made-up brand to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from listeners.brand import Brand, Near
from listeners.post import Author, Kind, Post
from nlp.mention import Evidence, Severity

LARKSPUR = Brand(
    name="Larkspur",
    aliases=("Larkspur Broadband",),
    handles=("Larkspur", "LarkspurHelp"),
    hashtags=("LarkspurLife",),
    products=("Larkspur Fibre", "Hub 4"),
    domains=("larkspur.example",),
    none=("flower*", "garden*", "delphinium*"),
    near=(Near(words=("lark", "broadband"), within=3),),
    own_accounts={"x": ("Larkspur", "LarkspurHelp"), "reddit": ("LarkspurHelp_Official",)},
    communities={"reddit": ("larkspur",)},
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_ids = count(1)


def post(text: str, handle: str = "joe", *, source: str = "x", kind: Kind = Kind.POST, **more: Any) -> Post:
    """A post by `handle` with a fresh id."""
    return Post(source, str(next(_ids)), kind, text, NOON, Author(handle, handle), **more)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the fake model says."""

    probability: float
    severity: Severity = Severity.DISAPPROVAL
    evidence: tuple[Evidence, ...] = ()


class WordModel:
    """A complaint is a text with "down", "broken" or "worst" in it; the word is its evidence."""

    version = "words"
    threshold = 0.5

    def __init__(self) -> None:
        """Remember what was asked."""
        self.asked: list[str] = []
        self.contexts: list[str | None] = []

    def predict(self, texts: Sequence[str], contexts: Sequence[str | None] | None = None) -> list[Verdict]:
        """Judge by the words above."""
        self.asked += texts
        self.contexts += contexts or [None] * len(texts)
        return [self._judge(text) for text in texts]

    @staticmethod
    def _judge(text: str) -> Verdict:
        for word in ("down", "broken", "worst"):
            at = text.find(word)
            if at >= 0:
                return Verdict(0.9, evidence=(Evidence(at, at + len(word), "complaint", 1.0),))
        return Verdict(0.1)
