"""What the embedded home does for size: rows in the order of time, counting so far, older tables kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, create_engine

from earnest.ledger.fts import FtsTables
from earnest.search.document import Document
from earnest.search.embedded import EmbeddedIndex
from earnest.search.query import parse
from earnest.search.tokens import document_tokens

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def document(n: int, when: datetime = NOON, brand: str = "Hub 4", version: int = 1) -> Document:
    """One of many."""
    return Document("x", str(n), brand, version, f"the router number {n} is down", when, status="new")


def walked(index: EmbeddedIndex, query: str, limit: int) -> list[str]:
    """The ids of every page, one after the other."""
    found: list[str] = []
    after = None
    while True:
        page = index.search(query, limit=limit, after=after)
        found += [one.id for one in page.documents]
        if page.next is None:
            return found
        after = page.next


def test_many_of_one_moment_come_once_each_in_the_order_of_their_ids() -> None:
    """Page by page, whichever order they were taken in."""
    index = EmbeddedIndex(create_engine("sqlite://"))
    many = [document(n, NOON + timedelta(microseconds=n // 10)) for n in range(40)]
    index.upsert(many[::2])
    index.upsert(many[1::2])
    newest = [one.id for one in sorted(many, key=lambda one: (one.created_at, one.id), reverse=True)]
    for query in ("router", "", "status:new NOT engineer", "date:2026-11-03"):
        assert walked(index, query, 7) == newest


def test_times_that_cannot_be_are_found_all_the_same() -> None:
    """Posts say they are of the year 1 or 9999."""
    index = EmbeddedIndex(create_engine("sqlite://"))
    odd = [
        datetime(1, 1, 2, tzinfo=UTC),
        NOON,
        datetime(9999, 1, 1, tzinfo=UTC),
        datetime(9998, 1, 1, tzinfo=UTC),
    ]
    index.upsert([document(n, when) for n, when in enumerate(odd)])
    assert [one.post_id for one in index.search("router", limit=3).documents] == ["2", "3", "1"]


def test_a_value_with_spaces_is_one_value() -> None:
    """A brand of two words is neither of them."""
    index = EmbeddedIndex(create_engine("sqlite://"))
    index.upsert([document(1)])
    assert [index.count(query) for query in ('brand:"Hub 4"', "brand:Hub", "brand:Hub*", "4")] == [1, 0, 1, 0]


def test_a_document_that_changes_keeps_its_place() -> None:
    """Its time is the same, its state another."""
    index = EmbeddedIndex(create_engine("sqlite://"))
    index.upsert([document(n) for n in range(3)])
    index.upsert([Document("x", "1", "Hub 4", 2, "all is well", NOON, status="resolved")])
    assert index.count("router") == 2
    assert [one.version for one in index.search("status:resolved").documents] == [2]


def test_counting_stops_where_it_is_told_to() -> None:
    """How many thousands there are is not worth a second."""
    tables = FtsTables(create_engine("sqlite://"))
    tables.upsert([document(n) for n in range(9)])
    assert [tables.count(parse("router"), most) for most in (5, 20, -1)] == [5, 9, 9]


def test_the_first_tables_are_taken_over() -> None:
    """An index of the first version answers as before, newest first."""
    engine = create_engine("sqlite://")
    many = [document(n, NOON - timedelta(minutes=n % 3)) for n in range(9)]
    _first(engine, many)
    index = EmbeddedIndex(engine)
    newest = [one.id for one in sorted(many, key=lambda one: (one.created_at, one.id), reverse=True)]
    for query in ("router", "", 'brand:"hub 4"', "date:2026-11-03"):
        assert walked(index, query, 4) == newest
    EmbeddedIndex(engine).upsert([document(3, NOON, version=2)])
    assert index.count("router") == 9


def _first(engine: Engine, documents: list[Document]) -> None:
    """The tables as the first version wrote them."""
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE mention_document (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
            "version INTEGER NOT NULL, created_at TEXT NOT NULL, stored TEXT NOT NULL)",
            "CREATE TABLE mention_keyword (field TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL "
            "REFERENCES mention_document (number) ON DELETE CASCADE, "
            "PRIMARY KEY (field, value, number)) WITHOUT ROWID",
            "CREATE VIRTUAL TABLE mention_tokens USING fts5 (tokens)",
        ):
            connection.exec_driver_sql(statement)
        for number, one in enumerate(documents, 1):
            when = one.created_at.isoformat(timespec="microseconds")
            row = number, one.id, one.version, when, json.dumps(one.stored())
            connection.exec_driver_sql("INSERT INTO mention_document VALUES (?, ?, ?, ?, ?)", row)
            words = number, document_tokens(one.title, one.text)
            connection.exec_driver_sql("INSERT INTO mention_tokens (rowid, tokens) VALUES (?, ?)", words)
            for field, values in one.keywords().items():
                for value in values:
                    keyword = field, value, number
                    connection.exec_driver_sql("INSERT INTO mention_keyword VALUES (?, ?, ?)", keyword)
