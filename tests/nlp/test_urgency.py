"""What is at stake, apart from tone."""

from __future__ import annotations

import pytest

from nlp import urgency
from nlp.phrases import Phrases
from nlp.reading import scan
from nlp.wordlists import spelt_out

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
        ("There is a burnt smell from the modem when it updates", 3, "safety"),
        ("the decoder box gets too hot to hold after an hour", 3, "safety"),
        ("Moved the router and the desk is scorched under it", 3, "safety"),
        ("a BT cabinet outside the nursery has been left open, bare wires showing", 3, "safety"),
        ("I left an abusive ex and you printed my new street on his invoice", 3, "safety"),
        ("Dad's fall alarm dials out over your line and it is dead", 3, "health"),
        ("her lifeline pendant needs the phone line, when is it back?", 3, "health"),
        ("please ring my nan, she has no way of calling us, my nan is alone", 2, "vulnerable person"),
        ("she is 87 and signed because he would not leave", 2, "vulnerable person"),
        ("my 91-year-old neighbour has no dial tone", 2, "vulnerable person"),
        ("we have a baby here, who do I speak to?", 2, "vulnerable person"),
        ("your app shows me somebody else's bills", 2, "privacy"),
        ("Opened my account and there are a Mrs Okafor's statements in it", 2, "privacy"),
        ("the man on the phone gave my address to my old landlord", 2, "privacy"),
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


@pytest.mark.parametrize(
    "text",
    [
        "sat here knitting like my gran",
        "slower than my grandad",
        "my nan loves your adverts",
        "oh baby, five bars",
        "finally got the new one, my baby",
        "I'm 90% sure it was the update",
        "he is 75 miles away by now",
        "you disabled my account",
        "I have given my number to three agents",
        "scorching day in Leeds",
        "the chicken was a bit burnt",
        "kitchen cabinet arrived, looks great",
    ],
)
def test_look_alikes_are_no_stakes(text: str) -> None:
    """Comparisons, endearments, percentages and dinners put nobody at risk."""
    assert judged(text) == (0, ())


def test_a_feeling_is_not_a_comparison() -> None:
    """ "It feels like my gran is alone" speaks of her."""
    assert judged("it feels like my gran is alone with this")[1] == ("vulnerable person",)


def test_groups_are_written_out() -> None:
    """Words as alternatives, longer phrases by themselves; a group that is not there is an error."""
    groups = {"kin": ("mum", "dad", "in law")}
    assert spelt_out("my|our <kin> is {old}", groups) == [
        "my|our mum|dad is {old}",
        "my|our in law is {old}",
    ]
    with pytest.raises(KeyError):
        spelt_out("my <friend>", groups)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my hub is hot", True),
        ("our router was boiling", True),
        ("our router was warm", False),
        ("their router is hot", False),
    ],
)
def test_alternatives_in_a_phrase(text: str, expected: bool) -> None:
    """Any of the words will do in its place, a pattern among them too."""
    phrases = Phrases({"heat": ["my|our hub|router is|was hot|boil*"]})
    assert bool(phrases.find(scan(text))) is expected


def test_two_stakes_meet_in_one_person() -> None:
    """Somebody vulnerable without service waits worse than either alone."""
    assert judged("My mum is disabled and has been without a phone for 6 days now")[0] == 3


def test_a_denial_takes_it_back() -> None:
    """Words of danger that are denied are none."""
    assert "safety" not in judged("it did not catch fire")[1]


def test_every_stake_has_words_and_a_level() -> None:
    """Levels and word lists name the same stakes."""
    assert {label.partition(":")[2] for label in urgency.phrases()} == set(urgency.LEVELS)
