"""Rules: the first that is met decides, and every decision says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from listeners.post import Kind
from nlp.mention import Severity
from routing.decision import Outcome, Routable
from routing.rules import Rules, decide, steps
from tests.routing.builders import NOW, PRAISE, QUESTION, judgement, routable

RULES = Rules()


def rules(*written: dict[str, Any], **more: Any) -> Rules:
    """Rules with a last one that dismisses what is left."""
    last = {"name": "rest", "dismiss": "nothing fits"}
    return Rules.model_validate({"rules": [*written, last], **more})


@pytest.mark.parametrize(
    ("item", "queue"),
    [
        pytest.param(routable(), "support", id="a complaint somebody can act on"),
        pytest.param(
            routable(judged=judgement(stakes=("safety",), urgency=3)), "urgent", id="safety at stake"
        ),
        pytest.param(
            routable(judged=judgement(stakes=("vulnerable person",), urgency=2)),
            "urgent",
            id="vulnerable person",
        ),
        pytest.param(routable(judged=QUESTION), "questions", id="a plain question"),
        pytest.param(routable(unread=True), "languages", id="a language no model reads"),
        pytest.param(routable(judged=judgement(actionable=0.1)), "support", id="venting"),
        pytest.param(
            routable(judged=PRAISE, thread={"open_case": True}), "support", id="more in a conversation"
        ),
    ],
)
def test_default_rules_route(item: Routable, queue: str) -> None:
    """Each sort of post that needs somebody reaches its queue."""
    decision = decide(item, RULES, now=NOW)
    assert (decision.outcome, decision.queue) == (Outcome.ROUTE, queue)


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        pytest.param(routable(mention={"own_voice": True}, unread=True), "own voice", id="own voice"),
        pytest.param(routable(thread={"left_alone": True}), "left alone", id="left alone"),
        pytest.param(routable(mention={"duplicate_of": ("x", "1")}), "repeat", id="near-copy"),
        pytest.param(routable(kind=Kind.REPOST), "repost", id="repost"),
        pytest.param(routable(judged=PRAISE), "nothing to answer", id="praise"),
    ],
)
def test_default_rules_dismiss_with_a_reason(item: Routable, rule: str) -> None:
    """What needs nobody is dismissed, and the first reason names the rule in words."""
    decision = decide(item, RULES, now=NOW)
    assert decision.outcome is Outcome.DISMISS
    assert decision.reasons[0].rule == rule
    assert len(decision.reasons[0].saw) > 10


def test_venting_waits_behind_what_can_be_acted_on() -> None:
    """The same words with nothing to act on have a lower priority."""
    acted = decide(routable(), RULES, now=NOW)
    vented = decide(routable(judged=judgement(actionable=0.1)), RULES, now=NOW)
    assert vented.priority < acted.priority


def test_first_match_decides() -> None:
    """Two rules hold; the upper one wins."""
    both = rules(
        {"name": "upper", "when": {"complaint": True}, "route": "questions"},
        {"name": "lower", "when": {"complaint": True}, "route": "urgent"},
    )
    assert decide(routable(), both, now=NOW).queue == "questions"


def test_unless_takes_a_rule_back() -> None:
    """A rule whose `unless` holds is passed over, and the step says why."""
    with_unless = rules(
        {"name": "all", "when": {"complaint": True}, "unless": {"source": ["x"]}, "route": "urgent"}
    )
    assert decide(routable(), with_unless, now=NOW).reasons[0].rule == "rest"
    assert steps(routable(), with_unless, now=NOW)[0].words == "but source x"


def test_every_reason_of_a_routed_mention_says_what_it_saw() -> None:
    """The rule comes first, the points follow, and no reason is empty."""
    decision = decide(routable(), RULES, now=NOW)
    assert decision.reasons[0].rule == "complaint to act on"
    assert decision.reasons[0].saw == "a complaint (probability 0.90); actionable with probability 0.80"
    assert all(reason.saw for reason in decision.reasons)


def test_priority_is_the_sum_of_the_reasons() -> None:
    """What is shown adds up to what is sorted by."""
    decision = decide(routable(judged=judgement(actionable=0.1)), RULES, now=NOW)
    assert decision.priority == sum(reason.weight for reason in decision.reasons)


def test_dismissed_mentions_keep_what_the_model_saw() -> None:
    """A person who asks "why not?" finds the judgement among the reasons."""
    decision = decide(routable(judged=PRAISE), RULES, now=NOW)
    assert "complaint probability 0.02" in decision.reasons[-1].saw


def test_old_posts_open_no_case() -> None:
    """A backfill floods no queue, and the reason names the queue it would have gone to."""
    decision = decide(routable(age=timedelta(days=30)), RULES, now=NOW)
    assert decision.outcome is Outcome.DISMISS
    assert [reason.rule for reason in decision.reasons[:2]] == ["age guard", "complaint to act on"]
    assert "support" in decision.reasons[1].saw


def test_age_guard_spares_open_conversations() -> None:
    """A late post of a conversation with an open case still belongs to it."""
    item = routable(age=timedelta(days=30), thread={"open_case": True})
    assert decide(item, RULES, now=NOW).outcome is Outcome.ROUTE


def test_age_guard_can_be_switched_off() -> None:
    """null in the file lets an archive through."""
    unguarded = RULES.model_copy(update={"age_guard": None})
    assert decide(routable(age=timedelta(days=900)), unguarded, now=NOW).outcome is Outcome.ROUTE


def test_due_counts_from_when_the_person_wrote() -> None:
    """Fifteen minutes of the urgent queue, from the post's own time."""
    item = routable(judged=judgement(stakes=("health",), urgency=3), age=timedelta(minutes=10))
    assert decide(item, RULES, now=NOW).due == NOW + timedelta(minutes=5)


