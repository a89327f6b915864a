"""Where each listener stands: cursors, health, gaps, and the log that pictures of coverage are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from earnest.ledger import hours
from earnest.ledger.database import Database
from earnest.ledger.rows import clean
from earnest.ledger.tables import gaps, poll_logs, polls, set_asides
from earnest.ledger.views import SourceStatus
from listeners.listener import ListenError, State
from listeners.post import Gap, SetAside

RAW_LIMIT = 64 * 1024  # characters of a raw item that was set aside


def state(db: Database, listener: str, query: str) -> State:
    """The cursor to go on from; {} where this query was never polled."""
    with db.read() as conn:
        stored = conn.scalar(select(polls.c.state).where(_key(listener, query)))
    return dict(stored or {})


def started(db: Database, listener: str, source: str, query: str) -> None:
    """Note that a poll begins."""
    now = db.clock()
    with db.write() as conn:
        ensure(db, conn, listener, source, query)
        log = conn.execute(
            insert(poll_logs)
            .values(listener=listener, source=source, query=query, started_at=now)
            .returning(poll_logs.c.id)
        ).scalar_one()
        conn.execute(update(polls).where(_key(listener, query)).values(last_asked=now, log_id=log))


def ended(
    db: Database, listener: str, query: str, *, error: ListenError | None, next_poll: datetime | None
) -> None:
    """Note how a poll ended, and when the next is due. The error's message is kept, its kind is its class."""
    now = db.clock()
    said = "" if error is None else clean(str(error))[:2000]
    kind = "" if error is None else type(error).__name__
    with db.write() as conn:
        row = conn.execute(
            select(polls.c.log_id, polls.c.failing_since).where(_key(listener, query)).with_for_update()
        ).one_or_none()
        if row is None:
            return
        failing = None if error is None else (row.failing_since or now)
        conn.execute(
            update(polls)
            .where(_key(listener, query))
            .values(error=said, error_kind=kind, failing_since=failing, next_poll=next_poll, log_id=None)
        )
        if row.log_id is not None:
            ended = conn.execute(
                update(poll_logs)
                .where(poll_logs.c.id == row.log_id)
                .values(ended_at=now, error=said, error_kind=kind)
                .returning(poll_logs)
            ).one()
            hours.add(db, conn, ended)
            hours.forget(conn, listener, query, now)


def statuses(db: Database) -> list[SourceStatus]:
    """How every query of every source is doing, by listener and query."""
    with db.read() as conn:
        rows = conn.execute(select(polls).order_by(polls.c.listener, polls.c.query)).all()
    return [
        SourceStatus(
            listener=r.listener,
            source=r.source,
            query=r.query,
            last_asked=r.last_asked,
            last_heard=r.last_heard,
            next_poll=r.next_poll,
            items=r.items,
            posts=r.posts,
            set_aside=r.set_aside,
            gaps=r.gaps,
            cost=r.cost,
            error=r.error,
            error_kind=r.error_kind,
            failing_since=r.failing_since,
        )
        for r in rows
    ]


def spent(db: Database, listener: str, since: datetime, query: str | None = None) -> float:
    """Dollars that a source has cost since then: one query of it, or all together."""
    with db.read() as conn:
        return hours.spent(conn, listener, since, query)


def ensure(db: Database, conn: Connection, listener: str, source: str, query: str) -> None:
    """See that the query has its row."""
    fresh = {"listener": listener, "query": query, "source": source, "state": {}}
    conn.execute(db.upsert(polls).values(fresh).on_conflict_do_nothing())


def advance(
    db: Database,
    conn: Connection,
    listener: str,
    query: str,
    *,
    state: State,
    counts: dict[str, Any],
    cost: float,
) -> None:
    """Move the cursor, in the transaction of the posts it stands after."""
    row = conn.execute(select(polls.c.log_id).where(_key(listener, query)).with_for_update()).one()
    log = {name: counts[name] for name in ("items", "posts")}
    heard = {"last_heard": db.clock()} if counts["items"] else {}
    conn.execute(
        update(polls)
        .where(_key(listener, query))
        .values(
            state=dict(state),
            version=polls.c.version + 1,
            cost=polls.c.cost + cost,
            **heard,
            **{name: polls.c[name] + count for name, count in counts.items()},
        )
    )
    if row.log_id is not None:
        conn.execute(
            update(poll_logs)
            .where(poll_logs.c.id == row.log_id)
            .values(cost=poll_logs.c.cost + cost, **{n: poll_logs.c[n] + c for n, c in log.items()})
        )


def keep_gaps(db: Database, conn: Connection, listener: str, query: str, found: Sequence[Gap]) -> int:
    """Store holes, each once; one with an end closes the open one with its start. Returns new ones."""
    if not found:
        return 0
    known = {
        (row.start_at, row.why): (row.id, row.end_at)
        for row in conn.execute(
            select(gaps).where(gaps.c.listener == listener, gaps.c.query == query).order_by(gaps.c.id)
        )
    }
    new = 0
    for gap in found:
        have = known.get((gap.start, gap.why.value))
        if have is None:
            known[gap.start, gap.why.value] = (
                conn.execute(
                    insert(gaps)
                    .values(
                        listener=listener,
                        source=gap.source,
                        query=query,
                        start_at=gap.start,
                        end_at=gap.end,
                        why=gap.why.value,
                        note=clean(gap.note),
                        seen_at=db.clock(),
                    )
                    .returning(gaps.c.id)
                ).scalar_one(),
                gap.end,
            )
            new += 1
        elif gap.end is not None and (have[1] is None or gap.end > have[1]):
            conn.execute(
                update(gaps).where(gaps.c.id == have[0]).values(end_at=gap.end, note=clean(gap.note))
            )
    return new


def keep_aside(db: Database, conn: Connection, listener: str, query: str, items: Sequence[SetAside]) -> int:
    """Store raw items that could not be read, each once however often it comes. Returns new ones."""
    now = db.clock()
    new = 0
    for item in items:
        raw = clean(item.raw)[:RAW_LIMIT]
        named = "\x00".join((listener, query, item.id or item.place, raw, item.why))
        mark = hashlib.blake2b(named.encode("utf-8", "replace"), digest_size=32).hexdigest()
        again = conn.execute(
            update(set_asides)
            .where(set_asides.c.fingerprint == mark)
            .values(last_seen=now, times=set_asides.c.times + 1)
        )
        if again.rowcount:
            continue
        conn.execute(
            insert(set_asides).values(
                fingerprint=mark,
                listener=listener,
                source=item.source,
                query=query,
                native_id=None if item.id is None else clean(item.id),
                raw=raw,
                why=clean(item.why),
                place=clean(item.place),
                first_seen=now,
                last_seen=now,
            )
        )
        new += 1
    return new


def _key(listener: str, query: str) -> Any:
    return and_(polls.c.listener == listener, polls.c.query == query)
