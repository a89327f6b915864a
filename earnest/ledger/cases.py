"""Reading cases: the queue, page by page, and one case with everything around it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from earnest.ledger import facets, places, reach
from earnest.ledger.calls import key_of
from earnest.ledger.database import Database
from earnest.ledger.earlier import cases_where
from earnest.ledger.errors import NoSuchCase
from earnest.ledger.rows import MENTION_COLUMNS, POST_COLUMNS, mention_of, post_of, reasons_in
from earnest.ledger.tables import calls, case_events, case_posts, cases, decisions, mentions, people, posts
from earnest.ledger.unsought import unsought
from earnest.ledger.views import (
    CaseView,
    DecisionView,
    EarlierCase,
    EventView,
    QueuePage,
    QueueQuery,
    QueueRow,
    ThreadPost,
)
from routing.case import OPEN, State

COUNTED = 500
"""How far closed cases are counted: there may be a million."""
THREAD_LIMIT = 200  # posts of a conversation shown with a case, those of the case first

_POSTS = (
    select(func.count()).select_from(case_posts).where(case_posts.c.case_id == cases.c.id).scalar_subquery()
)
_ROW: tuple[ColumnElement[Any], ...] = (
    cases.c.id.label("case_id"),
    *(c for c in cases.c if c.name not in {"id", "is_open", "mention_id", *facets.FACETS}),
    people.c.handle,
    people.c.name,
    people.c.left_alone_at,
    _POSTS.label("posts"),
    posts.c.native_id.label("post_id"),
    posts.c.title,
    posts.c.text,
    posts.c.url,
    mentions.c.language,
    mentions.c.complaint,
    mentions.c.severity,
    mentions.c.urgency,
    mentions.c.topics,
    mentions.c.stakes,
    (mentions.c.echoes + posts.c.echoes).label("echoes"),
    decisions.c.reasons,
)
_FROM = (
    cases.join(people, people.c.id == cases.c.person_id)
    .join(mentions, mentions.c.id == cases.c.mention_id)
    .join(posts, posts.c.id == mentions.c.post_id)
    .outerjoin(
        decisions,
        and_(decisions.c.mention_id == mentions.c.id, decisions.c.revision == mentions.c.decided),
    )
)
_IN_ORDER = cases.c.priority.desc(), cases.c.waiting_since, cases.c.id
_MADE = {"state", "topics", "stakes", "left_alone", "reasons"}
_PLAIN = [f.name for f in fields(QueueRow) if f.name not in _MADE]


def queue(db: Database, query: QueueQuery, *, counted: int = COUNTED) -> QueuePage:
    """A page of cases: highest priority first, then who waits longest. ValueError: a bad `after`.

    counted: how far matches are counted where the query asks for closed cases.
    """
    conditions = wanted(query)
    matching = select(cases.c.id).where(*conditions)
    # Which cases is found in the index alone; only these are looked at.
    shown = matching if query.after is None else matching.where(_beyond(query.after))
    shown = shown.order_by(*_IN_ORDER).limit(query.limit + 1)
    page = select(*_ROW).select_from(_FROM).where(cases.c.id.in_(shown)).order_by(*_IN_ORDER)
    if bounded := query.closed or any(state not in OPEN for state in query.states):
        matching = matching.limit(counted + 1)
    with db.read() as conn:
        total = conn.scalar(select(func.count()).select_from(matching.subquery())) or 0
        found = [_row(m) for m in conn.execute(page).mappings()]
    rows = tuple(found[: query.limit])
    more = _bookmark(rows[-1]) if len(found) > query.limit else None
    exact = not bounded or total <= counted
    return QueuePage(rows, total if exact else counted, more, exact)


def wanted(query: QueueQuery) -> list[ColumnElement[bool]]:
    """The query's conditions on the table of cases, within the queues that the one who asks may see."""
    wanted: list[ColumnElement[bool]] = []
    sides = {state in OPEN for state in query.states} or {not query.closed}
    if len(sides) == 1:  # said in these very words, they find the index of the open or of the closed ones
        wanted.append(cases.c.is_open if sides.pop() else ~cases.c.is_open)
    if query.states:
        wanted.append(cases.c.state.in_([state.value for state in query.states]))
    for column, values in (
        (cases.c.queue, query.queues),
        (unsought(cases.c.brand), query.brands),
        (unsought(cases.c.source), query.sources),
    ):
        if values:
            wanted.append(column.in_(values))
    wanted += facets.conditions(query)
    if query.free:
        wanted.append(cases.c.owner.is_(None))
    if query.owner is not None:
        wanted.append(cases.c.owner == query.owner)
    if query.calls is not None:
        unseen = select(calls.c.case_id).where(calls.c.whom == key_of(query.calls), calls.c.seen_at.is_(None))
        wanted.append(cases.c.id.in_(unseen))
    if query.due_before is not None:
        wanted.append(cases.c.due < query.due_before)
    return [*wanted, *reach.conditions()]


def _bookmark(row: QueueRow) -> str:
    said = json.dumps([row.priority, row.waiting_since.isoformat(), row.case_id])
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _beyond(bookmark: str) -> ColumnElement[bool]:
    try:
        told = json.loads(base64.urlsafe_b64decode(bookmark + "=" * (-len(bookmark) % 4)))
        priority, since, case_id = told
        priority, when, case_id = places.number(priority), places.moment(since), places.number(case_id)
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise ValueError("this is no place in the queue; start from the first page") from error
    later = and_(cases.c.waiting_since == when, cases.c.id > case_id)
    same = and_(cases.c.priority == priority, or_(cases.c.waiting_since > when, later))
    return and_(cases.c.priority <= priority, or_(cases.c.priority < priority, same))


