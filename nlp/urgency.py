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
    "privacy": 2,
    "legal step": 2,
    "days without service": 2,
    "money": 1,
    "outage": 1,
}

_DENIED = re.compile(
    r"(?:\bno ?(?:one|body)(?: was| is| got)?|\bnot(?: an?| in)?|\bn[o']t|\bwithout any|\bno)\s+$"
)
_COMPARED = re.compile(
    r"(?:(?<!feel )(?<!feels )(?<!felt )(?<!seems )(?<!looks )(?<!sounds )\blike|\bthan|\bas \w{2,20} as)\s+$"
)
"""Before a yardstick: "knitting like my gran", but not "it feels like my gran is alone"."""
_COUNTED = re.compile(
    r"\s?(?:%|/|\.\d|(?:percent|per cent|min|mins|minutes?|h|hours?|hrs?|days?|weeks?|months?|miles?|k|km|mb|"
    r"mbps|gb|quid|pounds|dollars|bucks|st|nd|rd|th|in the|in line|in a|on the list|people|calls|times|of|"
    r"points|out|x)\b)"
)
"""After a number that is no age: "I am 90% sure", "he is 75 miles away"."""
_HANDED_OVER = ("gave ", "given ", "giving ", "shared ", "passed ")
_BY_ITSELF = re.compile(
    r"(?:\b(?:i|we)(?:'ve|'d)?|^|[.!?]|@\w{1,40})\s*(?:(?:have|had|has|already|just|even|also|then|and)\s+)*$"
)
"""Before what people give away themselves: "I have given my number three times"."""
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
        if stake == "vulnerable person" and not _somebody(text, hit):
            continue
        if (
            stake == "privacy"
            and text.folded.startswith(_HANDED_OVER, hit.start)
            and _BY_ITSELF.search(text.folded[max(0, hit.start - 40) : hit.start])
        ):
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


def _somebody(text: Scan, hit: Hit) -> bool:
    """Whether a vulnerable person is really there, and not a comparison or a number of something else."""
    if _COMPARED.search(text.folded[max(0, hit.start - 30) : hit.start]):
        return False
    counted = text.folded[hit.end - 1].isdigit() and _COUNTED.match(text.folded, hit.end)
    return not counted


def _sum(written: str) -> int:
    return int(written.replace(",", "") or 0)
