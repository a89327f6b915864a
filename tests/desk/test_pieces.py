"""Pieces of HTML that are made in Python: whatever somebody wrote in them stays text."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from earnest.desk import keys, pieces
from routing.decision import Reason
from tests.desk.larkspur import NOON, Room

HOSTILE = '<img src=x onerror="alert(1)">\u202e&'


def test_whatever_somebody_wrote_stays_text(room: Room) -> None:
    """Names, handles, topics, reasons and keys: no element and no attribute of theirs, nothing unseen."""
    row = dataclasses.replace(room.case_of("mayao"), reasons=(Reason("rule", HOSTILE, 5),))
    mine = tuple(HOSTILE.replace(" ", "") if act.name == "help" else act.key for act in keys.ACTS)
    made = (
        pieces.person("x", "", HOSTILE),
        pieces.handle("x", HOSTILE, "Sam"),
        pieces.tags([HOSTILE]),
        pieces.priority(row),
        pieces.key_help(mine),
    )
    for piece in made:
        assert "<img" not in piece
        assert "\u202e" not in piece
        assert "&lt;img" in piece


@pytest.mark.parametrize(
    ("handle", "name", "said"),
    [("sam", "Sam Bell", "<bdi>@sam</bdi>"), ("sam", "sam", ""), ("sam", "", ""), ("", "Sam", "")],
)
def test_a_handle_is_said_once(handle: str, name: str, said: str) -> None:
    """Only where the name does not say it already."""
    assert pieces.handle("x", handle, name) == said


def test_times_and_reasons_are_what_the_browser_keeps_current() -> None:
    """The moment in the attribute, the desk's clock on hover, the age as words; no due time: nothing."""
    zone = ZoneInfo("Europe/London")
    assert pieces.when(datetime(2026, 7, 1, 11, 0, tzinfo=UTC), NOON, zone) == (
        '<time datetime="2026-07-01T11:00:00+00:00" title="Wed 1 Jul 2026, 12:00" data-ago>'
        "143 days ago</time>"
    )
    assert pieces.due(None, NOON, zone) == ""
    assert 'class="due over"' in pieces.due(datetime(2026, 7, 1, tzinfo=UTC), NOON, zone)
    assert "No reason was kept." in pieces.reasons(())
    assert "<b>-20</b>" in pieces.reasons([Reason("rule", "seen", -20)], 80)
