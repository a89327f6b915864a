"""The ledger: the one durable store. What it can do, in the order in which a post passes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine

from earnest.ledger import (
    cases,
    coverage,
    desk,
    erasure,
    fuses,
    indexing,
    intake,
    keeping,
    news,
    past,
    persons,
    polls,
    quarantine,
    reading,
    routing,
    schema,
    understanding,
)
from earnest.ledger.canonical import canonical
from earnest.ledger.coverage import HeardByPoll, Hole, HourOfPolls
from earnest.ledger.database import Database
from earnest.ledger.doors import Doors
from earnest.ledger.errors import LedgerError
from earnest.ledger.quarantine import AsideView
from earnest.ledger.rule_views import FuseView, PastDecision
from earnest.ledger.tombstones import Tombstones
from earnest.ledger.views import (
    CaseView,
    Claim,
    DismissedPage,
    IndexWork,
    Intake,
    MentionWork,
    PersonView,
    PostWork,
    QueuePage,
    QueueQuery,
    Receipt,
    Routed,
    SourceStatus,
    WhyView,
)
from listeners.listener import Batch, Clock, ListenError, State, utcnow
from nlp.mention import Mention
from routing.case import Action
from routing.decision import Decision
from routing.rules import Rules
from routing.sleep import Until


class Ledger:
    """Open one with `Ledger.open`; it is safe to use from several threads, and several processes may
    have the same database open. Methods raise LedgerError where the database fails (disk full,
    locked for too long, unreachable), with the mend; nothing is half written.
    """

    def __init__(self, database: Database) -> None:
        """Stand on a database whose tables are up to date; see `open`."""
        self._db = database
        self._tombstones = Tombstones(database)
        self._doors = Doors(database)

    @classmethod
    def open(cls, url: str, *, clock: Clock = utcnow, rules: Rules | None = None) -> Ledger:
        """Open (make, migrate) the ledger at a SQLAlchemy URL; rules: for due times. Raises LedgerError."""
        database = Database(url, clock=clock, rules=rules)
        try:
            file = database.parsed.database
            if database.sqlite and file and file != ":memory:":
                try:
                    Path(file).parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise LedgerError(f"the folder of {file} cannot be made: {error.strerror}") from error
            with database.read() as conn:
                ready = schema.current(conn) == schema.HEAD
            if not ready:
                with database.write(durable=True) as conn:
                    schema.upgrade(conn, database.name)
            return cls(database)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the database."""
        self.close()

    @property
    def url(self) -> str:
        """The address, without a password."""
        return self._db.name

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for what lives in the same file (the embedded search)."""
        return self._db.engine

    @property
    def database(self) -> Database:
        """Transactions on the ledger's database: `read()` and `write()`."""
        return self._db

    @property
    def clock(self) -> Clock:
        """The clock all times of the ledger come from."""
        return self._db.clock

    @property
    def doors(self) -> Doors:
        """Who may come to the desk, who is there, and the audit of it."""
        return self._doors

    # ── listening ──

    def state(self, listener: str, query: str) -> State:
        """The cursor of a query; {} where it was never polled."""
        return polls.state(self._db, listener, query)

    def commit_batch(self, listener: str, batch: Batch, *, query: str, source: str) -> Intake:
        """Store a batch's posts, deletions, gaps, broken items and next cursor in one transaction."""
        return intake.commit_batch(self._db, self._tombstones, listener, batch, query=query, source=source)

    def poll_started(self, listener: str, source: str, query: str) -> None:
        """Note that a poll begins."""
        polls.started(self._db, listener, source, query)

    def poll_ended(
        self, listener: str, query: str, *, error: ListenError | None, next_poll: datetime | None
    ) -> None:
        """Note how a poll ended and when the next one is due."""
        polls.ended(self._db, listener, query, error=error, next_poll=next_poll)

    def spent(self, listener: str, since: datetime, query: str | None = None) -> float:
        """Dollars that a source has cost since then: one query of it, or all together."""
        return polls.spent(self._db, listener, since, query)

    def statuses(self) -> list[SourceStatus]:
        """How every query of every source is doing."""
        return polls.statuses(self._db)

    def polls_by_hour(self, since: datetime) -> Iterator[HourOfPolls]:
        """Every hour since then in which a query was polled, by listener, query and hour."""
        return coverage.polls_by_hour(self._db, since)

    def heard_by_poll(self, since: datetime) -> Iterator[HeardByPoll]:
        """Polls since then that ended well and brought posts, and the first and last of each query."""
        return coverage.heard_by_poll(self._db, since)

    def holes(self, since: datetime) -> Iterator[Hole]:
        """Gaps that reach into the time since then, by listener and query."""
        return coverage.holes(self._db, since)

    # ── understanding ──

    def posts_to_analyze(self, limit: int = 256, shard: tuple[int, int] | None = None) -> list[PostWork]:
        """The oldest posts whose present revision was not understood yet; shard: (which, of how many)."""
        return understanding.to_analyze(self._db, limit, shard)

    def record_mentions(self, done: Sequence[tuple[PostWork, tuple[Mention, ...]]]) -> int:
        """Store what was understood and mark the posts; returns mentions stored. Late results are dropped."""
        return understanding.record(self._db, done)

    def set_post_aside(self, work: PostWork, why: str) -> None:
        """Give a post up that cannot be understood at this revision, with the reason."""
        understanding.set_aside(self._db, work, why)

    # ── routing ──

    def mentions_to_route(self, limit: int = 256, shard: tuple[int, int] | None = None) -> list[MentionWork]:
        """The oldest mentions not decided yet. May be shorter than `limit`; empty: done."""
        return routing.to_route(self._db, limit, shard)

    def record_decisions(
        self,
        done: Sequence[tuple[MentionWork, Decision]],
        *,
        reopen: timedelta = routing.REOPEN,
        fuse_of: fuses.FuseOf | None = None,
    ) -> Routed:
        """Store decisions and open, extend or reopen their cases, in one transaction.

        reopen: how long after closing a new post opens a case again. fuse_of: each rule's fuse, if any.
        """
        return routing.record(self._db, done, reopen, fuse_of)

    def past(self, since: datetime) -> Iterator[PastDecision]:
        """The latest decisions on mentions written since then, person by person; see ledger.past."""
        return past.past(self._db, since)

    def past_count(self, since: datetime) -> int:
        """How many `past` tells."""
        return past.how_many(self._db, since)

    def blown_fuses(self) -> list[FuseView]:
        """The rules that were stopped since they would open too many cases, and how much each holds."""
        return fuses.blown(self._db)

    def lift_fuse(self, rule: str, *, who: str) -> int | None:
        """Let through what a stopped rule holds; how many mentions, None where it is not stopped."""
        return fuses.lift(self._db, rule, who=who)

    def renew_fuses(self, rules: Rules) -> int:
        """Lift what blew under other rules than these; returns how many mentions were held."""
        return fuses.renew(self._db, rules)

    # ── search ──

    def documents_to_index(self, limit: int = 500) -> list[IndexWork]:
        """Documents to take in or delete, with their versions."""
        return indexing.to_index(self._db, limit)

    def mark_indexed(self, done: Sequence[IndexWork]) -> None:
        """Strike work that is done; what changed since stays to be done."""
        indexing.mark_indexed(self._db, done)

    def reindex(self) -> int:
        """Have everything indexed anew; returns how many documents that is."""
        return indexing.reindex(self._db)

    # ── the desk ──

    def queue(self, query: QueueQuery | None = None) -> QueuePage:
        """A page of cases: highest priority first, then who waits longest."""
        return cases.queue(self._db, query or QueueQuery())

    def case(self, case_id: int) -> CaseView:
        """Everything about a case. Raises NoSuchCase."""
        return cases.case_view(self._db, case_id)

    def claim_next(
        self,
        responder: str,
        *,
        queues: Sequence[str] | None = None,
        skills: Sequence[str] = (),
        lease_minutes: float = desk.LEASE_MINUTES,
    ) -> Claim | None:
        """Take the best free case, at once and alone; None where there is none."""
        return desk.claim_next(self._db, responder, queues=queues, skills=skills, lease_minutes=lease_minutes)

    def hold(
        self, case_id: int, *, responder: str, epoch: int, lease_minutes: float = desk.LEASE_MINUTES
    ) -> Claim:
        """The heartbeat of a claim. Raises Stale where the case is no longer theirs."""
        return desk.hold(self._db, case_id, responder=responder, epoch=epoch, lease_minutes=lease_minutes)

    def act(
        self,
        case_id: int,
        action: Action,
        *,
        responder: str,
        epoch: int | None,
        version: int,
        note: str = "",
        reason: str = "",
        until: datetime | None = None,
        to: str | None = None,
        into: int | None = None,
        sleep: Until = Until.TIME,
    ) -> CaseView:
        """One step of a case: see `desk.act`. Raises NoSuchCase, Stale, IllegalTransition or ValueError."""
        desk.act(
            self._db,
            case_id,
            action,
            responder=responder,
            epoch=epoch,
            version=version,
            note=note,
            reason=reason,
            until=until,
            to=to,
            into=into,
            sleep=sleep,
        )
        return self.case(case_id)

    def note(self, case_id: int, *, responder: str, note: str, version: int | None = None) -> CaseView:
        """Write a note on a case, whoever holds it. Raises NoSuchCase, ValueError for an empty one, Stale."""
        desk.remark(self._db, case_id, responder=responder, note=note, version=version)
        return self.case(case_id)

    def undo(self, case_id: int, *, responder: str, version: int) -> CaseView:
        """Take back this responder's last step, if nothing happened since."""
        desk.undo(self._db, case_id, responder=responder, version=version)
        return self.case(case_id)

    def wake(self) -> int:
        """Free cases whose lease ran out, wake those whose snooze ended; returns how many."""
        return desk.wake(self._db)

    def last_event(self) -> int:
        """The number of the latest event of any case, 0 before the first; one index read."""
        return news.last_event(self._db)

    def arrivals(self, query: QueueQuery, since: int) -> int:
        """How many cases that fit the query began to wait after event `since`."""
        return news.arrivals(self._db, cases.wanted(query), since)

    def dismissed(
        self, *, brand: str | None = None, limit: int = 50, after: str | None = None
    ) -> DismissedPage:
        """Mentions that were not routed, newest first, with the reasons."""
        return reading.dismissed(self._db, brand=brand, limit=limit, after=after)

    def why(self, source: str, post_id: str) -> WhyView:
        """What became of any post, and why."""
        return reading.why(self._db, self._tombstones, source, post_id)

    def label(self, source: str, post_id: str, brand: str, *, label: str, who: str) -> bool:
        """Keep a person's word on a mention, for the next training; False where we do not hold it."""
        return news.label(self._db, source, post_id, brand, label=label, who=who)

    def reconsider(self, source: str, post_id: str, brand: str) -> MentionWork | None:
        """A mention that is in no case, to be decided once more (then `record_decisions`)."""
        return news.reconsider(self._db, source, post_id, brand)

    def labels_on(self, source: str, post_id: str, brand: str) -> list[tuple[str, str]]:
        """What people said of a mention: (label, who), oldest first."""
        return news.labels_on(self._db, source, post_id, brand)

    def statistics(self) -> dict[str, Any]:
        """Sums per listener and in all, for closing tables; see reading.statistics."""
        return reading.statistics(self._db)

    # ── the person's own ──

    def person(self, person_id: int, *, most: int | None = persons.MOST) -> PersonView:
        """Everything held about a person; `most` of their posts, None: all. Raises persons.NoSuchPerson."""
        return persons.person_view(self._db, person_id, most=most)

    def forget(self, source: str, native_id: str) -> Receipt:
        """Erase a person everywhere; their posts are not taken in again."""
        return erasure.forget(self._db, self._tombstones, source, native_id)

    def leave_alone(self, source: str, native_id: str, *, left: bool = True) -> Receipt:
        """Note that a person asked to be left alone, or took that back."""
        return erasure.leave_alone(self._db, source, native_id, left=left)

    # ── what was set aside ──

    def set_asides(self, listener: str | None = None, *, after: int = 0, limit: int = 500) -> list[AsideView]:
        """Items that could not be read or understood, as they came; `after`: an id to go on from."""
        return quarantine.items(self._db, listener, after, limit)

    def settle_asides(self, done: Sequence[int], still: Sequence[int]) -> None:
        """Let go of items that were read after all, and note that the others were tried."""
        quarantine.settle(self._db, done, still)

    def understand_again(self, source: str, native_id: str) -> bool:
        """Put a post back to be understood; False where it is not held any more."""
        return quarantine.understand_again(self._db, source, native_id)

    # ── keeping faith with the networks ──

    def posts_to_recheck(self, source: str, before: datetime, limit: int = 1000) -> list[str]:
        """Native ids of posts that the network last had there before then, longest ago first."""
        return keeping.due(self._db, source, before, limit)

    def mark_checked(self, source: str, native_ids: Sequence[str]) -> None:
        """Note that the network was asked about these now."""
        keeping.checked(self._db, source, native_ids)

    def overdue(self, source: str, before: datetime) -> int:
        """How many posts the network was last asked about before then."""
        return keeping.overdue(self._db, source, before)

    def expire(self, source: str, before: datetime, limit: int = 1000) -> Receipt:
        """Erase posts first heard before then that no case needs, at most `limit`; see keeping.expire."""
        return keeping.expire(self._db, self._tombstones, source, before, limit)

    def canonical(self) -> str:
        """The ledger told by natural keys: equal text means equal ledgers, however the work was cut."""
        return canonical(self._db)