def test_a_post_from_the_future_gives_no_more_time() -> None:
    """A network's clock ahead of ours does not move the due time past ours."""
    item = routable(age=timedelta(hours=-5))
    assert decide(item, RULES, now=NOW).due == NOW + timedelta(hours=4)


def test_a_rule_may_shorten_due_and_ask_for_skills() -> None:
    """due and skills of the rule come beside the queue's."""
    hurried = rules(
        {
            "name": "bills",
            "when": {"topics": ["outage"]},
            "route": "desk",
            "due": "30m",
            "skills": ["billing"],
        },
        queues={"desk": {"first_answer": "4h", "skills": ["english"]}},
    )
    decision = decide(routable(age=timedelta(0)), hurried, now=NOW)
    assert decision.due == NOW + timedelta(minutes=30)
    assert decision.skills == ("english", "billing")


def test_same_rules_have_the_same_version() -> None:
    """The version is the content's: equal rules agree, a changed weight does not."""
    assert Rules().version == RULES.version
    assert rules(weights={"reach": 4}).version != rules().version


def test_decisions_are_repeatable() -> None:
    """Pure: twice the same input, twice the same decision."""
    item = routable(judged=judgement(severity=Severity.BLAME), thread={"echoes": 12})
    assert decide(item, RULES, now=NOW) == decide(item, RULES, now=NOW)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"words": ["no internet"]}, 'says "no internet"'),
        ({"brand": ["larkspur"]}, "brand Larkspur"),
        ({"found_by": ["handle"]}, "brand found by handle"),
        ({"severity_at_least": "disapproval"}, "severity disapproval (2 of 4)"),
        ({"severity_at_least": 2}, "severity disapproval (2 of 4)"),
        ({"older_than": "20m"}, "written 30 minutes ago"),
        ({"confidence_at_least": 0.9}, "brand meant with confidence 0.99"),
        ({"brand_answered": False}, "the brand has not answered"),
        ({"language": ["en"], "kind": ["post"]}, "kind post; language en"),
    ],
)
def test_conditions_hold_and_say_what_they_saw(condition: dict[str, Any], text: str) -> None:
    """Each condition, met, in words."""
    met = rules({"name": "one", "when": condition, "route": "support"})
    assert decide(routable(), met, now=NOW).reasons[0].saw == text


@pytest.mark.parametrize(
    "condition",
    [
        {"words": ["net"]},
        {"brand": ["Quillon"]},
        {"found_by": ["name"]},
        {"severity_at_least": "blame"},
        {"urgency_at_least": 1},
        {"stakes": ["money"]},
        {"earlier_cases_at_least": 1},
        {"reach_at_least": 1},
        {"older_than": "1h"},
        {"asks_help": True},
        {"complaint_at_least": 0.95},
        {"unread": True},
        {"open_case": True},
        {"complaint": True, "language": ["de"]},
    ],
)
def test_conditions_that_do_not_hold(condition: dict[str, Any]) -> None:
    """Each condition, unmet, lets the mention pass to the next rule; one of two is not enough."""
    unmet = rules({"name": "one", "when": condition, "route": "support"})
    assert decide(routable(), unmet, now=NOW).reasons[0].rule == "rest"


