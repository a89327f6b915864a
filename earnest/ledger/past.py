"""What was decided before, as the stages would see it again: for trying changed rules on it.

One person after another, each in the order in which their mentions were first decided, so that
whoever replays it needs to remember one person's cases only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, select

from earnest.ledger.database import Database, chunks
from earnest.ledger.routing import firsts
from earnest.ledger.rows import MENTION_COLUMNS, POST_COLUMNS, AnyRow, mention_of, post_of, reasons_in
from earnest.ledger.rule_views import PastDecision
from earnest.ledger.tables import case_posts, cases, decisions, mentions, people, posts
from earnest.ledger.understanding import parents_of
from routing.decision import Decision, Outcome, Routable, Thread

CHUNK = 256  # mentions held at a time

_LATEST = and_(decisions.c.mention_id == mentions.c.id, decisions.c.revision == mentions.c.decided)


def how_many(db: Database, since: datetime) -> int:
    """How many decided mentions were written since then."""
    with db.read() as conn:
        which = select(func.count()).select_from(mentions.join(decisions, _LATEST)).where(*_these(since))
        return conn.scalar(which) or 0


def past(db: Database, since: datetime) -> Iterator[PastDecision]:
    """The latest decision on every mention written since then; memory does not grow with their number."""
    every = decisions.alias()
    began = select(func.min(every.c.id)).where(every.c.mention_id == mentions.c.id)
    order = (
        select(mentions.c.id)
        .select_from(mentions.join(decisions, _LATEST))
        .where(*_these(since))
        .order_by(mentions.c.person_id, began.scalar_subquery())
    )
    with db.read() as conn:
        for some in conn.execute(order.execution_options(yield_per=CHUNK)).scalars().partitions():
            yield from _read(conn, some, since)


def _these(since: datetime) -> tuple[Any, ...]:
    return mentions.c.posted_at >= since, mentions.c.present


def _read(conn: Connection, pks: Sequence[int], since: datetime) -> Iterator[PastDecision]:
    columns = (
        select(
            mentions.c.id,
            mentions.c.person_id,
            mentions.c.duplicate_of,
            (mentions.c.echoes + posts.c.echoes).label("echoes"),
            people.c.left_alone_at,
            decisions.c.outcome,
            decisions.c.queue,
            decisions.c.priority,
            decisions.c.due,
            decisions.c.skills,
            decisions.c.reasons,
            decisions.c.rules,
            decisions.c.decided_at,
            *POST_COLUMNS,
            *MENTION_COLUMNS,
        )
        .select_from(
            mentions.join(posts, posts.c.id == mentions.c.post_id)
            .join(decisions, _LATEST)
            .outerjoin(people, people.c.id == posts.c.person_id)
        )
        .where(mentions.c.id.in_(pks))
    )
    found = {row.id: row for row in conn.execute(columns)}
    rows = [found[pk] for pk in pks if pk in found]
    parents = parents_of(conn, rows)
    repeated = firsts(conn, rows)
    spoke = _spoke(conn, rows)
    theirs = _cases(conn, rows, since)
    for row in rows:
        said = spoke.get((row.source, row.conversation, row.brand), ())
        held = [case for case in theirs.get(row.person_id, ()) if case.brand == row.brand]
        here = [case for case in held if (case.source, case.conversation) == (row.source, row.conversation)]
        open_then = [case for case in here if case.closed_at is None or case.closed_at >= row.decided_at]
        thread = Thread(
            post=post_of(row),
            parent=parents.get((row.source, row.parent_id)),
            brand_answered_at=max((at for at in said if at <= row.decided_at), default=None),
            earlier_cases=sum(bool(case.old) and case not in open_then for case in held),
            open_case=any(case.old for case in open_then),
            echoes=row.echoes,
            left_alone=row.left_alone_at is not None and row.left_alone_at <= row.decided_at,
        )
        yield PastDecision(
            person=row.person_id,
            is_site=bool(row.author_is_site),
            conversation=row.conversation,
            routable=Routable(mention_of(row, duplicate_of=repeated.get(row.duplicate_of)), thread),
            decision=Decision(
                outcome=Outcome(row.outcome),
                reasons=reasons_in(row.reasons),
                queue=row.queue,
                priority=row.priority,
                due=row.due,
                skills=tuple(row.skills),
                rules=row.rules,
            ),
            decided_at=row.decided_at,
            had_case=any(case.old for case in here),
            case_closed=bool(here) and not open_then,
        )


def _spoke(conn: Connection, rows: Sequence[AnyRow]) -> dict[tuple[str, str, str], list[datetime]]:
    """When each brand spoke in each of these conversations."""
    told: dict[tuple[str, str, str], list[datetime]] = {}
    columns = select(mentions.c.source, mentions.c.conversation, mentions.c.brand, mentions.c.posted_at)
    for some in chunks(sorted({row.conversation for row in rows})):
        own = columns.where(mentions.c.own_voice, mentions.c.present, mentions.c.conversation.in_(some))
        for source, conversation, brand, when in conn.execute(own):
            told.setdefault((source, conversation, brand), []).append(when)
    return told


def _cases(conn: Connection, rows: Sequence[AnyRow], since: datetime) -> dict[int, list[AnyRow]]:
    """The cases of these people. old: it holds a post from before `since`."""
    told: dict[int, list[AnyRow]] = {}
    before = (
        exists()
        .where(case_posts.c.case_id == cases.c.id)
        .where(posts.c.id == case_posts.c.post_id, posts.c.created_at < since)
    )
    columns = select(
        cases.c.id,
        cases.c.person_id,
        cases.c.brand,
        cases.c.source,
        cases.c.conversation,
        cases.c.closed_at,
        before.label("old"),
    )
    known = [row for row in rows if row.person_id is not None]
    for some in chunks(sorted({row.person_id for row in known if not row.author_is_site})):
        for case in conn.execute(columns.where(cases.c.person_id.in_(some))):
            told.setdefault(case.person_id, []).append(case)
    # A site that stands for many people may have any number of cases; only these conversations count.
    sites = [row for row in known if row.author_is_site]
    if sites:
        here = columns.where(
            cases.c.person_id.in_({row.person_id for row in sites}),
            cases.c.conversation.in_({row.conversation for row in sites}),
        )
        for case in conn.execute(here):
            told.setdefault(case.person_id, []).append(case)
    return told
