"""What became of people's complaints, counted from the person's side. Who answered is never read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import exists, func, select

from earnest.ledger import reach
from earnest.ledger.database import Database
from earnest.ledger.tables import case_events, case_posts, cases, mentions, posts
from routing.case import Action, State

AGAIN_WITHIN = timedelta(days=30)
"""A new case of the same person about the same topic, so soon after it was solved, came back."""

_GONE = (State.MERGED.value, State.WITHDRAWN.value, State.DISMISSED.value)
"""Cases that are part of another one, taken back by the person, or no complaint."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How it went for the people of some cases. Minutes are None where nobody was answered.

    answered: in public, by the brand's own account. solved_in_their_words: of those, whose last words
    after the answer are no complaint. told: of the resolved, who were told so. came_back: of the
    resolved, who complained of the same again.
    """

    people: int = 0
    cases: int = 0
    answered: int = 0
    first_answer_minutes: float | None = None
    nine_in_ten_within_minutes: float | None = None
    spoke_after_answer: int = 0
    solved_in_their_words: int = 0
    resolved: int = 0
    told: int = 0
    came_back: int = 0


@dataclass(slots=True)
class _Tally:
    people: set[int] = field(default_factory=set)
    cases: int = 0
    waits: list[float] = field(default_factory=list)
    spoke: int = 0
    solved: int = 0
    resolved: int = 0
    told: int = 0
    came_back: int = 0

    def outcomes(self) -> Outcomes:
        """The sums."""
        waits = sorted(self.waits)
        # One value has no quantiles; it is its own.
        cut = quantiles(waits, n=10, method="inclusive") if len(waits) > 1 else waits * 9
        return Outcomes(
            people=len(self.people),
            cases=self.cases,
            answered=len(waits),
            first_answer_minutes=round(cut[4], 1) if cut else None,
            nine_in_ten_within_minutes=round(cut[8], 1) if cut else None,
            spoke_after_answer=self.spoke,
            solved_in_their_words=self.solved,
            resolved=self.resolved,
            told=self.told,
            came_back=self.came_back,
        )


def outcomes(db: Database, since: datetime) -> dict[str, Outcomes]:
    """Cases opened since then: all of them under "", and those of each network under its name."""
    with db.read() as conn:
        rows = sorted(conn.execute(_cases(since)), key=lambda row: row.id)
        words: dict[int, list[Any]] = {}
        for said in sorted(conn.execute(_words(since)), key=lambda said: (said.posted_at, said.id)):
            words.setdefault(said.case_id, []).append(said)
    by_person: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        by_person.setdefault((row.person_id, row.brand), []).append(row)
    tallies: dict[str, _Tally] = {"": _Tally()}
    for row in rows:
        if row.state in _GONE:
            continue
        again = _again(row, by_person[row.person_id, row.brand])
        for name in ("", row.source):
            _count(tallies.setdefault(name, _Tally()), row, words.get(row.id, ()), again)
    return {name: tally.outcomes() for name, tally in sorted(tallies.items())}


def _cases(since: datetime) -> Any:
    first = select(func.min(posts.c.created_at)).join(case_posts, case_posts.c.post_id == posts.c.id)
    answer = select(func.min(posts.c.created_at)).join(case_events, case_events.c.post_id == posts.c.id)
    reopened = select(case_events.c.id).where(
        case_events.c.case_id == cases.c.id,
        case_events.c.action == Action.HEAR.value,
        case_events.c.before_state == State.RESOLVED.value,
    )
    return (
        select(
            *(cases.c[n] for n in ("id", "source", "brand", "person_id", "state", "opened_at", "closed_at")),
            cases.c.answered_at,
            cases.c.told_at,
            mentions.c.topics,
            first.where(case_posts.c.case_id == cases.c.id).scalar_subquery().label("spoke_at"),
            answer.where(case_events.c.case_id == cases.c.id, case_events.c.action == "answered")
            .scalar_subquery()
            .label("first_answer"),
            exists(reopened).label("reopened"),
        )
        .join(mentions, mentions.c.id == cases.c.mention_id)
        .where(cases.c.opened_at >= since, *reach.conditions())
    )


def _words(since: datetime) -> Any:
    """What was said in answered ones of these cases, found by the case: all that was ever said is much."""
    these = select(cases.c.id).where(
        cases.c.opened_at >= since, cases.c.answered_at.is_not(None), *reach.conditions()
    )
    return select(
        mentions.c.case_id, mentions.c.person_id, mentions.c.posted_at, mentions.c.id, mentions.c.is_complaint
    ).where(mentions.c.case_id.in_(these), mentions.c.judged)


def _again(row: Any, theirs: Iterable[Any]) -> bool:
    """Whether the person came back with the same complaint after it was resolved."""
    if row.reopened:
        return True
    if row.state != State.RESOLVED or row.closed_at is None:
        return False
    return any(
        row.closed_at <= other.opened_at <= row.closed_at + AGAIN_WITHIN
        and other.state not in _GONE
        and set(other.topics) & set(row.topics)
        for other in theirs
        if other.id != row.id
    )


def _count(tally: _Tally, row: Any, words: Iterable[Any], again: bool) -> None:
    tally.people.add(row.person_id)
    tally.cases += 1
    answer = row.first_answer or row.answered_at
    if answer is not None and row.spoke_at is not None:
        tally.waits.append(max(0.0, (answer - row.spoke_at).total_seconds() / 60))
        after = [said for said in words if said.posted_at > answer and said.person_id == row.person_id]
        tally.spoke += bool(after)
        tally.solved += bool(after) and not after[-1].is_complaint
    if row.state == State.RESOLVED or row.reopened:
        tally.resolved += 1
        tally.told += row.told_at is not None
        tally.came_back += again
