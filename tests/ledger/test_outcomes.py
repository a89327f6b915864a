"""How it went for the people: told or not, answered or not, solved in their words, back again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

import pytest

from earnest.ledger import Ledger, Stale
from earnest.ledger.aftercare import tell_person
from earnest.ledger.outcomes import Outcomes, outcomes
from routing.case import Action, IllegalTransition
from tests.clock import SetClock
from tests.ledger.world import hear, open_case, post, reply, work_off


def resolved(ledger: Ledger, pk: str = "1", **more: str) -> int:
    """A case that was solved; returns its number."""
    case_id = open_case(ledger, pk, **more)
    version = ledger.case(case_id).case.version
    ledger.act(case_id, Action.RESOLVE, responder="Ana Silva", epoch=None, version=version)
    return case_id


def told(ledger: Ledger, case_id: int, **more: object) -> None:
    """Somebody notes that the person knows."""
    version = ledger.case(case_id).case.version
    tell_person(ledger.database, case_id, responder="Ana Silva", **({"version": version} | more))  # type: ignore[arg-type]


def counted(ledger: Ledger, since: datetime | None = None) -> Outcomes:
    """Of all networks together."""
    return outcomes(ledger.database, since or ledger.clock() - timedelta(days=30))[""]


def answered(ledger: Ledger, pk: str = "11", to: str = "1") -> None:
    """The brand replies in public."""
    hear(ledger, reply(pk, to, "Sorry, an engineer comes", who="LarkspurHelp"))
    work_off(ledger)


def test_that_the_person_was_told_is_kept_with_its_note(ledger: Ledger, clock: SetClock) -> None:
    """On the case and in its history."""
    case_id = resolved(ledger)
    told(ledger, case_id, note="rang her")
    view = ledger.case(case_id)
    assert view.case.told_at == clock.now
    assert (view.events[-1].reason, view.events[-1].note) == ("told", "rang her")


def test_a_slip_is_taken_back(ledger: Ledger) -> None:
    """They were not told after all."""
    case_id = resolved(ledger)
    told(ledger, case_id)
    told(ledger, case_id, told=False)
    assert ledger.case(case_id).case.told_at is None


def test_only_a_solved_case_is_told(ledger: Ledger) -> None:
    """There is nothing to tell before."""
    with pytest.raises(IllegalTransition, match="once their case is resolved"):
        told(ledger, open_case(ledger))


def test_telling_an_old_version_is_refused(ledger: Ledger) -> None:
    """As every write."""
    case_id = resolved(ledger)
    with pytest.raises(Stale):
        told(ledger, case_id, version=1)


def test_a_case_that_comes_back_must_be_told_anew(ledger: Ledger, clock: SetClock) -> None:
    """What was said before was not the end."""
    case_id = resolved(ledger)
    told(ledger, case_id)
    clock.move(hours=1)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    assert ledger.case(case_id).case.told_at is None


def test_nobody_complained(ledger: Ledger) -> None:
    """All is nought, and no minutes are made up."""
    assert counted(ledger) == Outcomes()


def test_the_time_to_the_first_answer_is_the_persons(ledger: Ledger) -> None:
    """From their first post to the brand's first public answer."""
    open_case(ledger, "1")
    answered(ledger, "11")
    answered(ledger, "41")
    open_case(ledger, "3", who="ann")
    found = counted(ledger)
    assert (found.cases, found.answered, found.first_answer_minutes) == (2, 1, 10)


def test_solved_is_what_the_person_says(ledger: Ledger) -> None:
    """Not what the desk says: their last words after the answer are no complaint."""
    open_case(ledger, "1")
    answered(ledger)
    hear(ledger, reply("20", "1", "thanks Larkspur, it works"))
    open_case(ledger, "2", who="ann")
    answered(ledger, "12", "2")
    hear(ledger, reply("21", "2", "Larkspur is still down", who="ann"))
    work_off(ledger)
    found = counted(ledger)
    assert (found.spoke_after_answer, found.solved_in_their_words) == (2, 1)


def test_who_writes_in_the_same_thread_again_came_back(ledger: Ledger, clock: SetClock) -> None:
    """After it was resolved."""
    resolved(ledger)
    clock.move(hours=1)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    assert (counted(ledger).resolved, counted(ledger).came_back) == (1, 1)


def test_who_complains_of_the_same_elsewhere_came_back(ledger: Ledger, clock: SetClock) -> None:
    """A new case of theirs about the same topic, within a month."""
    resolved(ledger)
    clock.move(days=20)
    open_case(ledger, "2")
    assert counted(ledger).came_back == 1


def test_another_person_does_not_come_back(ledger: Ledger, clock: SetClock) -> None:
    """The same problem of somebody else is another one."""
    resolved(ledger)
    clock.move(days=1)
    open_case(ledger, "2", who="ann")
    assert counted(ledger).came_back == 0


def test_told_is_counted_of_the_resolved(ledger: Ledger) -> None:
    """One of two."""
    told(ledger, resolved(ledger, "1"))
    resolved(ledger, "2", who="ann")
    assert (counted(ledger).told, counted(ledger).resolved) == (1, 2)


def test_what_is_no_complaint_is_not_counted(ledger: Ledger) -> None:
    """Nor what the person took back."""
    case_id = open_case(ledger)
    ledger.act(case_id, Action.DISMISS, responder="ana", epoch=None, version=1, reason="praise")
    open_case(ledger, "2", who="ann")
    ledger.forget("x", "id-ann")
    assert counted(ledger).cases == 0


def test_older_cases_are_left_out(ledger: Ledger, clock: SetClock) -> None:
    """By when they were opened."""
    open_case(ledger)
    clock.move(days=31)
    assert counted(ledger).cases == 0


def test_networks_are_told_apart(ledger: Ledger) -> None:
    """Beside the sum of all."""
    open_case(ledger, "1")
    hear(ledger, post("2", who="ann", source="reddit"))
    work_off(ledger)
    found = outcomes(ledger.database, ledger.clock() - timedelta(days=1))
    assert {name: one.cases for name, one in found.items()} == {"": 2, "reddit": 1, "x": 1}


def test_no_responder_appears(ledger: Ledger) -> None:
    """Not by name, and not under another one: the sums hold numbers alone."""
    told(ledger, resolved(ledger))
    found = outcomes(ledger.database, ledger.clock() - timedelta(days=1))
    assert "Ana" not in repr(found)
    assert all(isinstance(v, int | float | None) for one in found.values() for v in asdict(one).values())
