"""Decisions open, extend and reopen cases: one per brand, person and conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from earnest.ledger import Ledger
from earnest.ledger.views import MentionWork, Routed
from routing.case import Action, State
from routing.decision import Decision, Outcome, Reason
from tests.clock import NOON, SetClock
from tests.ledger.world import at, decide, hear, open_case, post, reply, route, understand, work_off


def _close(ledger: Ledger, case_id: int, action: Action = Action.RESOLVE) -> None:
    version = ledger.case(case_id).case.version
    ledger.act(case_id, action, responder="ann", epoch=None, version=version, reason="done")


def test_a_complaint_opens_a_case(ledger: Ledger) -> None:
    """With everything its decision said."""
    hear(ledger, post("1"))
    assert work_off(ledger) == Routed(cases_opened=1)
    (row,) = ledger.queue().rows
    assert (row.brand, row.handle, row.queue, row.priority) == ("Larkspur", "joe", "care", 300)
    assert (row.state, row.waiting_since, row.opened_at) == (State.NEW, at(1), NOON)
    assert (row.topics, row.severity, row.posts, row.due) == (("outage",), 3, 1, at(1) + timedelta(hours=4))
    assert [reason.rule for reason in ledger.case(row.case_id).reasons] == ["complaint"]


def test_what_is_dismissed_keeps_its_reasons(ledger: Ledger) -> None:
    """And opens nothing."""
    hear(ledger, post("1", "Larkspur, thanks"))
    assert work_off(ledger) == Routed(dismissed=1)
    assert ledger.queue().total_open == 0
    (row,) = ledger.dismissed().rows
    assert [reason.saw for reason in row.reasons] == ["nothing to do"]
    assert "nothing to do" in ledger.why("x", "1").words


def test_a_later_post_joins(ledger: Ledger) -> None:
    """Same brand, person and conversation: one case, an event, no second row."""
    case_id = open_case(ledger)
    hear(ledger, reply("2", "1"))
    assert work_off(ledger) == Routed(cases_extended=1)
    (row,) = ledger.queue().rows
    assert (row.case_id, row.posts, row.last_post_at) == (case_id, 2, at(2))
    assert [event.action for event in ledger.case(case_id).events] == ["open", "hear"]


@pytest.mark.parametrize("limit", [1, 2, 256])
def test_batches_do_not_matter(ledger: Ledger, limit: int) -> None:
    """A person's posts are decided one after the other, however they are cut."""
    hear(ledger, post("1"), reply("2", "1"), post("3"), reply("4", "1"))
    understand(ledger)
    assert route(ledger, limit=limit) == Routed(cases_opened=2, cases_extended=2)
    assert [(r.posts, r.earlier_cases) for r in ledger.queue().rows] == [(3, 0), (1, 1)]


def test_two_people_are_two_cases(ledger: Ledger) -> None:
    """Also in one conversation."""
    hear(ledger, post("1"), reply("2", "1", who="ann"))
    assert work_off(ledger).cases_opened == 2


def test_a_weightier_post_raises_its_case(ledger: Ledger) -> None:
    """It then speaks for the case; a lighter one does not lower it."""
    open_case(ledger)
    for pk, priority in (("2", 700), ("3", 100)):
        hear(ledger, reply(pk, "1", f"Larkspur {pk}"))
        understand(ledger)
        route(ledger, lambda work, p=priority: decide(work, priority=p, queue=f"q{p}"))
    (row,) = ledger.queue().rows
    assert (row.priority, row.queue, row.text) == (700, "q700", "Larkspur 2")


def test_a_word_of_the_person_that_needs_nothing_still_joins(ledger: Ledger) -> None:
    """Who waits for the person must see the answer, also a friendly one."""
    case_id = open_case(ledger)
    claim = ledger.claim_next("ann")
    assert claim is not None
    ledger.act(case_id, Action.WAIT_PERSON, responder="ann", epoch=claim.epoch, version=claim.version)
    hear(ledger, reply("2", "1", "Larkspur works, thanks"))
    assert work_off(ledger) == Routed(cases_extended=1, dismissed=1)
    view = ledger.case(case_id)
    assert (view.case.state, view.case.posts) == (State.NEW, 2)


def test_a_case_in_hand_stays_in_hand(ledger: Ledger) -> None:
    """A new post does not take it away."""
    open_case(ledger)
    claim = ledger.claim_next("ann")
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    (row,) = ledger.queue().rows
    assert claim is not None
    assert (row.state, row.owner, row.version) == (State.ASSIGNED, "ann", claim.version + 1)


def test_a_resolved_case_reopens_within_its_time(ledger: Ledger, clock: SetClock) -> None:
    """The person comes back: the same case, waiting anew."""
    case_id = open_case(ledger)
    _close(ledger, case_id)
    clock.move(days=13)
    hear(ledger, reply("2", "1", created_at=clock()))
    assert work_off(ledger) == Routed(cases_extended=1)
    row = ledger.case(case_id).case
    assert (row.state, row.waiting_since, row.closed_at) == (State.NEW, clock(), None)


