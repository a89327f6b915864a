"""A case sleeps until a time, until its person writes again, or until it gets worse."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from earnest.ledger import Ledger
from earnest.ledger.views import CaseView
from listeners.post import Kind
from routing.case import Action, State
from routing.sleep import Level, Until, worse
from tests.clock import SetClock
from tests.ledger.world import decide, hear, open_case, post, reply, route, understand, work_off


def _sleep(ledger: Ledger, case_id: int, sleep: Until, until: datetime | None = None) -> CaseView:
    version = ledger.case(case_id).case.version
    return ledger.act(
        case_id, Action.SNOOZE, responder="ann", epoch=None, version=version, sleep=sleep, until=until
    )


def _repost(ledger: Ledger, how_many: int, after: int = 100) -> None:
    """So many others repeat post 1."""
    for n in range(after, after + how_many):
        hear(ledger, post(str(n), who=f"fan{n}", kind=Kind.REPOST, parent_id="1"))
    work_off(ledger)


@pytest.mark.parametrize("sleep", [Until.POST, Until.WORSE])
def test_new_words_of_the_person_wake(small: Ledger, clock: SetClock, sleep: Until) -> None:
    """Whatever it sleeps until; time alone does not."""
    case_id = open_case(small)
    view = _sleep(small, case_id, sleep)
    assert (view.case.state, view.case.snoozed_for, view.case.snoozed_until) == (State.SNOOZED, sleep, None)
    clock.move(days=3)
    assert small.wake() == 0
    hear(small, reply("2", "1"))
    work_off(small)
    case = small.case(case_id).case
    assert (case.state, case.snoozed_for) == (State.NEW, "")


def test_a_story_that_spreads_wakes(ledger: Ledger) -> None:
    """With the reason; a single repost does not."""
    case_id = open_case(ledger)
    _sleep(ledger, case_id, Until.WORSE)
    _repost(ledger, 1)
    assert ledger.case(case_id).case.state is State.SNOOZED
    _repost(ledger, 4, after=200)
    view = ledger.case(case_id)
    assert view.case.state is State.NEW
    assert (view.events[-1].action, view.events[-1].reason) == ("wake", "it was echoed 5 times, not 0")


def test_a_story_that_spreads_lets_others_sleep(small: Ledger) -> None:
    """Who chose a time, or the person's words, is not woken by reposts."""
    case_id = open_case(small)
    _sleep(small, case_id, Until.POST)
    _repost(small, 4)
    assert small.case(case_id).case.state is State.SNOOZED


def test_worse_has_a_latest_end(small: Ledger, clock: SetClock) -> None:
    """Where a time is given too."""
    case_id = open_case(small)
    _sleep(small, case_id, Until.WORSE, clock() + timedelta(hours=1))
    clock.move(hours=1)
    assert small.wake() == 1


def test_undo_sleeps_on_as_before(small: Ledger) -> None:
    """What it was measured by is remembered."""
    case_id = open_case(small)
    view = _sleep(small, case_id, Until.WORSE)
    view = small.act(case_id, Action.TAKE, responder="ann", epoch=None, version=view.case.version)
    view = small.undo(case_id, responder="ann", version=view.case.version)
    assert view.case.snoozed_for == Until.WORSE
    _repost(small, 4)
    assert small.case(case_id).case.state is State.NEW


def test_words_that_grew_sharper_wake(small: Ledger) -> None:
    """An edit that weighs more, even where the rules give it no higher priority."""
    case_id = open_case(small)
    with small.database.write() as conn:
        conn.exec_driver_sql("UPDATE mention SET severity = 2")
    _sleep(small, case_id, Until.WORSE)
    hear(small, post("1", "Larkspur is down again, this is a disgrace", revision="2"))
    understand(small)
    route(small, lambda work: decide(work, priority=1))
    assert small.case(case_id).events[-1].reason == "it weighs more"


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (Level(2, 1, 0), Level(2, 1, 2), ""),
        (Level(2, 1, 0), Level(3, 1, 0), "it weighs more"),
        (Level(2, 1, 5), Level(2, 2, 9), "it is more urgent"),
        (Level(2, 1, 5), Level(1, 0, 10), "it was echoed 10 times, not 5"),
        (
            Level(0, 0, 0),
            Level(1, 1, 3),
            "it weighs more and it is more urgent and it was echoed 3 times, not 0",
        ),
    ],
)
def test_what_is_worse(then: Level, now: Level, said: str) -> None:
    """More severe, more urgent, or echoed twice as far and at least three times more."""
    assert worse(then, now) == said
