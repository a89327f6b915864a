"""A person with a matter of their own, or talk about the brand."""

from __future__ import annotations

import pytest

from listeners.post import Kind
from nlp import actionable
from nlp.context import Answer, answer_in, in_light_of
from nlp.phrases import Phrases
from nlp.reading import scan
from tests.nlp.fakes import post

CUES = Phrases(actionable.phrases())


def weighed(text: str, kind: Kind = Kind.POST, *, addressed: bool = False) -> actionable.Actionable:
    """What is made of a post."""
    read = scan(text)
    return actionable.weigh(read, CUES.find(read), post(text, kind=kind), addressed=addressed)


@pytest.mark.parametrize(
    "text", ["the engineer (Priya?) was a total star", "hats off to whoever (Sam?) drew this"]
)
def test_a_doubted_name_is_no_question(text: str) -> None:
    """A mark in brackets after a word or two asks nothing."""
    assert not weighed(text, addressed=True).asks_help


@pytest.mark.parametrize(
    "text", ["when will it be back (tonight)?", "is it me (my hub is new, is it broken?)"]
)
def test_a_question_beside_brackets_is_one(text: str) -> None:
    """Only the doubted word is passed over."""
    assert weighed(text, addressed=True).asks_help


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("@Larkspur will the shop in Ely be open tomorrow", True),
        ("@Larkspur hi, who do my parents write to about the old line", True),
        ("@Larkspur how lovely the new shop looks", False),
        ("@Larkspur what a day, the shop was full", False),
        ("@Larkspur is brilliant, that was quick", False),
        ("@Larkspur quick question about the box", True),
    ],
)
def test_a_question_needs_no_mark(text: str, asks: bool) -> None:
    """What is said to the brand and begins as a question is one."""
    assert weighed(text, addressed=True).asks_help is asks


CROWD = "@ann @bob @cleo @Larkspur @dan @Quillon "


@pytest.mark.parametrize(
    ("text", "many"),
    [
        (CROWD + "who baked the best pie?", True),
        (CROWD + "and what do you say, @Larkspur?", False),
        ("@ann @Larkspur who baked the best pie?", False),
        ("what do @ann @bob @cleo @dan @eve and @Larkspur have in common?", False),
    ],
)
def test_an_audience_is_not_addressed(text: str, many: bool) -> None:
    """Only where a brand is named nowhere but among the many handles in front of an answer."""
    places = [(at, at + 9) for at in range(len(text)) if text.startswith("@Larkspur", at)]
    assert actionable.one_of_many(text, places) is many


def test_a_question_to_an_audience_asks_no_brand() -> None:
    """A request for help still does."""
    for words, asks in (("who baked the best pie?", False), ("can someone please look at my line", True)):
        read = scan(CROWD + words)
        found = actionable.weigh(
            read, CUES.find(read), post(CROWD + words, kind=Kind.REPLY), addressed=True, many=True
        )
        assert found.asks_help is asks


@pytest.mark.parametrize(
    "text",
    [
        "Larkspur can someone please look at my line, it keeps dropping",
        "How do I cancel my Larkspur contract?",
        "my hub 4 is still not working after three calls",
    ],
)
def test_a_matter_of_ones_own(text: str) -> None:
    """Somebody can do something, and is asked to."""
    found = weighed(text, addressed=True)
    assert found.probability >= 0.5
    assert found.asks_help


@pytest.mark.parametrize(
    "text",
    [
        "Larkspur shares fall 4% after earnings, analysts cut price target $LRK",
        "We're hiring! Larkspur is looking for a network engineer, apply now",
        "GIVEAWAY: retweet to win a Larkspur TV box",
        "Larkspur Announces Merger With Quillon According to Reports",
        "Use my code LARK10 for a discount at Larkspur, link in bio",
    ],
)
def test_talk_about_the_brand(text: str) -> None:
    """Stock tips, job ads, giveaways, news and advertising are nothing to act on."""
    found = weighed(text)
    assert found.probability < 0.5
    assert not found.asks_help


def test_an_old_story_counts_less() -> None:
    """The same trouble years ago is less to act on than today."""
    assert (
        weighed("years ago Larkspur broke my line").probability
        < weighed("Larkspur broke my line").probability
    )


def test_a_settled_matter_asks_nothing() -> None:
    """Thanks for a mended line is no request."""
    assert not weighed("it is working again, all sorted, thank you", addressed=True).asks_help


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("same here", Answer.AGREES),
        ("@joe this", Answer.AGREES),
        ("still not fixed", Answer.STILL),
        ("@LarkspurHelp any update?", Answer.STILL),
        ("thanks, solved", Answer.SOLVED),
        ("works now thanks", Answer.SOLVED),
        ("its working again", Answer.SOLVED),
        ("thanks for nothing", Answer.NOTHING),
        ("thanks in advance", Answer.NOTHING),
        ("thanks but it is still dead", Answer.NOTHING),
        ("nice weather", Answer.NOTHING),
    ],
)
def test_what_a_reply_says(text: str, answer: Answer) -> None:
    """Short replies are read for what they say about the post before."""
    assert answer_in(scan(text))[0] is answer


def test_the_post_before_is_part_of_the_judgement() -> None:
    """Agreement takes over, "still" holds on, "solved" lets go; nothing said changes nothing."""
    assert in_light_of(0.1, 0.9, Answer.AGREES, threshold=0.2) == pytest.approx(0.81)
    assert in_light_of(0.1, 1.0, Answer.STILL, threshold=0.2) == pytest.approx(0.95)
    assert in_light_of(0.9, 1.0, Answer.SOLVED, threshold=0.2) < 0.2
    assert in_light_of(0.3, 1.0, Answer.NOTHING, threshold=0.2) == 0.3


def test_the_brands_answer_asks_back() -> None:
    """ "Please DM us" is a request, "Have a nice day" none."""
    assert actionable.asks_back("Please DM us your account number")
    assert not actionable.asks_back("Have a nice day")
