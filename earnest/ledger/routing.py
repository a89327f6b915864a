"""Mentions out to be routed, decisions in: work is where `decided < revision`.

A decision and the case it opens or extends are one transaction. What a decision looks at (earlier
cases, an open case) comes from the decisions before it, so a batch never holds two mentions of one
person and brand: those wait for the next batch, in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from earnest.ledger.database import Database, chunks
from earnest.ledger.docket import Docket
from earnest.ledger.fuses import FuseBox, FuseOf
from earnest.ledger.indexing import enqueue
from earnest.ledger.rows import MENTION_COLUMNS, POST_COLUMNS, AnyRow, mention_of, post_of
from earnest.ledger.tables import cases, decisions, mentions, people, posts
from earnest.ledger.understanding import parents_of
from earnest.ledger.views import MentionWork, Routed
from routing.decision import Decision, Outcome, Routable, Thread

REOPEN = timedelta(days=14)
"""How long after it was closed a case is opened again by a new post, rather than a new one made."""

LOOK = 4
"""How many times `limit` is looked at to find as many mentions that can be decided side by side."""


def to_route(
    db: Database, limit: int = 256, shard: tuple[int, int] | None = None, *, only: int | None = None
) -> list[MentionWork]:
    """The oldest mentions not yet decided at their present revision, with what surrounds them.

    shard: (which, of how many); everything of a person is in the same shard. The list can be
    shorter than `limit` while there is more; it is empty only when there is none. only: that one
    mention alone.
    """
    joined = mentions.join(posts, posts.c.id == mentions.c.post_id).outerjoin(
        people, people.c.id == posts.c.person_id
    )
    work = (
        select(
            mentions.c.id,
            mentions.c.revision,
            mentions.c.person_id,
            mentions.c.duplicate_of,
            (mentions.c.echoes + posts.c.echoes).label("echoes"),
            people.c.left_alone_at,
            *POST_COLUMNS,
            *MENTION_COLUMNS,
        )
        .select_from(joined)
        .order_by(mentions.c.posted_at, mentions.c.id)
    )
    with db.read() as conn:
        chosen = _chosen(conn, limit, shard, only)
        rows = [
            row
            for some in chunks(chosen)
            for row in conn.execute(
                work.where(mentions.c.id.in_(some), mentions.c.decided < mentions.c.revision)
            )
        ]
        parents = parents_of(conn, rows)
        answered = _answered(conn, rows)
        earlier = _earlier(conn, rows)
        originals = firsts(conn, rows)
    works = []
    for row in rows:
        conversation = row.source, row.conversation, row.brand
        past = earlier.get((row.person_id, row.brand), [])
        thread = Thread(
            post=post_of(row),
            parent=parents.get((row.source, row.parent_id)),
            brand_answered_at=answered.get(conversation),
            earlier_cases=0
            if row.author_is_site
            else sum(not (is_open and where == row.conversation) for where, is_open in past),
            open_case=(row.conversation, True) in past,
            echoes=row.echoes,
            left_alone=row.left_alone_at is not None,
        )
        mention = mention_of(row, duplicate_of=originals.get(row.duplicate_of))
        works.append(MentionWork(row.id, row.revision, Routable(mention, thread)))
    return works


def _chosen(conn: Connection, limit: int, shard: tuple[int, int] | None, only: int | None) -> list[int]:
    """The oldest mentions that can be decided side by side, out of a wider look at what is waiting.

    Left for later is what follows, in its conversation or of its person, on one that is chosen and may
    open or change a case: the later decision must see what the earlier one did.
    """
    waiting = (
        select(
            mentions.c.id,
            mentions.c.person_id,
            mentions.c.brand,
            mentions.c.source,
            mentions.c.conversation,
            mentions.c.own_voice,
            people.c.is_site,
        )
        .select_from(mentions.outerjoin(people, people.c.id == mentions.c.person_id))
        .where(mentions.c.decided < mentions.c.revision)
        .order_by(mentions.c.posted_at, mentions.c.id)
    )
    if only is None:
        waiting = waiting.where(mentions.c.held < mentions.c.revision)
    else:
        waiting = waiting.where(mentions.c.id == only)
    if shard is not None:
        waiting = waiting.where(func.coalesce(mentions.c.person_id, 0) % shard[1] == shard[0])
    seen: set[tuple[Any, ...]] = set()
    put_off: set[tuple[str, ...]] = set()
    chosen: list[int] = []
    for row in conn.execute(waiting.limit(LOOK * limit)):
        who = (row.person_id, row.brand, row.conversation if row.is_site else "")
        where = (row.brand, row.source, row.conversation)
        if where in put_off or (not row.own_voice and who in seen):
            put_off.add(where)
            continue
        if not row.own_voice:
            seen.add(who)
        chosen.append(row.id)
        if len(chosen) == limit:
            break
    return chosen


def _answered(conn: Connection, rows: Sequence[AnyRow]) -> dict[tuple[str, str, str], datetime]:
    """When each brand last spoke in each of these conversations."""
    wanted = sorted({row.conversation for row in rows})
    found: dict[tuple[str, str, str], datetime] = {}
    columns = select(
        mentions.c.source, mentions.c.conversation, mentions.c.brand, func.max(mentions.c.posted_at)
    )
    for some in chunks(wanted):
        own = columns.where(mentions.c.own_voice, mentions.c.present, mentions.c.conversation.in_(some))
        for *key, when in conn.execute(own.group_by(*columns.selected_columns[:3])):
            found[key[0], key[1], key[2]] = when
    return found


def _earlier(conn: Connection, rows: Sequence[AnyRow]) -> dict[tuple[int, str], list[tuple[str, bool]]]:
    """The cases of these people so far: (conversation, still open) by person and brand."""
    found: dict[tuple[int, str], list[tuple[str, bool]]] = {}
    columns = select(cases.c.person_id, cases.c.brand, cases.c.conversation, cases.c.is_open)
    for some in chunks(sorted({row.person_id for row in rows if row.person_id and not row.own_voice})):
        for person, brand, conversation, is_open in conn.execute(columns.where(cases.c.person_id.in_(some))):
            found.setdefault((person, brand), []).append((conversation, is_open))
    return found


def firsts(conn: Connection, rows: Sequence[AnyRow]) -> dict[int | None, tuple[str, str]]:
    """What the copies among these repeat."""
    found: dict[int | None, tuple[str, str]] = {}
    columns = select(mentions.c.id, posts.c.source, posts.c.native_id).join(
        posts, posts.c.id == mentions.c.post_id
    )
    for some in chunks(sorted({row.duplicate_of for row in rows if row.duplicate_of is not None})):
        found.update(
            (pk, (source, native))
            for pk, source, native in conn.execute(columns.where(mentions.c.id.in_(some)))
        )
    return found


def record(
    db: Database,
    done: Sequence[tuple[MentionWork, Decision]],
    reopen: timedelta = REOPEN,
    fuse_of: FuseOf | None = None,
) -> Routed:
    """Store decisions and what follows from them. A decision on an older revision is dropped.

    A routed mention that would open a case by a rule whose fuse is blown is held: nothing is stored.
    """
    if not done:
        return Routed()
    now = db.clock()
    with db.write() as conn:
        waiting = _current(conn, done)
        fuses = FuseBox(conn, fuse_of, rules=next((d.rules for _, d in done if d.rules), ""), now=now)
        rows = [row for row, _ in waiting]
        docket = Docket(db, conn, now=now, reopen=reopen, rows=rows, fuses=fuses)
        spoke = {work.pk: work.routable.thread.brand_answered_at for work, _ in done}
        dismissed = 0
        current = []
        for row, decision in waiting:
            if decision.outcome is Outcome.DISMISS:
                dismissed += 1
                docket.dismiss(row)
            elif not docket.route(row, decision, spoke[row["id"]]):
                continue
            current.append((row, decision))
        _keep(conn, current, now)
        docket.file()
        fuses.file()
        _mark(conn, current, docket.case_of)
        enqueue(db, conn, [row["id"] for row, _ in current], raised=True)
        docket.enqueue_changed()
    return Routed(docket.opened, docket.extended, dismissed, fuses.held, fuses.stopped)


def _current(
    conn: Connection, done: Sequence[tuple[MentionWork, Decision]]
) -> list[tuple[Mapping[Any, Any], Decision]]:
    rows: dict[int, Mapping[Any, Any]] = {}
    parent = posts.alias("parent")
    columns = select(
        mentions.c.id,
        mentions.c.post_id,
        mentions.c.brand,
        mentions.c.source,
        mentions.c.conversation,
        mentions.c.person_id,
        mentions.c.posted_at,
        mentions.c.own_voice,
        mentions.c.revision,
        mentions.c.case_id,
        mentions.c.language,
        mentions.c.complaint,
        mentions.c.severity,
        mentions.c.urgency,
        mentions.c.topics,
        (mentions.c.echoes + posts.c.echoes).label("echoes"),
        posts.c.title,
        posts.c.text,
        people.c.is_site,
        parent.c.person_id.label("parent_person"),
    ).select_from(
        mentions.join(posts, posts.c.id == mentions.c.post_id)
        .outerjoin(people, people.c.id == mentions.c.person_id)
        .outerjoin(parent, (parent.c.source == posts.c.source) & (parent.c.native_id == posts.c.parent_id))
    )
    for some in chunks([work.pk for work, _ in done]):
        waiting = mentions.c.id.in_(some), mentions.c.decided < mentions.c.revision, mentions.c.present
        found = conn.execute(columns.where(*waiting).with_for_update(of=mentions)).mappings()
        rows.update((row["id"], row) for row in found)
    return [(rows[w.pk], d) for w, d in done if w.pk in rows and rows[w.pk]["revision"] == w.revision]


def _keep(conn: Connection, current: Sequence[tuple[Mapping[Any, Any], Decision]], now: datetime) -> None:
    rows = [
        {
            "mention_id": row["id"],
            "revision": row["revision"],
            "outcome": decision.outcome.value,
            "queue": decision.queue,
            "priority": decision.priority,
            "due": decision.due,
            "skills": list(decision.skills),
            "reasons": [{"rule": r.rule, "saw": r.saw, "weight": r.weight} for r in decision.reasons],
            "rules": decision.rules,
            "decided_at": now,
        }
        for row, decision in current
    ]
    if rows:
        conn.execute(insert(decisions), rows)


def _mark(
    conn: Connection, current: Sequence[tuple[Mapping[Any, Any], Decision]], case_of: Mapping[int, int]
) -> None:
    rows = [
        {
            "pk": row["id"],
            "b_decided": row["revision"],
            "b_outcome": decision.outcome.value,
            "b_case": case_of.get(row["id"], row["case_id"]),
        }
        for row, decision in current
    ]
    if rows:
        conn.execute(
            update(mentions)
            .where(mentions.c.id == bindparam("pk"))
            .values(
                decided=bindparam("b_decided"),
                outcome=bindparam("b_outcome"),
                case_id=bindparam("b_case"),
                held=0,
                held_by=None,
                index_version=mentions.c.index_version + 1,
            ),
            rows,
        )
