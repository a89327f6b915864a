"""The article that fits the question is offered; nothing is offered where none fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.desk.knowledge import Shelf, read
from nlp import topics

REFUND = """---
topics: [billing]
link: https://larkspur.example/help/refunds
---
# Refunds and double charges

A payment that was taken twice goes back to the same card within five working days.

If five working days have passed, send the last four digits in a private message.
"""
HUB = """# The light on your Hub 4 is red

A red light says that the hub has no line. Switch it off at the wall for one minute.
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A folder with two articles."""
    (tmp_path / "refunds.md").write_text(REFUND)
    (tmp_path / "hub-light.md").write_text(HUB)
    return Shelf(tmp_path)


def test_the_fitting_article_comes_first(shelf: Shelf) -> None:
    """Words decide, whatever their ending."""
    offers = shelf.fitting("you charged me twice, where is my refund?")
    assert offers[0].passage.name == "refunds"


def test_the_passage_is_the_very_paragraph(shelf: Shelf) -> None:
    """Of a long article the paragraph that answers is shown, its shared words marked."""
    offer = shelf.fitting("my hub has a red light and switching it off did not help")[0]
    assert offer.passage.text.startswith("A red light")
    assert "red" in {offer.passage.text[m.start : m.end] for m in offer.marks}


def test_nothing_fits(shelf: Shelf) -> None:
    """No article is better than a wrong one."""
    assert shelf.fitting("lovely weather in the park") == []


def test_a_new_file_is_seen(shelf: Shelf) -> None:
    """The folder is read again when it changes."""
    assert shelf.fitting("parking for the engineer's van") == []
    (shelf.folder / "van.md").write_text("# Parking\n\nThe engineer's van needs parking near the house.\n")
    assert shelf.fitting("parking for the engineer's van")


def test_a_missing_folder_offers_nothing(tmp_path: Path) -> None:
    """Knowledge is optional."""
    assert Shelf(tmp_path / "none").fitting("refund") == []


def test_a_link_that_leads_nowhere_safe_is_dropped() -> None:
    """Articles link only to the web."""
    assert read("x", "---\nlink: javascript:alert(1)\n---\n# T\n\nText here.")[0].link == ""


SHIPPED = Path(__file__).resolve().parents[2] / "config" / "knowledge"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.md")), ids=lambda path: path.stem)
def test_shipped_articles_are_whole(path: Path) -> None:
    """Title, link and topics of the taxonomy: nothing that was misspelt is passed over in silence."""
    passages = read(path.stem, path.read_text("utf-8"))
    assert passages
    assert all(p.link and p.title and p.topics for p in passages)
    assert {t for p in passages for t in p.topics} <= {topic.name for topic in topics.load().topics}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("the engineer never showed up, second time this week", "missed-appointment"),
        ("charged me twice and no refund after 3 weeks", "refunds"),
        ("red light on the hub since the morning", "hub-lights"),
        ("internet drops every single evening around 8", "slow-in-the-evening"),
        ("how do I cancel, I want to leave", "leaving"),
    ],
)
def test_shipped_articles_are_offered(said: str, name: str) -> None:
    """Plain questions find their article first."""
    assert Shelf(SHIPPED).fitting(said)[0].passage.name == name
