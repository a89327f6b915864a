"""Changed rules tried on the past: what would be more, fewer and elsewhere, and that nothing is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from earnest.ledger import Ledger
from earnest.pipeline import route
from earnest.replay import Difference, replay
from routing.case import Action
from routing.rules import Rules
from tests.clock import SetClock
from tests.ledger.world import hear, post, reply, understand

QUEUES = {
    "care": {"first_answer": "4h"},
    "angry": {"first_answer": "1h"},
}
NOTHING = {"name": "nothing", "dismiss": "nothing to do"}
COMPLAINT = {"name": "complaint", "when": {"complaint": True}, "route": "care"}
MORE = {"name": "more of it", "when": {"open_case": True}, "route": "care"}


def rules(*written: dict[str, Any], **more: Any) -> Rules:
    """Rules of these lines; the last dismisses."""
    return Rules.model_validate({"queues": QUEUES, "rules": [*written, NOTHING], **more})


OLD = rules(MORE, COMPLAINT)


def decided(ledger: Ledger, clock: SetClock) -> None:
    """Joe complains and adds a word, Bea complains, Cy is content: two cases by the old rules."""
    hear(
        ledger,
        post("1", "Larkspur is down again"),
        reply("2", "1", "Larkspur, thanks for nothing"),
        post("3", "Larkspur cannot count: billed twice", who="bea"),
        post("4", "Larkspur works, thanks", who="cy"),
    )
    understand(ledger)
    route(ledger, OLD, limit=1, clock=clock)


def tried(ledger: Ledger, clock: SetClock, new: Rules, since: datetime | None = None) -> Difference:
    """The difference over the last week, or since then."""
    return replay(ledger.past(since or clock() - timedelta(days=7)), new)


def test_the_same_rules_change_nothing(ledger: Ledger, clock: SetClock) -> None:
    """Every mention is seen with what was around it then."""
    decided(ledger, clock)
    told = tried(ledger, clock, OLD)
    assert (told.mentions, told.changed, told.cases_was, told.cases_would) == (4, 0, 2, 2)
    assert not any(told.examples.values())


def test_a_rule_for_all_opens_more(ledger: Ledger, clock: SetClock) -> None:
    """Told per queue and rule, with the post in words."""
    decided(ledger, clock)
    praise = {"name": "praise", "when": {"words": ["works"]}, "route": "care"}
    told = tried(ledger, clock, rules(MORE, COMPLAINT, praise))
    assert (told.more, told.fewer, told.moved, told.changed) == (1, 0, 0, 1)
    assert (told.queues["care"].was, told.queues["care"].would, told.queues["care"].more) == (2, 3, 1)
    assert told.rules["praise"].more == 1
    (example,) = told.examples["more"]
    assert (example.who, example.text) == ("cy", "Larkspur works, thanks")
    assert (example.was, example.would) == ("dismissed (nothing)", "care (praise)")
    assert "works" in example.why


def test_a_rule_taken_away_opens_fewer(ledger: Ledger, clock: SetClock) -> None:
    """What joined a case that would not be is not counted twice."""
    decided(ledger, clock)
    told = tried(ledger, clock, rules(MORE))
    assert (told.fewer, told.cases_would, told.changed) == (2, 0, 3)
    assert told.rules["complaint"].fewer == 2
    assert {example.would for example in told.examples["fewer"]} == {"dismissed (nothing)"}


def test_another_queue_moves_cases(ledger: Ledger, clock: SetClock) -> None:
    """Out of one, into the other; no case more or fewer."""
    decided(ledger, clock)
    billed = {"name": "billing", "when": {"complaint": True, "words": ["billed"]}, "route": "angry"}
    told = tried(ledger, clock, rules(MORE, billed, COMPLAINT))
    assert (told.more, told.fewer, told.moved) == (0, 0, 1)
    assert (told.queues["care"].moved_out, told.queues["angry"].moved_in) == (1, 1)
    (example,) = told.examples["moved"]
    assert (example.was, example.would) == ("care (complaint)", "angry (billing)")


def test_a_new_name_moves_no_case(ledger: Ledger, clock: SetClock) -> None:
    """The rule is another, the queue the same."""
    decided(ledger, clock)
    told = tried(ledger, clock, rules(MORE, COMPLAINT | {"name": "renamed"}))
    assert (told.more, told.fewer, told.moved) == (0, 0, 0)
    assert (told.rules["complaint"].moved_out, told.rules["renamed"].moved_in) == (2, 2)


def test_only_what_was_written_since_then(ledger: Ledger, clock: SetClock) -> None:
    """A case from before is joined, not opened."""
    decided(ledger, clock)
    told = tried(ledger, clock, OLD, clock() - timedelta(days=1) + timedelta(minutes=2))
    assert (told.mentions, told.changed, told.cases_was) == (3, 0, 1)


def test_a_rule_that_would_blow_its_fuse_is_told(ledger: Ledger, clock: SetClock) -> None:
    """Before it is activated."""
    decided(ledger, clock)
    told = tried(ledger, clock, rules(MORE, COMPLAINT, fuse={"cases": 1, "within": "1h"}))
    assert told.stopped == {"complaint": 2}


def test_nothing_is_written(ledger: Ledger, clock: SetClock) -> None:
    """Not a row."""
    decided(ledger, clock)
    before = ledger.canonical()
    tried(ledger, clock, rules(MORE))
    assert ledger.canonical() == before


def test_a_case_closed_then_is_closed_now(ledger: Ledger, clock: SetClock) -> None:
    """A word after the end met no open case, and meets none in the replay."""
    decided(ledger, clock)
    row = next(row for row in ledger.queue().rows if row.handle == "joe")
    ledger.act(row.case_id, Action.RESOLVE, responder="ann", epoch=None, version=row.version)
    clock.move(hours=1)
    hear(ledger, reply("9", "1", "Larkspur, thanks", created_at=clock()))
    understand(ledger)
    route(ledger, OLD, clock=clock)
    assert tried(ledger, clock, OLD).changed == 0


def test_many_people_one_after_the_other(
    ledger: Ledger, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a person's mentions are read in several pieces."""
    monkeypatch.setattr("earnest.ledger.past.CHUNK", 2)
    for n in range(1, 8):
        hear(ledger, post(str(n), f"Larkspur is down, part {n}", who=f"p{n % 2}", conversation_id="c"))
    understand(ledger)
    route(ledger, OLD, clock=clock)
    seen: list[int] = []
    told = replay(ledger.past(clock() - timedelta(days=7)), OLD, progress=seen.append)
    assert (told.changed, told.cases_was, told.cases_would) == (0, 2, 2)
    assert seen == list(range(1, 8))
    assert ledger.past_count(clock() - timedelta(days=7)) == 7


def test_the_fuse_of_a_pass_comes_from_its_rules(ledger: Ledger, clock: SetClock) -> None:
    """routing.yaml's fuse stops a rule in the pipeline, and other rules set what it held free."""
    for n in range(1, 5):
        hear(ledger, post(str(n), f"Larkspur is down in street {n}", who=f"p{n}"))
    understand(ledger)
    tight = rules(MORE, COMPLAINT, fuse={"cases": 1, "within": "1h"})
    assert route(ledger, tight, clock=clock).held == 3
    assert route(ledger, tight, clock=clock).held == 0
    assert route(ledger, OLD, clock=clock).cases_opened == 3


def test_a_site_stands_for_many_people(ledger: Ledger, clock: SetClock) -> None:
    """Posts without an author are each a case; none of them came back."""
    for n in range(1, 5):
        hear(ledger, post(str(n), f"Larkspur is down, part {n}", source="blog", author=None))
    understand(ledger)
    route(ledger, OLD, clock=clock)
    told = tried(ledger, clock, OLD)
    assert (told.mentions, told.changed, told.cases_was, told.cases_would) == (4, 0, 4, 4)
