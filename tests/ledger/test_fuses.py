"""A rule that would flood a queue is stopped; what it would open is held, told and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from earnest.ledger import Ledger
from earnest.ledger.views import Routed
from routing.rules import Fuse, Rules
from tests.clock import SetClock
from tests.ledger.world import decide, hear, post, reply, understand, work_off

TWO = Fuse(cases=2, within=timedelta(hours=1))


def _route(ledger: Ledger, fuse: Fuse | None = TWO, limit: int = 256) -> Routed:
    routed = Routed()
    while works := ledger.mentions_to_route(limit):
        done = [(work, decide(work)) for work in works]
        routed += ledger.record_decisions(done, fuse_of=lambda rule: fuse)
    return routed


WHO = ("ann", "bob", "cy", "dee", "eve", "fay", "gus", "hal", "ida")
NUMBER = {name: str(n) for n, name in enumerate(WHO, start=1)}


def _people(ledger: Ledger, *who: str) -> None:
    """A complaint of each; the number says when it was written."""
    for name in who:
        hear(ledger, post(NUMBER[name], f"Larkspur is down for {name}", who=name))
    understand(ledger)


@pytest.mark.parametrize("limit", [1, 2, 256])
def test_a_fuse_blows_at_its_number(ledger: Ledger, limit: int) -> None:
    """However the work is cut; the rest of the pass goes on without that rule."""
    _people(ledger, "ann", "bob", "cy", "dee")
    routed = _route(ledger, limit=limit)
    assert routed == Routed(cases_opened=2, held=2, stopped=("complaint",))
    (fuse,) = ledger.blown_fuses()
    assert (fuse.rule, fuse.cases, fuse.within, fuse.held) == ("complaint", 2, timedelta(hours=1), 2)


def test_what_is_held_is_not_asked_for_again(ledger: Ledger) -> None:
    """The next pass finds no work in it, and holds what comes new."""
    _people(ledger, "ann", "bob", "cy")
    _route(ledger)
    assert not ledger.mentions_to_route()
    _people(ledger, "eve")
    assert _route(ledger) == Routed(held=1, stopped=("complaint",))
    assert ledger.blown_fuses()[0].held == 2


def test_later_posts_of_open_cases_pass(ledger: Ledger) -> None:
    """Nobody who is being helped falls silent: only new cases are counted."""
    _people(ledger, "ann", "bob", "cy")
    _route(ledger)
    said = ledger.queue().rows[0]
    hear(ledger, reply("9999", said.post_id, "Larkspur, still down", who=said.handle))
    understand(ledger)
    assert _route(ledger) == Routed(cases_extended=1)


def test_the_time_of_a_fuse_passes(ledger: Ledger, clock: SetClock) -> None:
    """Two an hour are two in each hour."""
    _people(ledger, "ann", "bob")
    _route(ledger)
    clock.move(minutes=61)
    _people(ledger, "cy", "dee")
    assert _route(ledger) == Routed(cases_opened=2)


def test_without_a_fuse_nothing_is_held(ledger: Ledger) -> None:
    """null in routing.yaml, or fuse: false at the rule."""
    _people(ledger, "ann", "bob", "cy")
    assert _route(ledger, fuse=None) == Routed(cases_opened=3)


def test_a_lifted_fuse_lets_all_through(ledger: Ledger, clock: SetClock) -> None:
    """What it held and what comes within its time; then it counts afresh."""
    _people(ledger, "ann", "bob", "cy", "dee", "eve", "fay")
    _route(ledger)
    assert ledger.lift_fuse("complaint", who="lead") == 4
    assert _route(ledger) == Routed(cases_opened=4)
    assert not ledger.blown_fuses()
    clock.move(minutes=61)
    _people(ledger, "gus", "hal", "ida")
    assert _route(ledger) == Routed(cases_opened=2, held=1, stopped=("complaint",))


def test_a_rule_that_is_not_stopped_cannot_be_lifted(ledger: Ledger) -> None:
    """Also not twice."""
    assert ledger.lift_fuse("complaint", who="lead") is None


def test_changed_rules_decide_anew(ledger: Ledger) -> None:
    """What other rules held is work again; the same rules hold on."""
    rules = Rules()
    _people(ledger, "ann", "bob", "cy")
    while works := ledger.mentions_to_route():
        done = [(work, replace(decide(work), rules=rules.version)) for work in works]
        ledger.record_decisions(done, fuse_of=lambda rule: TWO)
    assert ledger.renew_fuses(rules) == 0
    assert len(ledger.blown_fuses()) == 1
    assert ledger.renew_fuses(Rules(age_guard=None)) == 1
    assert len(ledger.mentions_to_route()) == 1
    assert not ledger.blown_fuses()


def test_an_edited_post_is_looked_at_again(ledger: Ledger) -> None:
    """Its new words may meet another rule."""
    _people(ledger, "ann", "bob", "cy")
    _route(ledger)
    hear(ledger, post(NUMBER["cy"], "Larkspur works now, thanks", who="cy", revision="2"))
    understand(ledger)
    assert _route(ledger) == Routed(dismissed=1)
    assert ledger.blown_fuses()[0].held == 0


def test_a_pass_that_died_is_counted_once(ledger: Ledger) -> None:
    """The same decisions handed in again open, hold and count nothing."""
    _people(ledger, "ann", "bob", "cy")
    works = ledger.mentions_to_route()
    done = [(work, decide(work)) for work in works]
    ledger.record_decisions(done, fuse_of=lambda rule: TWO)
    before = ledger.canonical()
    ledger.record_decisions(done, fuse_of=lambda rule: TWO)
    assert ledger.canonical() == before
    assert len(ledger.blown_fuses()) == 1


def test_the_rules_of_a_case_tell_of_its_fuse() -> None:
    """A rule with fuse: false has none, whatever the file says for all."""
    rules = Rules()
    assert rules.fuse_of("health or safety") is None
    assert rules.fuse_of("venting") == Fuse()
    assert Rules(fuse=None).fuse_of("venting") is None


def test_a_person_whose_post_is_held_is_answered_once_lifted(ledger: Ledger) -> None:
    """Their two posts become one case then."""
    _people(ledger, "ann", "bob", "cy")
    _route(ledger)
    hear(ledger, reply("9998", NUMBER["cy"], "Larkspur, hello?", who="cy"))
    understand(ledger)
    _route(ledger)
    ledger.lift_fuse("complaint", who="lead")
    assert _route(ledger) == Routed(cases_opened=1, cases_extended=1)


def test_passes_without_fuses_are_as_before(ledger: Ledger) -> None:
    """Who gives none opens every case."""
    _people(ledger, "ann")
    assert work_off(ledger) == Routed(cases_opened=1)


def test_why_says_what_holds_a_post(ledger: Ledger) -> None:
    """And the sums tell held from waiting."""
    _people(ledger, "ann", "bob", "cy")
    _route(ledger)
    assert 'the fuse stopped the rule "complaint"' in ledger.why("x", NUMBER["cy"]).words
    waiting = ledger.statistics()["waiting"]
    assert (waiting["route"], waiting["held"]) == (0, 1)
