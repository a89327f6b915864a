"""However a person's cases are merged, parted and added to, taken apart each has its own posts again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from earnest.ledger import Ledger
from earnest.ledger.views import CaseView
from routing.case import Action, IllegalTransition, State
from tests.clock import SetClock
from tests.ledger.world import facets_agree, hear, post, reply, work_off
from tests.new_ledger import new_ledger

PLACES = ("1", "2", "3")
PLACE = st.sampled_from(PLACES)
WORDS = st.sampled_from(["still nothing", "your fault", "the bill is wrong", "alles kaputt"])


class MergeMachine(RuleBasedStateMachine):
    """One person, three conversations with a case each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger.open(new_ledger(Path(self.folder.name) / "l.db"), clock=SetClock())
        self.said = {place: [place] for place in PLACES}
        self.case: dict[str, int] = {}
        for place in PLACES:
            hear(self.ledger, post(place, f"Larkspur is down, part {place}"))
            work_off(self.ledger)
            known = set(self.case.values())
            self.case[place] = next(r.case_id for r in self.ledger.queue().rows if r.case_id not in known)
        self.count = 10

    def teardown(self) -> None:
        """Take everything apart, compare, and let go of the file."""
        for place in PLACES:
            if self.state(place) is State.MERGED:
                self.act(place, Action.REOPEN)
        held = {place: [p.post.id for p in self.view(place).thread if p.in_case] for place in PLACES}
        assert held == self.said
        speaking = {place: self.view(place).case.post_id in self.said[place] for place in PLACES}
        assert all(speaking.values())
        self.ledger.close()
        self.folder.cleanup()

    def view(self, place: str) -> CaseView:
        """The case of a conversation."""
        return self.ledger.case(self.case[place])

    def state(self, place: str) -> State:
        """Where the case of a conversation stands."""
        return State(self.view(place).case.state)

    def act(self, place: str, action: Action, into: int | None = None) -> None:
        """A step of the case of a conversation, on its present version."""
        version = self.view(place).case.version
        self.ledger.act(self.case[place], action, responder="ann", epoch=None, version=version, into=into)

    @rule(place=PLACE, into=PLACE)
    def merge(self, place: str, into: str) -> None:
        """Into another open case; refused where it is none."""
        before = self.ledger.canonical()
        try:
            self.act(place, Action.MERGE, into=self.case[into])
        except (IllegalTransition, ValueError):
            assert self.ledger.canonical() == before

    @rule(place=PLACE)
    def part(self, place: str) -> None:
        """A merged case stands by itself again."""
        if self.state(place) is State.MERGED:
            self.act(place, Action.REOPEN)

    @rule(place=PLACE)
    def undo(self, place: str) -> None:
        """Whatever was done last to this case, if it was done by a person."""
        try:
            version = self.view(place).case.version
            self.ledger.undo(self.case[place], responder="ann", version=version)
        except IllegalTransition:
            pass

    @rule(place=PLACE, words=WORDS)
    def speak(self, place: str, words: str) -> None:
        """The person says more in one of the conversations."""
        self.count += 1
        hear(self.ledger, reply(str(self.count), place, f"Larkspur, {words} {self.count}"))
        work_off(self.ledger)
        self.said[place].append(str(self.count))

    @rule(place=PLACE, words=WORDS)
    def edit(self, place: str, words: str) -> None:
        """The person says the first thing differently."""
        self.count += 1
        edited = post(place, f"Larkspur, {words}, part {place}", revision=str(self.count))
        hear(self.ledger, edited)
        work_off(self.ledger)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every post shows in an open case, and no two cases count it."""
        rows = self.ledger.queue().rows
        shown = [p.post.id for row in rows for p in self.ledger.case(row.case_id).thread if p.in_case]
        assert sorted(shown) == sorted(pk for said in self.said.values() for pk in said)

    @invariant()
    def filters_say_what_mentions_say(self) -> None:
        """Also of merged cases, and of those that were parted."""
        assert facets_agree(self.ledger)


TestMergeMachine = MergeMachine.TestCase
TestMergeMachine.settings = settings(
    max_examples=6, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
