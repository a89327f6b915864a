"""What is at stake, apart from tone: a polite message can be the most urgent one.

Rules with evidence. Each stake has a level from 1 (matters) to 3 (now); a denial right before the
words ("nobody was hurt", "not an emergency") takes them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from nlp.phrases import Hit
from nlp.reading import Scan
from nlp.wordlists import word_lists

PREFIX = "stake:"

LEVELS: Final[Mapping[str, int]] = {
    "safety": 3,
    "health": 3,
    "stranded": 2,
    "vulnerable person": 2,
    "legal step": 2,
    "days without service": 2,
    "money": 1,
    "outage": 1,
}

_DENIED = re.compile(
    r"(?:\bno ?(?:one|body)(?: was| is| got)?|\bnot(?: an?| in)?|\bn[o']t|\bwithout any|\bno)\s+$"
)
_MONEY = re.compile(r"[£$€]\s?(\d[\d,]{0,9})")
_LARGE = 200
"""From this sum on (in pounds, dollars or euros) money at stake is level 2. A week's food for a family."""


def phrases() -> dict[str, list[str]]:
    """Labelled phrases for `Phrases`."""
    return {PREFIX + stake: words for stake, words in word_lists("stakes").items()}


def urgency_of(text: Scan, hits: Iterable[Hit]) -> tuple[int, tuple[str, ...], list[Hit]]:
    """Urgency 0 to 3, the stakes (gravest first) and the hits that showed them."""
    levels: dict[str, int] = {}
    kept: list[Hit] = []
    for hit in hits:
        if not hit.label.startswith(PREFIX):
            continue
        stake = hit.label[len(PREFIX) :]
        if stake in {"safety", "health"} and _DENIED.search(text.folded[max(0, hit.start - 24) : hit.start]):
            continue
        levels[stake] = LEVELS[stake]
        kept.append(hit)
    if "money" in levels and any(_sum(found) >= _LARGE for found in _MONEY.findall(text.text)[:20]):
        levels["money"] = 2
    if not levels:
        return 0, (), []
    urgency = max(levels.values())
    # Two stakes meet in one person: someone vulnerable without service waits worse than either alone.
    if urgency == 2 and len(levels) > 1 and ({"vulnerable person", "stranded"} & set(levels)):
        urgency = 3
    return urgency, tuple(sorted(levels, key=lambda stake: -levels[stake])), kept


def _sum(written: str) -> int:
    return int(written.replace(",", "") or 0)
