"""Two cases of one person become one and two again, with events, and nothing is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from earnest.ledger import Ledger
from routing.case import Action, IllegalTransition, State
from tests.ledger.world import at, decide, hear, post, reply, route, understand, work_off


def _two(ledger: Ledger, first: int = 300, second: int = 100) -> tuple[int, int]:
    """Two cases of one person in two conversations: of post 1 and of post 2."""
    found = []
    for pk, priority in (("1", first), ("2", second)):
        hear(ledger, post(pk, f"Larkspur is down {pk}"))
        understand(ledger)
        route(ledger, lambda work, p=priority: decide(work, priority=p))
        found.append(next(row.case_id for row in ledger.queue().rows if row.case_id not in found))
    return found[0], found[1]


def _do(ledger: Ledger, case_id: int, action: Action, who: str = "ann", into: int | None = None) -> None:
    version = ledger.case(case_id).case.version
    ledger.act(case_id, action, responder=who, epoch=None, version=version, into=into)


def test_a_merged_case_weighs_in_the_other(ledger: Ledger) -> None:
    """The one that stays is as urgent as both, waits since the older post, and says why."""
    first, second = _two(ledger)
    _do(ledger, first, Action.MERGE, into=second)
    assert [row.case_id for row in ledger.queue().rows] == [second]
    view = ledger.case(second)
    assert (view.case.priority, view.case.waiting_since, view.case.due) == (
        300,
        at(1),
        at(1) + timedelta(hours=4),
    )
    assert (view.events[-1].action, view.events[-1].who) == ("weigh", "ann")
    assert f"case {first}" in view.events[-1].reason
    assert ledger.case(first).case.state is State.MERGED


def test_the_other_shows_the_posts_of_both(ledger: Ledger) -> None:
    """And the reasons of the weightiest."""
    first, second = _two(ledger)
    _do(ledger, first, Action.MERGE, into=second)
    view = ledger.case(second)
    assert [(one.post.id, one.in_case) for one in view.thread] == [("1", True), ("2", True)]
    assert view.decisions[0].post_id == "1"


def test_a_chain_of_merges_shows_everything(ledger: Ledger) -> None:
    """First into second, second into third."""
    first, second = _two(ledger)
    hear(ledger, post("3", "Larkspur is down 3"))
    work_off(ledger)
    third = next(row.case_id for row in ledger.queue().rows if row.case_id not in (first, second))
    _do(ledger, first, Action.MERGE, into=second)
    _do(ledger, second, Action.MERGE, into=third)
    assert [one.post.id for one in ledger.case(third).thread if one.in_case] == ["1", "2", "3"]


@pytest.mark.parametrize("way", ["undo", "reopen"])
def test_taken_apart_both_are_what_they_were(ledger: Ledger, way: str) -> None:
    """By undo at once, or by anybody later."""
    first, second = _two(ledger)
    before = ledger.case(second).case
    _do(ledger, first, Action.MERGE, into=second)
    if way == "undo":
        ledger.undo(first, responder="ann", version=ledger.case(first).case.version)
    else:
        _do(ledger, first, Action.REOPEN, who="bob")
    row = ledger.case(second).case
    assert (row.priority, row.due, row.waiting_since, row.text) == (
        before.priority,
        before.due,
        before.waiting_since,
        before.text,
    )
    assert ledger.queue().total_open == 2
    assert [one.post.id for one in ledger.case(second).thread if one.in_case] == ["2"]
    assert "by itself again" in ledger.case(second).events[-1].reason


def test_what_was_said_since_goes_back_with_its_conversation(ledger: Ledger) -> None:
    """A post that joined the other case only by the merge."""
    first, second = _two(ledger)
    _do(ledger, first, Action.MERGE, into=second)
    hear(ledger, reply("5", "1"), reply("6", "2"))
    work_off(ledger)
    assert ledger.case(second).case.posts == 3
    _do(ledger, first, Action.REOPEN)
    theirs = {n: [one.post.id for one in ledger.case(n).thread if one.in_case] for n in (first, second)}
    assert theirs == {first: ["1", "5"], second: ["2", "6"]}
    assert ledger.case(first).case.last_post_at == at(5)


def test_what_changed_since_the_merge_stays(ledger: Ledger) -> None:
    """Something weightier was said in the other case; parting does not lower it."""
    first, second = _two(ledger)
    _do(ledger, first, Action.MERGE, into=second)
    hear(ledger, reply("6", "2"))
    understand(ledger)
    route(ledger, lambda work: decide(work, priority=700))
    _do(ledger, first, Action.REOPEN)
    assert ledger.case(second).case.priority == 700


def test_an_undone_parting_is_a_merge_again(ledger: Ledger) -> None:
    """The other case weighs for both once more."""
    first, second = _two(ledger)
    _do(ledger, first, Action.MERGE, into=second)
    _do(ledger, first, Action.REOPEN)
    ledger.undo(first, responder="ann", version=ledger.case(first).case.version)
    assert ledger.case(first).case.merged_into == second
    assert ledger.case(second).case.priority == 300


def test_nothing_merges_into_what_is_closed(ledger: Ledger) -> None:
    """Or into itself."""
    first, second = _two(ledger)
    _do(ledger, second, Action.RESOLVE)
    for into in (first, second):
        with pytest.raises(ValueError, match="another case that is open"):
            _do(ledger, first, Action.MERGE, into=into)


def test_a_merged_case_is_not_worked_on(ledger: Ledger) -> None:
    """The message says what is possible."""
    first, second = _two(ledger)
    _do(ledger, first, Action.MERGE, into=second)
    with pytest.raises(IllegalTransition, match="reopen"):
        _do(ledger, first, Action.RESOLVE)