def test_after_its_time_a_new_case_starts(ledger: Ledger, clock: SetClock) -> None:
    """It knows of the one before."""
    case_id = open_case(ledger)
    _close(ledger, case_id)
    clock.move(days=15)
    hear(ledger, reply("2", "1"))
    assert work_off(ledger) == Routed(cases_opened=1)
    (row,) = ledger.queue().rows
    assert row.earlier_cases == 1
    assert [earlier.case_id for earlier in ledger.case(row.case_id).earlier] == [case_id]


def test_the_time_to_reopen_is_a_setting(ledger: Ledger, clock: SetClock) -> None:
    """Here one day."""
    _close(ledger, open_case(ledger))
    clock.move(days=2)
    hear(ledger, reply("2", "1"))
    understand(ledger)
    (work,) = ledger.mentions_to_route()
    assert ledger.record_decisions([(work, decide(work))], reopen=timedelta(days=1)).cases_opened == 1


def test_a_post_of_a_merged_case_joins_the_other(ledger: Ledger) -> None:
    """Where the cases went, the person's words go."""
    first, second = open_case(ledger), None
    hear(ledger, post("2"))
    work_off(ledger)
    second = next(row.case_id for row in ledger.queue().rows if row.case_id != first)
    version = ledger.case(first).case.version
    ledger.act(first, Action.MERGE, responder="ann", epoch=None, version=version, into=second)
    hear(ledger, reply("3", "1"))
    assert work_off(ledger) == Routed(cases_extended=1)
    assert ledger.case(second).case.posts == 2


def test_the_brands_answer_is_noted(ledger: Ledger) -> None:
    """Its own voice in the conversation sets answered_at, as an event; no case of its own."""
    case_id = open_case(ledger)
    hear(ledger, reply("5", "1", "Sorry! We look into it.", who="LarkspurHelp"))
    assert work_off(ledger) == Routed(dismissed=1)
    view = ledger.case(case_id)
    assert view.case.answered_at == at(5)
    assert view.events[-1].action == "answered"
    assert [post.own_voice for post in view.thread] == [False, True]


def test_an_answer_before_the_case_is_known(ledger: Ledger) -> None:
    """The decision sees when the brand spoke, and so does the case."""
    hear(ledger, post("1"), reply("5", "1", "Sorry!", who="LarkspurHelp"))
    understand(ledger)
    (work,) = (w for w in ledger.mentions_to_route() if not w.routable.mention.own_voice)
    assert work.routable.thread.brand_answered_at == at(5)
    route(ledger)
    assert ledger.queue().rows[0].answered_at == at(5)


def test_an_answer_to_something_earlier_is_no_answer(ledger: Ledger) -> None:
    """The brand spoke before the complaint."""
    hear(ledger, post("1", "Hello all", who="LarkspurHelp"), reply("2", "1"))
    work_off(ledger)
    assert ledger.queue().rows[0].answered_at is None


def test_every_decision_is_kept(ledger: Ledger) -> None:
    """A late one on an older revision is not."""
    hear(ledger, post("1", "Larkspur, thanks"))
    understand(ledger)
    works = ledger.mentions_to_route()
    assert ledger.record_decisions([(w, decide(w)) for w in works]).dismissed == 1
    assert ledger.record_decisions([(w, decide(w)) for w in works]) == Routed()
    (mention,) = ledger.why("x", "1").mentions
    assert len(mention.decisions) == 1


def test_skills_bound_who_is_offered_a_case(ledger: Ledger) -> None:
    """All of them are needed; more do no harm."""
    hear(ledger, post("1"))
    understand(ledger)
    route(ledger, lambda work: decide(work, skills=("german", "billing")))
    assert ledger.claim_next("ann") is None
    assert ledger.claim_next("ann", skills=("german",)) is None
    assert ledger.claim_next("ann", skills=("billing", "german", "outages")) is not None


def test_the_thread_tells_of_the_persons_past(ledger: Ledger) -> None:
    """Open case here, earlier cases elsewhere, and a wish to be left alone."""
    _close(ledger, open_case(ledger))
    hear(ledger, post("2"))
    work_off(ledger)
    ledger.leave_alone("x", "id-joe")
    hear(ledger, reply("3", "2"))
    understand(ledger)
    (work,) = ledger.mentions_to_route()
    thread = work.routable.thread
    assert (thread.open_case, thread.earlier_cases, thread.left_alone) == (True, 1, True)


def test_a_sites_other_articles_are_not_its_past(ledger: Ledger) -> None:
    """A blog is not a person who comes back."""
    for pk in ("1", "2"):
        hear(ledger, post(pk, author=None, source="blog", url=f"https://news.example/{pk}"))
    assert work_off(ledger).cases_opened == 2
    assert [row.earlier_cases for row in ledger.queue().rows] == [0, 0]


def test_a_priority_beyond_the_scale_is_bounded(ledger: Ledger) -> None:
    """Rules may sum up to more than there is."""
    hear(ledger, post("1"))
    understand(ledger)

    def loud(work: MentionWork) -> Decision:
        return Decision(Outcome.ROUTE, (Reason("r", "s"),), queue="care", priority=5000)

    route(ledger, loud)
    assert ledger.queue().rows[0].priority == 1000
