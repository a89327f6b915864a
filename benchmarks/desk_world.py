"""A desk's database of years, made in minutes: bulk rows straight into the ledger's tables and the index.

Everything is made up and the same every time: people, what they said, what was decided, what responders
did, and which messages other systems were told. Tests compare a small one with what the pipeline writes.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from earnest.ledger import Ledger
from earnest.search.document import Document
from earnest.search.home import open_index
from nlp.mention import Severity

BRAND = "Larkspur"
QUEUES = (("support", 60), ("questions", 20), ("languages", 15), ("urgent", 5))
TEXTS = 20_000  # different ones; each post adds a number of its own
AT_ONCE = 20_000  # rows of one statement
DAYS = 400  # how far back it reaches
ANSWERED = 8  # every so many cases heard the brand's own word in public
AGAIN = 8  # in every so many the person spoke twice

_WORDS = """
the my is has been down again and nobody calls back hub router internet tv box bill billing refund
engineer appointment cancelled slow outage price contract no since this morning three days please help
speed wifi password email app stream charged twice never again thanks waiting on hold hour you they
"""


@dataclass(frozen=True, slots=True)
class World:
    """How large: cases in all, and how many of them are open. now: the end of its time, UTC."""

    cases: int
    open: int
    now: datetime

    @property
    def people(self) -> int:
        """Who speaks: each has two or three cases over the years."""
        return max(1, self.cases * 2 // 5)


def seed(
    url: str,
    world: World,
    data_dir: Path | None = None,
    *,
    told: Callable[[str], None] = lambda _: None,
) -> None:
    """Fill the empty ledger at `url`, and its embedded index unless `data_dir` is None.

    data_dir: where the index lies that stands beside a PostgreSQL. told: what is filled just now. On
    PostgreSQL the role must be a superuser, as foreign keys are not looked at meanwhile.
    """
    Ledger.open(url).close()
    where = make_url(url)
    made = _Made(world, where.get_backend_name() == "sqlite")
    if made.sqlite:
        _fill_sqlite(str(where.database), made, told)
    else:
        _fill_postgres(where.set(drivername="postgresql").render_as_string(hide_password=False), made, told)
    if data_dir is None:
        return
    told("search")
    with Ledger.open(url) as ledger:
        index, documents = open_index(ledger, data_dir, environ={}), made.documents()
        while some := list(islice(documents, AT_ONCE)):
            index.upsert(some)


def _fill_sqlite(file: str, made: _Made, told: Callable[[str], None]) -> None:
    """Without care for a power cut."""
    conn = sqlite3.connect(file)
    try:
        for setting in ("journal_mode=WAL", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
            conn.execute(f"PRAGMA {setting}")
        for table, columns, rows in made.tables():
            told(table)
            marks = ", ".join("?" for _ in columns.split(","))
            statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
            while some := list(islice(rows, AT_ONCE)):
                conn.executemany(statement, some)
            conn.commit()
    finally:
        conn.close()


def _fill_postgres(url: str, made: _Made, told: Callable[[str], None]) -> None:
    import psycopg  # noqa: PLC0415 (an extra; not everyone has it)

    for table, columns, rows in made.tables():
        told(table)
        with psycopg.connect(url) as conn, conn.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
            if columns.startswith("id,"):
                numbers = f"pg_get_serial_sequence('{table}', 'id')"
                cursor.execute(f"SELECT setval({numbers}, max(id)) FROM {table}".encode())
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")


@dataclass(frozen=True, slots=True)
class _Said:
    """One post: its number, its case's number, and who speaks (None: the brand)."""

    pk: int
    case: int
    person: int | None
    at: datetime


