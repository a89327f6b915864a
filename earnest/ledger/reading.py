"""Answers about what became of posts: why one was routed or not, what was dismissed, and sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select

from earnest.ledger import places
from earnest.ledger.cases import decision_views
from earnest.ledger.database import Database
from earnest.ledger.rows import MENTION_COLUMNS, POST_COLUMNS, mention_of, post_of, reasons_in
from earnest.ledger.tables import (
    cases,
    decisions,
    fuses,
    mentions,
    people,
    polls,
    posts,
    set_asides,
    tombstones,
)
from earnest.ledger.tombstones import Tombstones
from earnest.ledger.views import DismissedPage, DismissedRow, MentionView, WhyView
from listeners.post import Kind


def why(db: Database, stones: Tombstones, source: str, post_id: str) -> WhyView:
    """What became of a post: in words, and with every decision ever made of it."""
    with db.read() as conn:
        row = conn.execute(
            select(posts.c.id, posts.c.context, posts.c.analyzed, posts.c.revision, *POST_COLUMNS)
            .select_from(posts.outerjoin(people, people.c.id == posts.c.person_id))
            .where(posts.c.source == source, posts.c.native_id == post_id)
        ).one_or_none()
        if row is None:
            mark = stones.hash("post", source, post_id)
            gone = conn.execute(
                select(tombstones.c.at, tombstones.c.why).where(
                    tombstones.c.what == "post", tombstones.c.hash == mark
                )
            ).one_or_none()
            if gone is None:
                return WhyView(source, post_id, "This post was never heard here.")
            return WhyView(source, post_id, f"This post was erased on {gone.at:%Y-%m-%d} ({gone.why}).")
        found = conn.execute(
            select(mentions.c.id, mentions.c.case_id, fuses.c.rule.label("held_by"))
            .add_columns(*POST_COLUMNS, *MENTION_COLUMNS)
            .select_from(
                mentions.join(posts, posts.c.id == mentions.c.post_id)
                .outerjoin(people, people.c.id == posts.c.person_id)
                .outerjoin(
                    fuses, and_(fuses.c.id == mentions.c.held_by, mentions.c.held == mentions.c.revision)
                )
            )
            .where(mentions.c.post_id == row.id, mentions.c.present)
            .order_by(mentions.c.brand)
        ).all()
        views = tuple(
            MentionView(
                mention_of(m),
                tuple(
                    sorted(
                        decision_views(conn, mentions.c.id == m.id, latest=False),
                        key=lambda d: d.decided_at,
                        reverse=True,
                    )
                ),
                m.case_id,
            )
            for m in found
        )
    held = {mention.brand: mention.held_by for mention in found if mention.held_by is not None}
    return WhyView(source, post_id, _words(row, views, held), post_of(row), views)


def _words(row: Any, views: tuple[MentionView, ...], held: Mapping[str, str]) -> str:
    if row.kind == Kind.REPOST:
        return "A repost: it counts as an echo of the post it repeats."
    if row.context:
        return "Kept only to understand the posts that answer it."
    if row.analyzed < row.revision:
        return "Heard, and waiting to be understood."
    if not views:
        return "No brand is mentioned in it."
    said = []
    for view in views:
        if view.case_id is not None:
            said.append(f"It mentions {view.mention.brand} and is in case {view.case_id}.")
        elif view.mention.brand in held:
            rule = held[view.mention.brand]
            said.append(f'It mentions {view.mention.brand} and waits: the fuse stopped the rule "{rule}".')
        elif not view.decisions:
            said.append(f"It mentions {view.mention.brand} and waits to be routed.")
        else:
            because = "; ".join(reason.saw for reason in view.decisions[0].reasons if reason.saw)
            said.append(
                f"It mentions {view.mention.brand} and was dismissed: {because or 'no rule wanted it'}."
            )
    return " ".join(said)


def dismissed(
    db: Database, *, brand: str | None = None, limit: int = 50, after: str | None = None
) -> DismissedPage:
    """Mentions that were not routed, newest first. Raises ValueError for a bad `after`."""
    which = [mentions.c.outcome == "dismiss", mentions.c.present, mentions.c.case_id.is_(None)]
    if brand is not None:
        which.append(mentions.c.brand == brand)
    page = (
        select(mentions.c.id.label("pk"), mentions.c.posted_at, *POST_COLUMNS, *MENTION_COLUMNS)
        .add_columns(decisions.c.reasons, decisions.c.decided_at)
        .select_from(
            mentions.join(posts, posts.c.id == mentions.c.post_id)
            .outerjoin(people, people.c.id == posts.c.person_id)
            .outerjoin(
                decisions,
                and_(decisions.c.mention_id == mentions.c.id, decisions.c.revision == mentions.c.decided),
            )
        )
        .where(*which)
    )
    if after is not None:
        try:
            stamp, pk = after.split("~")
            when, number = places.moment(stamp), places.number(pk)
        except ValueError as error:
            raise ValueError("this is no place in the list; start from the first page") from error
        same = and_(mentions.c.posted_at == when, mentions.c.id < number)
        page = page.where(or_(mentions.c.posted_at < when, same))
    page = page.order_by(mentions.c.posted_at.desc(), mentions.c.id.desc()).limit(limit + 1)
    with db.read() as conn:
        total = conn.scalar(select(func.count()).select_from(mentions).where(*which)) or 0
        found = conn.execute(page).all()
    rows = tuple(
        DismissedRow(
            source=r.source,
            post_id=r.native_id,
            brand=r.brand,
            handle=r.author_handle or "",
            text=r.text,
            title=r.title,
            url=r.url,
            created_at=r.created_at,
            complaint=r.complaint,
            severity=r.severity,
            language=r.mention_language,
            reasons=reasons_in(r.reasons or []),
            decided_at=r.decided_at,
        )
        for r in found[:limit]
    )
    more = f"{found[limit - 1].posted_at.isoformat()}~{found[limit - 1].pk}" if len(found) > limit else None
    return DismissedPage(rows, total, more)


def statistics(db: Database) -> dict[str, Any]:
    """Sums for closing tables.

    {"listeners": {name: {items, posts, revised, deleted, set_aside, why_set_aside, mentions,
    complaints, cases, gaps, cost}}, "total": {...}, "waiting": {"analyze": n, "route": n, "held": n}}.
    Posts, mentions and cases count with the listener that heard the post first.
    """
    keys = ("items", "posts", "reposts", "deleted", "set_aside", "mentions", "complaints", "cases", "gaps")
    table: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    cost: Counter[str] = Counter()
    with db.read() as conn:
        for r in conn.execute(
            select(
                polls.c.listener,
                *(func.sum(polls.c[n]).label(n) for n in ("items", "set_aside", "gaps", "cost")),
            )
            .group_by(polls.c.listener)
            .order_by(polls.c.listener)
        ):
            table[r.listener] = Counter(items=int(r.items), set_aside=int(r.set_aside), gaps=int(r.gaps))
            cost[r.listener] = r.cost
        counted = (
            ("posts", select(posts.c.listener, func.count()).where(posts.c.context.is_(False))),
            ("reposts", select(posts.c.listener, func.count()).where(posts.c.kind == Kind.REPOST.value)),
            ("deleted", select(posts.c.listener, func.count()).where(posts.c.deleted_at.is_not(None))),
            ("mentions", _mentioned().where(mentions.c.present)),
            ("complaints", _mentioned().where(mentions.c.present, mentions.c.is_complaint)),
            ("cases", _mentioned().join(cases, cases.c.mention_id == mentions.c.id)),
        )
        for name, statement in counted:
            for listener, count in conn.execute(statement.group_by(posts.c.listener)):
                table.setdefault(listener, Counter())[name] = count
        aside = select(set_asides.c.listener, set_asides.c.why, func.count())
        for listener, said, count in conn.execute(aside.group_by(set_asides.c.listener, set_asides.c.why)):
            reasons.setdefault(listener, Counter())[said] = count
        undecided = mentions.c.decided < mentions.c.revision
        held = mentions.c.held == mentions.c.revision
        waiting = {
            "analyze": conn.scalar(select(func.count()).where(posts.c.analyzed < posts.c.revision)),
            "route": conn.scalar(select(func.count()).where(undecided, ~held)),
            "held": conn.scalar(select(func.count()).where(undecided, held)),
        }
    rows = {
        name: {key: counts[key] for key in keys}
        | {"cost": cost[name], "why_set_aside": dict(reasons.get(name, {}))}
        for name, counts in sorted(table.items())
    }
    total = {key: sum(counts[key] for counts in table.values()) for key in keys}
    return {"listeners": rows, "total": total | {"cost": sum(cost.values())}, "waiting": waiting}


def _mentioned() -> Any:
    return select(posts.c.listener, func.count()).select_from(
        posts.join(mentions, mentions.c.post_id == posts.c.id)
    )