def test_due_times_that_never_come_are_refused() -> None:
    """More open time than a calendar has in a year is a slip, and would have no due time."""
    written = {
        "calendars": {"short": {"hours": {"mon": "09:00-11:00"}}},
        "queues": {"support": {"first_answer": "30d", "calendar": "short"}},
        "rules": [{"name": "all", "route": "support", "due": "20d"}],
    }
    with pytest.raises(ValidationError, match=r"opening hours have in a year \(4d8h\)"):
        Rules.model_validate(written)


def test_no_judgement_meets_no_judged_condition() -> None:
    """Where no model read the post, neither "is a complaint" nor "is none" holds."""
    for wanted in (True, False):
        judged = rules({"name": "one", "when": {"complaint": wanted}, "route": "support"})
        assert decide(routable(unread=True), judged, now=NOW).reasons[0].rule == "rest"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([{"name": "a", "route": "support", "dismiss": "both"}], "either route"),
        ([{"name": "a"}], "either route"),
        ([{"name": "a", "dismiss": "why not", "due": "1h"}], "for rules that route"),
        ([{"name": "a", "when": {"complaint": True}, "route": "support"}], "last rule"),
        ([{"name": "a", "route": "nowhere"}], 'no queue "nowhere"'),
        ([{"name": "a", "dismiss": "all of it"}, {"name": "b", "dismiss": "more of it"}], "ever reached"),
        (
            [{"name": "a", "when": {"unread": True}, "dismiss": "one"}, {"name": "a", "dismiss": "two"}],
            "two rules",
        ),
        ([{"name": "a", "route": "support", "priority": 500}], "less than or equal to 70"),
    ],
)
def test_rules_that_make_no_sense_are_refused(written: list[dict[str, Any]], said: str) -> None:
    """Mistakes a file can hold without being malformed."""
    with pytest.raises(ValidationError, match=said):
        Rules.model_validate({"rules": written})


def test_a_dismissed_mention_keeps_what_its_points_come_to() -> None:
    """So that one may ask how far it was from somebody's desk."""
    decision = decide(routable(judged=PRAISE), rules(), now=NOW)
    assert decision.outcome is Outcome.DISMISS
    assert decision.priority > 0


@pytest.mark.parametrize(
    ("queue", "rule", "first", "later"),
    [
        pytest.param({}, {}, 60, 60, id="as the first"),
        pytest.param({"next_answer": "3h"}, {}, 60, 180, id="of the queue"),
        pytest.param({"next_answer": "3h"}, {"due": "15m"}, 15, 15, id="a rule in a hurry"),
        pytest.param({"next_answer": "30m"}, {"due": "2h"}, 120, 30, id="a rule with time"),
    ],
)
def test_first_and_next_answers_have_their_own_times(
    queue: dict[str, Any], rule: dict[str, Any], first: int, later: int
) -> None:
    """A rule's own due time counts for the next answer where it is the tighter one."""
    written = rules(
        {"name": "all", "when": {"complaint": True}, "route": "care"} | rule,
        queues={"care": {"first_answer": "1h"} | queue},
    )
    decision = decide(routable(age=timedelta(0)), written, now=NOW)
    assert decision.due == NOW + timedelta(minutes=first)
    assert decision.next_due == NOW + timedelta(minutes=later)


def test_a_next_answer_that_never_comes_due_is_refused() -> None:
    """Like a first answer."""
    with pytest.raises(ValidationError, match="more than these opening hours have in a year"):
        rules(queues={"care": {"first_answer": "1h", "next_answer": "3000d"}})


def test_terms_of_a_queue_that_is_gone() -> None:
    """Its cases are still answered: round the clock, within a workday."""
    terms = RULES.terms("was here before")
    assert (terms.next_answer, terms.calendar.weekly) == (timedelta(hours=8), timedelta(days=7))


def test_only_rules_that_route_have_a_fuse() -> None:
    """A dismissal opens nothing."""
    with pytest.raises(ValidationError, match="fuse are for rules that route"):
        rules({"name": "x", "dismiss": "because", "fuse": False})