class _Made:
    """The rows of every table, in the order of their keys."""

    def __init__(self, world: World, sqlite: bool) -> None:
        self.world = world
        self.sqlite = sqlite
        chance = random.Random(7)
        rare = [f"word{n}" for n in range(5_000)]
        words = [*_WORDS.split(), *rare]
        weights = list(accumulate(1 / (rank + 1) for rank in range(len(words))))
        self.texts = [
            f"{BRAND} {' '.join(chance.choices(words, cum_weights=weights, k=chance.randint(6, 40)))}"
            for _ in range(TEXTS)
        ]
        self.queues = [name for name, share in QUEUES for _ in range(share)]

    # ── what is so of a case, from its number alone ──

    def _dice(self, case: int, sides: int, salt: int = 0) -> int:
        """A number below `sides` that belongs to this case."""
        return ((case * 2654435761 + salt * 40503 + 12345) >> 7) % sides

    def _is_open(self, case: int) -> bool:
        """Nine of ten open cases are the newest ones, the others lie anywhere."""
        recent = self.world.open * 9 // 10
        old = self.world.cases - recent
        if case > old:
            return True
        left = self.world.open - recent
        return left > 0 and case % max(1, old // left) == 0 and case // max(1, old // left) <= left

    def _at(self, case: int) -> datetime:
        share = case / self.world.cases
        return self.world.now - timedelta(days=DAYS) * (1 - share)

    def _state(self, case: int) -> str:
        dice = self._dice(case, 100, 1)
        if not self._is_open(case):
            return "resolved" if dice < 62 else "dismissed"
        if dice < 80:
            return "new"
        return "waiting_person" if dice < 88 else "waiting_inside" if dice < 92 else "snoozed"

    def _person(self, case: int) -> int:
        return case * 7919 % self.world.people + 1

    def _due(self, case: int, state: str) -> datetime | None:
        """Of an open case: two of five are late."""
        if not self._is_open(case) or state == "waiting_person":
            return None
        return self.world.now + timedelta(minutes=self._dice(case, 4800, 2) - 1920)

    def _said(self) -> Iterator[_Said]:
        cases = self.world.cases
        for case in range(1, cases + 1):
            yield _Said(case, case, self._person(case), self._at(case))
        for more, case in enumerate(range(AGAIN, cases + 1, AGAIN), cases + 1):
            yield _Said(more, case, self._person(case), self._at(case) + timedelta(minutes=20))
        own = cases + cases // AGAIN
        for more, case in enumerate(range(ANSWERED - 1, cases + 1, ANSWERED), own + 1):
            yield _Said(more, case, None, self._at(case) + timedelta(minutes=40))

    def _text(self, said: _Said) -> str:
        return f"{self.texts[self._dice(said.pk, TEXTS, 3)]} {20_000_000 + said.pk}"

    # ── rows ──

    def _when(self, at: datetime | None) -> str | None:
        if at is None:
            return None
        text = at.isoformat(" ", "microseconds")
        return text.removesuffix("+00:00") if self.sqlite else text

    def tables(self) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
        """(table, columns, rows) of the ledger, parents first."""
        yield "person", "id, source, native_id, handle, name", self._people()
        yield (
            "post",
            "id, source, native_id, kind, text, url, language, created_at, person_id, conversation, "
            "network_revision, analyzed, listener, query, heard_at",
            self._posts(),
        )
        yield (
            "mention",
            "id, post_id, brand, document, post_revision, source, conversation, person_id, posted_at, spans, "
            "confidence, language, own_voice, judged, complaint, is_complaint, severity, urgency, asks_help, "
            "actionable, topics, stakes, evidence, model, decided, outcome, case_id, index_version",
            self._mentions(),
        )
        yield (
            "decision",
            "id, mention_id, revision, outcome, queue, priority, due, skills, reasons, rules, decided_at",
            self._decisions(),
        )
        yield (
            "cases",
            "id, brand, person_id, source, conversation, state, is_open, queue, priority, due, due_left, "
            "rule, mention_id, owner, version, opened_at, waiting_since, last_post_at, snoozed_until, "
            "closed_at, closed_reason, language, severity, urgency, topics",
            self._cases(),
        )
        yield "case_post", "case_id, post_id, added_at", self._case_posts()
        yield (
            "case_event",
            "id, case_id, at, who, action, before_state, after_state, before, after, reason",
            self._events(),
        )
        yield "outbox", "id, key, topic, case_id, at, due", self._outbox()

    def _people(self) -> Iterator[tuple[Any, ...]]:
        own = self.world.people + 1
        for pk in range(1, self.world.people + 1):
            yield pk, "x", f"n{pk:09}", f"person{pk}", f"Person {pk}"
        yield own, "x", "n-brand", "LarkspurHelp", "Larkspur Help"

    def _posts(self) -> Iterator[tuple[Any, ...]]:
        for said in self._said():
            at, person = self._when(said.at), said.person or self.world.people + 1
            kind, native = "post" if said.pk == said.case else "reply", str(10**18 + said.pk)
            url, place = f"https://x.example/{said.pk}", f"c{said.case:09}"
            yield (
                said.pk, "x", native, kind, self._text(said), url, "en", at, person, place, "1", 1,
                "x", "all", at,
            )  # fmt: skip

    def _mentions(self) -> Iterator[tuple[Any, ...]]:
        for said in self._said():
            own = said.person is None
            document = self._document(said)
            topics = json.dumps(list(document.topics))
            evidence = json.dumps([[0, 8, "complaint", 1.5, "text"]] if not own else [])
            yield (
                said.pk, said.pk, BRAND, document.id, 1, "x", f"c{said.case:09}",
                said.person or self.world.people + 1, self._when(said.at),
                json.dumps([[0, 8, "name", "text"]]), 1.0, "en", own, not own,
                document.complaint, not own, Severity[document.severity.upper()].value, document.urgency,
                False, None if own else 0.5, topics, "[]", evidence, "" if own else "made up", 1,
                "dismiss" if own else "route", None if own else said.case, document.version,
            )  # fmt: skip

    def _decisions(self) -> Iterator[tuple[Any, ...]]:
        reasons = [
            {"rule": "complaint", "saw": "severity accusation", "weight": 300},
            {"rule": "complaint", "saw": "help can be given", "weight": 50},
            {"rule": "complaint", "saw": "urgency 1", "weight": 40},
        ]
        told, own_told = (
            json.dumps(reasons),
            json.dumps([{"rule": "own voice", "saw": "the brand speaks", "weight": 0}]),
        )
        for said in self._said():
            own = said.person is None
            queue, priority = self._queue(said.case), self._priority(said.case)
            yield (
                said.pk, said.pk, 1, "dismiss" if own else "route", "" if own else queue,
                0 if own else priority, None, "[]", own_told if own else told, "made up",
                self._when(said.at),
            )  # fmt: skip

    def _queue(self, case: int) -> str:
        return self.queues[self._dice(case, len(self.queues), 4)]

    def _priority(self, case: int) -> int:
        return self._dice(case, 80, 5) * 10

    def _cases(self) -> Iterator[tuple[Any, ...]]:
        for case in range(1, self.world.cases + 1):
            state, opened = self._state(case), self._at(case)
            is_open = self._is_open(case)
            closed = None if is_open else opened + timedelta(hours=5)
            asleep = state == "snoozed"
            until = self.world.now + timedelta(hours=2 + self._dice(case, 70, 6)) if asleep else None
            owner = None if state == "new" else f"r{self._dice(case, 20, 7)}"
            said = self._document(_Said(case, case, self._person(case), opened))
            yield (
                case, BRAND, self._person(case), "x", f"c{case:09}", state, is_open, self._queue(case),
                self._priority(case), self._when(self._due(case, state)),
                100.0 if state == "waiting_person" else None, "complaints", case, owner,
                1 if state == "new" else 3, self._when(opened), self._when(opened), self._when(opened),
                self._when(until), self._when(closed), "" if is_open else "other",
                "en", Severity[said.severity.upper()].value, said.urgency, json.dumps(list(said.topics)),
            )  # fmt: skip

    def _case_posts(self) -> Iterator[tuple[Any, ...]]:
        for said in sorted(
            (said for said in self._said() if said.person is not None), key=lambda said: (said.case, said.pk)
        ):
            yield said.case, said.pk, self._when(said.at)

    def _events(self) -> Iterator[tuple[Any, ...]]:
        action_of = {
            "resolved": "resolve",
            "dismissed": "dismiss",
            "waiting_person": "wait_person",
            "waiting_inside": "wait_inside",
            "snoozed": "snooze",
        }
        pk = 0
        for case in range(1, self.world.cases + 1):
            state, at = self._state(case), self._at(case)
            steps = [("earnest", "open", "new", "new", "")]
            if state != "new":
                who = f"r{self._dice(case, 20, 7)}"
                reason = "other" if state == "dismissed" else ""
                steps += [
                    (who, "take", "new", "assigned", ""),
                    (who, action_of[state], "assigned", state, reason),
                ]
            for hours, (who, action, before, after, reason) in enumerate(steps):
                pk += 1
                was, became = json.dumps({"state": before}), json.dumps({"state": after})
                when = self._when(at + timedelta(hours=hours))
                yield pk, case, when, who, action, before, after, was, became, reason

    def _outbox(self) -> Iterator[tuple[Any, ...]]:
        pk = 0
        for case in range(1, self.world.cases + 1):
            due = self._due(case, self._state(case))
            if due is not None and due <= self.world.now:
                pk += 1
                when = self._when(due)
                yield pk, f"{case:032}", "overdue", case, when, when

    # ── search ──

    def _document(self, said: _Said) -> Document:
        own = said.person is None
        level = "none" if own else ("no_reproach", "disapproval", "accusation", "blame")[said.case % 4]
        return Document(
            source="x",
            post_id=str(10**18 + said.pk),
            brand=BRAND,
            version=1,
            text=self._text(said),
            created_at=said.at,
            url=f"https://x.example/{said.pk}",
            author="LarkspurHelp" if own else f"person{said.person}",
            language="en",
            topics=() if own else (("outage", "billing", "service", "price")[self._dice(said.pk, 4, 8)],),
            severity=level,
            urgency=0 if own else self._dice(said.pk, 2, 9),
            complaint=None if own else 0.875,
            is_complaint=not own,
            own_voice=own,
            kind="post" if said.pk == said.case else "reply",
            status="dismissed" if own else self._state(said.case),
            queue="" if own else self._queue(said.case),
            priority=0 if own else self._priority(said.case),
            case_id=None if own else said.case,
        )

    def documents(self) -> Iterator[Document]:
        """Everything that search holds."""
        return (self._document(said) for said in self._said())
