"""Priority: need before reach, always, and every point explained."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from listeners.post import Spread
from nlp.mention import Severity
from routing.decision import Routable
from routing.priority import Weights, explain, total
from tests.routing.builders import NOW, judgement, routable

COUNTS = st.integers(0, 10**9)
SHARES = st.floats(0, 1)


@st.composite
def mentions(draw: st.DrawFn) -> Routable:
    """Any judged mention, with any reach."""
    return routable(
        judged=judgement(
            complaint=draw(SHARES),
            severity=draw(st.sampled_from(Severity)),
            urgency=draw(st.integers(0, 3)),
            asks_help=draw(st.booleans()),
            actionable=draw(SHARES),
        ),
        spread=Spread(draw(COUNTS), draw(COUNTS), draw(COUNTS)),
        thread={
            "echoes": draw(COUNTS),
            "earlier_cases": draw(st.integers(0, 50)),
            "brand_answered_at": draw(st.none() | st.just(NOW)),
        },
        age=timedelta(minutes=draw(st.integers(0, 10**6))),
    )


@st.composite
def weights(draw: st.DrawFn) -> Weights:
    """Any weights that the model lets through."""
    small = draw(st.lists(st.integers(0, 6), min_size=6, max_size=6))
    severity = draw(st.integers(sum(small) + 1, (827 - 4 * sum(small)) // 16))  # all of it fits 830
    return Weights(
        urgency=4 * severity + sum(small) + 1,
        severity=severity,
        **dict(
            zip(
                ["came_back", "asks_help", "actionable", "unanswered", "complaint", "reach"],
                small,
                strict=True,
            )
        ),
    )


def points(item: Routable, by: Weights) -> int:
    """The priority of a mention without any rule's own points."""
    return total(explain(item, by, now=NOW))


@given(mentions(), mentions(), weights())
def test_reach_never_reorders_need(one: Routable, other: Routable, by: Weights) -> None:
    """Whoever has more urgency, or as much and more severity, comes first, whatever else differs."""
    need = [
        (item.mention.judgement.urgency, item.mention.judgement.severity)
        for item in (one, other)
        if item.mention.judgement
    ]
    if need[0] > need[1]:
        assert points(one, by) > points(other, by)


@given(mentions(), weights())
def test_priority_stays_in_its_range(item: Routable, by: Weights) -> None:
    """0 to 1000, and nothing had to be cut off."""
    reasons = explain(item, by, now=NOW)
    assert total(reasons) == sum(reason.weight for reason in reasons)
    assert 0 <= total(reasons) <= 1000


def test_reach_counts_a_little_between_equals() -> None:
    """Of two equal needs the one that more people see comes first, by a few points."""
    quiet, loud = routable(), routable(spread=Spread(likes=100_000))
    assert 0 < points(loud, Weights()) - points(quiet, Weights()) <= Weights().reach


def test_a_returning_person_comes_first_among_equals() -> None:
    """Somebody who has to ask twice has waited longest."""
    again = routable(thread={"earlier_cases": 2})
    assert points(again, Weights()) == points(routable(), Weights()) + Weights().came_back


def test_an_answer_before_the_post_answers_nothing() -> None:
    """The brand spoke, then the person wrote: still waiting."""
    before = routable(thread={"brand_answered_at": NOW - timedelta(hours=2)})
    assert any(reason.rule == "priority: unanswered" for reason in explain(before, Weights(), now=NOW))


@pytest.mark.parametrize(
    "wrong", [{"reach": 50}, {"urgency": 100}, {"severity": 10}, {"urgency": 300, "severity": 60}]
)
def test_weights_that_would_let_reach_win_are_refused(wrong: dict[str, int]) -> None:
    """No configuration can break the order of need."""
    with pytest.raises(ValidationError, match=r"outweigh|1000"):
        Weights.model_validate(wrong)
