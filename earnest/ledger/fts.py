"""The embedded mentions index: SQLite FTS5 in the ledger's own file.

Two tables: `mention_document` holds what a result shows, `mention_tokens` the FTS5 tokens of text and
fields. A document's number grows with the time its post was written, so that the newest of a million
are found without looking at the others. FTS5 splits on whitespace alone here, because tokens were made
in Python; every value travels as a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from earnest.ledger.fts_query import EVERY, FURTHEST, ROOM, Plan, keyword, place, plan
from earnest.search.document import Document
from earnest.search.index import After
from earnest.search.tokens import BARRIER
from earnest.search.tree import Node

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS mention_document (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        stored TEXT NOT NULL)""",
    """CREATE VIRTUAL TABLE IF NOT EXISTS mention_tokens USING fts5 (
        tokens, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")""",
)

_FIRST_KEPT = f"""
CREATE TABLE mention_moved AS SELECT number AS was, (
    max(-{FURTHEST}, min({FURTHEST}, strftime('%s', created_at) * 1000 + substr(created_at, 21, 3)))
    * {ROOM}
    + row_number() OVER (PARTITION BY strftime('%s', created_at), substr(created_at, 21, 3) ORDER BY id) - 1
) AS number FROM mention_document;
CREATE TABLE mention_words AS SELECT moved.number, tokens || ' {BARRIER} {EVERY} ' || (
    SELECT group_concat('=' || field || '=' || replace(value, ' ', '␠'), ' ')
    FROM mention_keyword WHERE mention_keyword.number = moved.was
) AS tokens FROM mention_moved AS moved JOIN mention_tokens ON mention_tokens.rowid = moved.was;
ALTER TABLE mention_document RENAME TO mention_document_before;
DROP TABLE mention_keyword;
DROP TABLE mention_tokens;
{_SCHEMA[0]};
{_SCHEMA[1]};
INSERT INTO mention_document (number, id, version, created_at, stored)
    SELECT moved.number, id, version, created_at, stored
    FROM mention_moved AS moved JOIN mention_document_before AS before ON before.number = moved.was
    ORDER BY moved.number;
INSERT INTO mention_tokens (rowid, tokens) SELECT number, tokens FROM mention_words ORDER BY number;
DROP TABLE mention_document_before;
DROP TABLE mention_moved;
DROP TABLE mention_words
"""  # noqa: S608 (pieces from these pages)
"""From the tables as they first were: numbered as documents came, with keywords in a table of their own."""


