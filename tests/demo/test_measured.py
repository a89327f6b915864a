"""The whole pipeline over the made-up world: floors under what it makes of it, and what must not happen.

The floors are below what was measured when they were set; `python -m tests.demo.measured` tells where
it stands. They catch a room that breaks what another relies on, and are no figures of quality.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from earnest.demo.world import World
from earnest.ledger import Ledger
from routing.case import State
from tests.demo.measured import Fate, measured


@pytest.fixture(scope="module")
def outcome(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Fate], Ledger]]:
    """What became of every post, and the ledger that holds it."""
    with measured(world, tmp_path_factory.mktemp("measured")) as outcome:
        yield outcome


@pytest.fixture
def fates(outcome: tuple[list[Fate], Ledger]) -> list[Fate]:
    """What became of every post."""
    return outcome[0]


def of(fates: list[Fate], about: str) -> list[Fate]:
    """Those whose label begins so, if they were heard and not erased."""
    return [fate for fate in fates if fate.post.about.startswith(about) and fate.view.post is not None]


def share_waiting(fates: list[Fate]) -> float:
    """How many of them wait in a queue, 0 to 1."""
    return sum(bool(fate.queue) for fate in fates) / len(fates)


def test_most_complaints_reach_people(fates: list[Fate]) -> None:
    """At least seven in ten of those that were heard."""
    assert share_waiting(of(fates, "complaint")) >= 0.7


def test_flowers_towns_and_bands_do_not(fates: list[Fate]) -> None:
    """At most three in ten look-alikes wait for people."""
    assert share_waiting(of(fates, "lookalike")) <= 0.3


@pytest.mark.parametrize("about", ["own", "repost"])
def test_what_nobody_has_to_answer_waits_nowhere(fates: list[Fate], about: str) -> None:
    """The brand's own words and reposts open no case."""
    assert [fate.post.key for fate in of(fates, about) if fate.queue] == []


def test_of_near_copies_only_who_said_it_first_waits(fates: list[Fate]) -> None:
    """Who passes the words on is an echo; who says them again after days may have a case again."""
    copies = sorted(of(fates, "copy"), key=lambda fate: fate.post.created_at)
    others = [fate for fate in copies if fate.post.by != copies[0].post.by]
    assert len(others) >= 2
    assert [fate.post.key for fate in others if fate.queue] == []


def test_complaints_in_other_languages_wait(fates: list[Fate]) -> None:
    """What no model reads, people do."""
    foreign = [fate for fate in of(fates, "complaint") if fate.post.lang != "en"]
    assert len(foreign) >= 5
    assert share_waiting(foreign) == 1.0


def test_a_deleted_post_is_erased_and_its_case_withdrawn(outcome: tuple[list[Fate], Ledger]) -> None:
    """Its words are nowhere, on both networks."""
    fates, ledger = outcome
    gone = [fate for fate in fates if fate.post.deleted_at is not None]
    assert {fate.post.source for fate in gone} == {"x", "reddit"}
    assert all(fate.view.post is None and "erased" in fate.view.words for fate in gone)
    held = ledger.canonical()
    assert not [fate.post.key for fate in gone if fate.post.versions[0].text[:40] in held]
    assert State.WITHDRAWN.value in held


def test_an_edited_post_is_held_as_it_reads_now(fates: list[Fate]) -> None:
    """One post, with its latest words."""
    edited = next(fate for fate in fates if fate.post.key == "edit-1")
    assert edited.view.post is not None
    assert "£800" in edited.view.post.text
    assert edited.queue


def test_every_post_on_reddit_and_blogs_is_heard(fates: list[Fate]) -> None:
    """Only X is searched by words; nothing else may be missed."""
    missed = [fate.post.key for fate in fates if fate.post.source != "x" and "never heard" in fate.view.words]
    assert missed == []


def test_nothing_was_set_aside_and_no_hole_is_left(outcome: tuple[list[Fate], Ledger]) -> None:
    """Markup, odd signs and long texts were all readable, and every listing was read to its end."""
    assert not [one for one in outcome[1].statuses() if one.set_aside or one.gaps or not one.healthy]
