"""Topics by taxonomy, several per post, and a taxonomy of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from nlp import topics
from nlp.phrases import Phrases
from nlp.reading import scan
from nlp.topics import Taxonomy, Topic

SHIPPED = topics.load()


@pytest.mark.parametrize(
    ("name", "example"), [(topic.name, example) for topic in SHIPPED.topics for example in topic.examples]
)
def test_each_example_gets_its_topic(name: str, example: str) -> None:
    """The examples of the shipped taxonomy are true of it."""
    assert name in topics.topics(scan(example), SHIPPED)


def test_several_topics_strongest_first() -> None:
    """A post about two things has both, the one it speaks of most first."""
    found = topics.topics(scan("Parcel never arrived, the courier lost it, now I want a refund"), SHIPPED)
    assert found[0] == "delivery"
    assert "refund" in found


def test_the_rest_is_other() -> None:
    """No word of any topic: the topic without words."""
    assert topics.topics(scan("hello there"), SHIPPED) == ("other",)


def test_a_reply_has_the_topic_of_what_it_answers() -> None:
    """ "same here" under an outage is about the outage."""
    before = Phrases(SHIPPED.phrases()).find(scan("my internet is down"))
    assert topics.of_thread(before, "other") == ("outage",)


def test_how_a_desk_talks_is_no_topic() -> None:
    """One polite word of the brand's answer is not what the matter is about."""
    before = Phrases(SHIPPED.phrases()).find(scan("Please DM us your account"))
    assert topics.of_thread(before, "other", brands_words=True) == ("other",)


def test_a_taxonomy_of_ones_own(tmp_path: Path) -> None:
    """A file of the same form replaces the shipped one."""
    path = tmp_path / "topics.yaml"
    path.write_text("topics:\n  - {name: bikes, words: [bike*]}\n  - {name: rest}\n", encoding="utf-8")
    assert topics.topics(scan("my bikes are gone"), topics.load(path)) == ("bikes",)


def test_a_topic_named_twice_is_refused() -> None:
    """The error names it."""
    with pytest.raises(ValidationError, match="named twice: a"):
        Taxonomy(topics=(Topic(name="a", words=("x",)), Topic(name="a", words=("y",))))


def test_figures_on_labelled_support_tweets(shared_data: Path) -> None:
    """On tweets labelled by reading, the rules keep the figures they were released with."""
    from nlp.training.support_topics import Rules, read, report

    rows = read(shared_data, Path(__file__).parent / "data/support_labels.csv")
    rules = Rules()
    figures = report(rows, [rules.guess(row) for row in rows], say=lambda line: None)
    assert len(rows) >= 400
    assert figures["topics micro-F1"] >= 0.66
    assert figures["actionable"] >= 0.85
    assert figures["asks for help"] >= 0.74
