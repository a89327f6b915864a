"""Whatever responders, people and the clock do to a case, it stays what the transition table allows."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from earnest.ledger import Ledger, Stale
from earnest.ledger.views import CaseView
from listeners.post import Deletion
from routing.case import OPEN, Action, IllegalTransition, State, after
from tests.clock import SetClock
from tests.ledger.world import facets_agree, hear, post, reply, work_off
from tests.new_ledger import new_ledger

WHO = st.sampled_from(["ann", "bob"])
PEOPLES = [a for a in Action if a not in {Action.HEAR, Action.WAKE, Action.WITHDRAW, Action.MERGE}]


class CaseMachine(RuleBasedStateMachine):
    """One person, one conversation; two responders who may hold old pages."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SetClock()
        self.ledger = Ledger.open(new_ledger(Path(self.folder.name) / "l.db"), clock=self.clock)
        self.said = 1
        self.alive = {"1"}
        hear(self.ledger, post("1"))
        work_off(self.ledger)
        self.case_id = self.ledger.queue().rows[0].case_id
        self.seen: dict[str, CaseView] = {}

    def teardown(self) -> None:
        """Let go of the file."""
        self.ledger.close()
        self.folder.cleanup()

    def view(self) -> CaseView:
        """The case as it is."""
        return self.ledger.case(self.case_id)

    @rule(who=WHO)
    def look(self, who: str) -> None:
        """A responder opens the page."""
        self.seen[who] = self.view()

    @rule(who=WHO, action=st.sampled_from(PEOPLES))
    def act(self, who: str, action: Action) -> None:
        """A responder acts on the page they have, which may be old."""
        page = self.seen.get(who) or self.view()
        before = self.view()
        held = (
            before.case.lease_expires is not None
            and before.case.lease_expires > self.clock()
            and before.case.owner != who
        )
        try:
            now = self.ledger.act(
                self.case_id,
                action,
                responder=who,
                epoch=page.case.epoch,
                version=page.case.version,
                note="n",
                reason="other",
                to="bob",
                until=self.clock() + timedelta(hours=1),
            )
        except Stale:
            assert held or page.case.version != before.case.version
            assert self.view() == before
        except IllegalTransition:
            assert not _follows(before.case.state, action) or self.ledger.queue().total_open
            assert self.view() == before
        else:
            assert not held
            assert now.case.state is after(before.case.state, action)
            assert now.case.version == before.case.version + 1
            self.seen[who] = now

    @rule(who=WHO)
    def undo(self, who: str) -> None:
        """A responder takes back what they did last."""
        before = self.view()
        try:
            now = self.ledger.undo(self.case_id, responder=who, version=before.case.version)
        except IllegalTransition:
            assert self.view() == before
        else:
            undone = next(event for event in now.events if event.id == now.events[-1].undoes)
            assert undone.who == who
            assert now.case.state is undone.before_state
            self.seen[who] = now

    @rule(who=WHO)
    def claim(self, who: str) -> None:
        """A responder asks for the next case."""
        claim = self.ledger.claim_next(who)
        if claim is not None and claim.case_id == self.case_id:
            assert self.view().case.owner == who
            self.seen[who] = self.view()

    @rule(minutes=st.sampled_from([1, 6, 61, 60 * 24 * 15]))
    def wait(self, minutes: int) -> None:
        """Time passes; leases and snoozes end."""
        self.clock.move(minutes=minutes)
        self.ledger.wake()

    @precondition(lambda self: self.said < 6)
    @rule(words=st.sampled_from(["thanks", "still nothing", "your fault", "alles kaputt"]))
    def speak(self, words: str) -> None:
        """The person says more."""
        self.said += 1
        words = "Larkspur: thanks" if words == "thanks" else f"Larkspur, {words} {self.said}"
        hear(self.ledger, reply(str(self.said), "1", words))
        work_off(self.ledger)
        self.alive.add(str(self.said))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """The person takes a post back."""
        gone = data.draw(st.sampled_from(sorted(self.alive)))
        self.alive.discard(gone)
        hear(self.ledger, deletions=(Deletion("x", gone, self.clock()),))
        if not self.alive:
            assert self.view().case.state is State.WITHDRAWN

    @invariant()
    def history_adds_up(self) -> None:
        """Every event starts where the one before ended, and the last ends where the case is."""
        view = self.view()
        states = [(event.before_state, event.after_state) for event in view.events]
        assert all(one[1] is two[0] for one, two in pairwise(states))
        assert states[-1][1] is view.case.state
        # A claim, a hand-over and the rest each count once; the versions are never reused.
        assert view.case.version == len(view.events)

    @invariant()
    def filters_say_what_the_mention_says(self) -> None:
        """Whoever speaks for the case now."""
        assert facets_agree(self.ledger)

    @invariant()
    def one_case_is_open(self) -> None:
        """At most one, and what is closed has the time it was."""
        assert self.ledger.queue().total_open <= 1
        case = self.view().case
        assert (case.closed_at is None) == (case.state in OPEN)


def _follows(state: State, action: Action) -> bool:
    try:
        after(state, action)
    except IllegalTransition:
        return False
    return True


TestCaseMachine = CaseMachine.TestCase
TestCaseMachine.settings = settings(
    max_examples=7, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