def _row(found: Mapping[Any, Any]) -> QueueRow:
    return QueueRow(
        **{name: found[name] for name in _PLAIN},
        state=State(found["state"]),
        topics=tuple(found["topics"]),
        stakes=tuple(found["stakes"]),
        left_alone=found["left_alone_at"] is not None,
        reasons=reasons_in(found["reasons"] or []),
    )


def case_view(db: Database, case_id: int) -> CaseView:
    """One case with its thread, reasons, history and the person's other cases. Raises NoSuchCase."""
    with db.read() as conn:
        found = (
            conn.execute(select(*_ROW).select_from(_FROM).where(cases.c.id == case_id))
            .mappings()
            .one_or_none()
        )
        if found is None or not reach.reaches(found["queue"]):
            raise NoSuchCase(case_id)
        row = _row(found)
        return CaseView(
            case=row,
            thread=_thread(conn, row),
            decisions=decision_views(conn, mentions.c.case_id.in_(_family(row))),
            events=_events(conn, case_id),
            earlier=_earlier(conn, row),
        )


def _thread(conn: Connection, row: QueueRow) -> tuple[ThreadPost, ...]:
    """The conversation in its order, as far as held: the case's own posts first where it is long."""
    theirs = select(case_posts.c.post_id).where(case_posts.c.case_id.in_(_family(row)))
    ours = (
        select(case_posts.c.case_id)
        .where(case_posts.c.case_id.in_(_family(row)), case_posts.c.post_id == posts.c.id)
        .exists()
    )
    columns = (
        select(
            mentions.c.id.label("mention_id"),
            ours.label("in_case"),
            (posts.c.echoes + func.coalesce(mentions.c.echoes, 0)).label("echoes_in_all"),
            *POST_COLUMNS,
            *MENTION_COLUMNS,
        )
        .select_from(
            posts.outerjoin(people, people.c.id == posts.c.person_id).outerjoin(
                mentions,
                and_(mentions.c.post_id == posts.c.id, mentions.c.brand == row.brand, mentions.c.present),
            )
        )
        .where(posts.c.deleted_at.is_(None), posts.c.kind != "repost")
    )
    here = and_(posts.c.source == row.source, posts.c.conversation == row.conversation)
    found: dict[tuple[str, str], Any] = {}
    for which in (posts.c.id.in_(theirs), here):
        for post in conn.execute(
            columns.where(which).order_by(posts.c.created_at, posts.c.id).limit(THREAD_LIMIT)
        ):
            found.setdefault((post.source, post.native_id), post)
    ordered = sorted(list(found.values())[:THREAD_LIMIT], key=lambda p: (p.created_at, p.native_id))
    return tuple(
        ThreadPost(
            post=post_of(post),
            mention=None if post.mention_id is None else mention_of(post),
            in_case=bool(post.in_case),
            own_voice=bool(post.own_voice),
            echoes=post.echoes_in_all,
        )
        for post in ordered
    )


def _family(row: QueueRow) -> Select[Any]:
    """The numbers of a case and of those of the person that were merged into it, directly or not."""
    here = select(cases.c.id).where(cases.c.id == row.case_id).cte(recursive=True)
    merged = select(cases.c.id).join(here, cases.c.merged_into == here.c.id)
    return select(here.union(merged.where(cases.c.person_id == row.person_id)).c.id)


def decision_views(
    conn: Connection, which: ColumnElement[bool], *, latest: bool = True
) -> tuple[DecisionView, ...]:
    """Decisions on these mentions, weightiest first; only the latest of each where `latest`."""
    columns: Select[Any] = (
        select(decisions, mentions.c.source, mentions.c.brand, posts.c.native_id)
        .join(mentions, mentions.c.id == decisions.c.mention_id)
        .join(posts, posts.c.id == mentions.c.post_id)
        .where(which)
    )
    if latest:
        columns = columns.where(decisions.c.revision == mentions.c.decided)
    routed_first = decisions.c.outcome.desc(), decisions.c.priority.desc(), decisions.c.id.desc()
    rows = conn.execute(columns.order_by(*routed_first)).all()
    return tuple(
        DecisionView(
            source=r.source,
            post_id=r.native_id,
            brand=r.brand,
            outcome=r.outcome,
            queue=r.queue,
            priority=r.priority,
            due=r.due,
            skills=tuple(r.skills),
            reasons=reasons_in(r.reasons),
            rules=r.rules,
            decided_at=r.decided_at,
        )
        for r in rows
    )


def _events(conn: Connection, case_id: int) -> tuple[EventView, ...]:
    rows = conn.execute(
        select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.id)
    ).all()
    undone = {row.undoes for row in rows if row.undoes is not None}
    return tuple(
        EventView(
            id=r.id,
            at=r.at,
            who=r.who,
            action=r.action,
            before_state=State(r.before_state),
            after_state=State(r.after_state),
            before=r.before,
            after=r.after,
            note=r.note,
            reason=r.reason,
            undoes=r.undoes,
            undone=r.id in undone,
        )
        for r in rows
    )


def _earlier(conn: Connection, row: QueueRow) -> tuple[EarlierCase, ...]:
    """The person's other cases with this brand, newest first."""
    theirs = cases.c.person_id == row.person_id, cases.c.brand == row.brand, cases.c.id != row.case_id
    return cases_where(conn, *theirs, most=50)
