"""What is at stake, apart from tone."""

from __future__ import annotations

import pytest

from nlp import urgency
from nlp.phrases import Phrases
from nlp.reading import scan

CUES = Phrases(urgency.phrases())


def judged(text: str) -> tuple[int, tuple[str, ...]]:
    """(urgency, stakes) of a text."""
    read = scan(text)
    return urgency.urgency_of(read, CUES.find(read))[:2]


@pytest.mark.parametrize(
    ("text", "level", "stake"),
    [
        (
            "Good morning, the charger you sent caught fire on my desk. Could you advise? Thank you",
            3,
            "safety",
        ),
        ("Hi, quick question, my insulin is in the parcel that did not come", 3, "health"),
        ("We are stranded in Lyon with no hotel", 2, "stranded"),
        ("five days without internet now", 2, "days without service"),
        ("my solicitor will be in touch", 2, "legal step"),
        ("My gran lives alone and her phone is dead", 2, "vulnerable person"),
        ("hub dead again and my mum is 82", 2, "vulnerable person"),
        ("you charged me twice", 1, "money"),
        ("you charged me twice, £480 gone", 2, "money"),
        ("internet is down", 1, "outage"),
        ("what a lovely day", 0, ""),
        ("I hate you, you are the WORST company on earth!!!", 0, ""),
    ],
)
def test_stakes(text: str, level: int, stake: str) -> None:
    """A polite message can be the most urgent, an angry one not urgent at all."""
    found, stakes = judged(text)
    assert found == level
    assert stake in (*stakes, "")


def test_two_stakes_meet_in_one_person() -> None:
    """Somebody vulnerable without service waits worse than either alone."""
    assert judged("My mum is disabled and has been without a phone for 6 days now")[0] == 3


def test_a_denial_takes_it_back() -> None:
    """Words of danger that are denied are none."""
    assert "safety" not in judged("it did not catch fire")[1]


def test_every_stake_has_words_and_a_level() -> None:
    """Levels and word lists name the same stakes."""
    assert {label.partition(":")[2] for label in urgency.phrases()} == set(urgency.LEVELS)