class FtsTables:
    """Reads and writes the embedded index. Every write is one transaction."""

    def __init__(self, engine: Engine) -> None:
        """Make the tables where they are missing."""
        self._engine = engine
        # Writers begin at once as writers (BEGIN IMMEDIATE on the ledger's engine): a transaction that
        # reads first would find out too late that somebody else is writing.
        self._writing = engine.execution_options(earnest_write=True)
        first = "SELECT count(*) FROM sqlite_master WHERE name = 'mention_keyword'"
        with self._writing.begin() as connection:
            if connection.execute(text(first)).scalar_one():
                for statement in _FIRST_KEPT.split(";\n"):
                    connection.exec_driver_sql(statement)
            for statement in _SCHEMA:
                connection.execute(text(statement))

    def upsert(self, documents: Iterable[Document]) -> None:
        """Write documents whose version is not older than what is held."""
        newest: dict[str, Document] = {}
        for document in documents:
            held = newest.get(document.id)
            if held is None or document.version >= held.version:
                newest[document.id] = document
        if not newest:
            return
        with self._writing.begin() as connection:
            versions = self._held(connection, list(newest))
            fresh = [d for d in newest.values() if d.version >= versions.get(d.id, (0, 0))[1]]
            known = {d.id: versions[d.id][0] for d in fresh if d.id in versions}
            self._erase(connection, list(known.values()))
            if fresh:
                self._insert(connection, fresh, known)

    def delete(self, ids: Iterable[str]) -> None:
        """Erase documents; their tokens are overwritten, not only unlinked."""
        wanted = list(ids)
        if not wanted:
            return
        with self._writing.begin() as connection:
            numbers = [number for number, _ in self._held(connection, wanted).values()]
            if not numbers:
                return
            self._erase(connection, numbers)
            # A deleted row's tokens stay in FTS5's segments until they are merged.
            connection.execute(text("INSERT INTO mention_tokens (mention_tokens) VALUES ('optimize')"))

    def clear(self) -> None:
        """Erase every document."""
        with self._writing.begin() as connection:
            for table in ("mention_document", "mention_tokens"):
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names from the line above)
            connection.execute(text("INSERT INTO mention_tokens (mention_tokens) VALUES ('optimize')"))

    def search(self, node: Node, limit: int, after: After | None) -> list[Document]:
        """Documents that match, newest first, then by id; `after` is exclusive."""
        made = plan(node)
        if after is not None:
            top = place(after[0]) + ROOM
            made.high = top if made.high is None else min(made.high, top)
        with self._engine.connect() as connection:
            found = _newest(connection, made, after, limit)
            if (
                len(found) == limit
            ):  # the others of the last one's millisecond may come before it by their ids
                made.high = int(found[-1].number)
                made.low = max(made.high // ROOM * ROOM, -FURTHEST * ROOM if made.low is None else made.low)
                found += _newest(connection, made, after, -1)
        found.sort(key=lambda row: (row.created_at, row.id), reverse=True)
        return [Document.from_stored(json.loads(row.stored)) for row in found[:limit]]

    def count(self, node: Node, most: int = -1) -> int:
        """How many documents match; counted up to `most` where that is not negative."""
        source, conditions, values = _source(plan(node))
        inner = f"SELECT 1 FROM {source} WHERE {conditions} LIMIT :most"  # noqa: S608 (values are bound)
        with self._engine.connect() as connection:
            counted = text(f"SELECT count(*) FROM ({inner})")  # noqa: S608
            return int(connection.execute(counted, values | {"most": most}).scalar_one())

    def _held(self, connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        rows = connection.execute(
            text(
                "SELECT id, number, version FROM mention_document "
                "WHERE id IN (SELECT value FROM json_each(:ids))"
            ),
            {"ids": json.dumps(ids)},
        )
        return {row.id: (row.number, row.version) for row in rows}

    def _erase(self, connection: Connection, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        rows = [{"number": number} for number in numbers]
        connection.execute(text("DELETE FROM mention_tokens WHERE rowid = :number"), rows)
        connection.execute(text("DELETE FROM mention_document WHERE number = :number"), rows)

    def _insert(
        self, connection: Connection, documents: Sequence[Document], known: Mapping[str, int]
    ) -> None:
        """Write documents; those that are `known` keep their numbers, if they are still of that time."""
        numbered: dict[int, Document] = {}
        for document in documents:
            number, first = known.get(document.id), place(document.created_at)
            if number is None or not first <= number < first + ROOM or number in numbered:
                number = self._free(connection, first, numbered)
            numbered[number] = document
        connection.execute(
            text(
                "INSERT INTO mention_document (number, id, version, created_at, stored) "
                "VALUES (:number, :id, :version, :created_at, :stored)"
            ),
            [
                {
                    "number": number,
                    "id": document.id,
                    "version": document.version,
                    "created_at": _sortable(document.created_at),
                    "stored": json.dumps(document.stored(), ensure_ascii=False),
                }
                for number, document in numbered.items()
            ],
        )
        connection.execute(
            text("INSERT INTO mention_tokens (rowid, tokens) VALUES (:number, :tokens)"),
            [{"number": number, "tokens": _tokens(document)} for number, document in numbered.items()],
        )

    def _free(self, connection: Connection, first: int, taken: Container[int]) -> int:
        """The number after the last one from `first` on that is held."""
        last = "SELECT max(number) FROM mention_document WHERE number >= :first AND number < :end"
        held = connection.execute(text(last), {"first": first, "end": first + ROOM}).scalar_one()
        number = first if held is None else int(held) + 1
        while number in taken:
            number += 1
        return number


def _tokens(document: Document) -> str:
    """Every token of a document: of its words, then of its fields."""
    fields = [keyword(name, value) for name, values in document.keywords().items() for value in values]
    return " ".join((document.token_text(), BARRIER, EVERY, *fields))


def _newest(connection: Connection, made: Plan, after: After | None, limit: int) -> list[Any]:
    """The rows with the greatest numbers; all where `limit` is negative."""
    source, conditions, values = _source(made)
    if made.match:
        source += " CROSS JOIN mention_document AS d ON d.number = t.rowid"
    if after is not None:
        conditions += " AND (d.created_at, d.id) < (:after_time, :after_id)"
        values |= {"after_time": _sortable(after[0]), "after_id": after[1]}
    statement = (
        f"SELECT d.number, d.created_at, d.id, d.stored FROM {source} WHERE {conditions} "  # noqa: S608 (values are bound)
        f"ORDER BY {'t.rowid' if made.match else 'd.number'} DESC LIMIT :limit"
    )
    return list(connection.execute(text(statement), values | {"limit": limit}))


def _source(made: Plan) -> tuple[str, str, dict[str, Any]]:
    """From which table, under which conditions, with which values."""
    source, number = (
        ("mention_tokens AS t", "t.rowid") if made.match else ("mention_document AS d", "d.number")
    )
    conditions, values = [made.rest] if made.rest else [], dict(made.values)
    if made.match:
        conditions.append("t.mention_tokens MATCH :match")
        values["match"] = made.match
    for sign, name, bound in ((">=", "low", made.low), ("<", "high", made.high)):
        if bound is not None:
            conditions.append(f"{number} {sign} :{name}")
            values[name] = bound
    return source, " AND ".join(f"({one})" for one in conditions) or "1", values


def _sortable(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds")
