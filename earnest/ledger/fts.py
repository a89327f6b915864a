"""The embedded mentions index: SQLite FTS5 in the ledger's own file.

Two tables: `mention_document` holds what a result shows and the exact-match keywords,
`mention_tokens` the FTS5 tokens. A query tree compiles to one SQL condition; text parts that stand
together compile to one FTS5 expression. FTS5 splits on whitespace alone here, because tokens were
made in Python; every value travels as a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from earnest.search.document import Document
from earnest.search.index import After
from earnest.search.tree import All, Between, Everything, Is, Node, Not, Words

SCHEMA_VERSION = 1

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS mention_document (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        stored TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS mention_document_newest ON mention_document (created_at DESC, id)",
    """CREATE TABLE IF NOT EXISTS mention_keyword (
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        number INTEGER NOT NULL REFERENCES mention_document (number) ON DELETE CASCADE,
        PRIMARY KEY (field, value, number)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS mention_keyword_number ON mention_keyword (number)",
    """CREATE VIRTUAL TABLE IF NOT EXISTS mention_tokens USING fts5 (
        tokens, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")""",
)


@dataclass(frozen=True, slots=True)
class _Match:
    """A condition that FTS5 can answer by itself."""

    expression: str


@dataclass(frozen=True, slots=True)
class _Sql:
    """A condition in SQL over `d.number` and `d.created_at`."""

    condition: str


class FtsTables:
    """Reads and writes the embedded index. Every write is one transaction."""

    def __init__(self, engine: Engine) -> None:
        """Make the tables where they are missing."""
        self._engine = engine
        # Writers begin at once as writers (BEGIN IMMEDIATE on the ledger's engine): a transaction that
        # reads first would find out too late that somebody else is writing.
        self._writing = engine.execution_options(earnest_write=True)
        with self._writing.begin() as connection:
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
            self._erase(connection, [versions[d.id][0] for d in fresh if d.id in versions])
            if fresh:
                self._insert(connection, fresh)

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
            for table in ("mention_keyword", "mention_document", "mention_tokens"):
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names from the line above)
            connection.execute(text("INSERT INTO mention_tokens (mention_tokens) VALUES ('optimize')"))

    def search(self, node: Node, limit: int, after: After | None) -> list[Document]:
        """Documents that match, newest first, then by id; `after` is exclusive."""
        compiler = _Compiler()
        condition = compiler.condition(node)
        values = dict(compiler.values, limit=limit)
        if after is not None:
            condition = f"({condition}) AND (d.created_at, d.id) < (:after_time, :after_id)"
            values |= {"after_time": _sortable(after[0]), "after_id": after[1]}
        statement = (
            f"SELECT d.stored FROM mention_document d WHERE {condition} "  # noqa: S608 (values are bound)
            "ORDER BY d.created_at DESC, d.id DESC LIMIT :limit"
        )
        with self._engine.connect() as connection:
            rows = connection.execute(text(statement), values).scalars().all()
        return [Document.from_stored(json.loads(row)) for row in rows]

    def count(self, node: Node) -> int:
        """How many documents match."""
        compiler = _Compiler()
        statement = f"SELECT count(*) FROM mention_document d WHERE {compiler.condition(node)}"  # noqa: S608
        with self._engine.connect() as connection:
            return int(connection.execute(text(statement), compiler.values).scalar_one())

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
        connection.execute(text("DELETE FROM mention_keyword WHERE number = :number"), rows)
        connection.execute(text("DELETE FROM mention_document WHERE number = :number"), rows)

    def _insert(self, connection: Connection, documents: Sequence[Document]) -> None:
        top = connection.execute(text("SELECT coalesce(max(number), 0) FROM mention_document")).scalar_one()
        numbered = list(enumerate(documents, start=int(top) + 1))
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
                for number, document in numbered
            ],
        )
        connection.execute(
            text("INSERT INTO mention_tokens (rowid, tokens) VALUES (:number, :tokens)"),
            [{"number": number, "tokens": document.token_text()} for number, document in numbered],
        )
        connection.execute(
            text(
                "INSERT OR IGNORE INTO mention_keyword (field, value, number) "
                "VALUES (:field, :value, :number)"
            ),
            [
                {"field": field, "value": value, "number": number}
                for number, document in numbered
                for field, values in document.keywords().items()
                for value in values
            ],
        )


class _Compiler:
    """Compiles a tree into one SQL condition; values are collected as bound parameters."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def condition(self, node: Node) -> str:
        return self._sql(self._compile(node))

    def _bind(self, value: str) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def _sql(self, part: _Match | _Sql) -> str:
        if isinstance(part, _Sql):
            return part.condition
        bound = self._bind(part.expression)
        return f"d.number IN (SELECT rowid FROM mention_tokens WHERE mention_tokens MATCH {bound})"  # noqa: S608

    def _compile(self, node: Node) -> _Match | _Sql:
        if isinstance(node, Words):
            return _Match(_phrase(node))
        if isinstance(node, Is):
            return self._is(node)
        if isinstance(node, Between):
            return self._between(node)
        if isinstance(node, Everything):
            return _Sql("1")
        if isinstance(node, Not):
            return _Sql(f"NOT ({self.condition(node.part)})")
        return self._join(
            [self._compile(part) for part in node.parts], "AND" if isinstance(node, All) else "OR"
        )

    def _join(self, parts: list[_Match | _Sql], operator: str) -> _Match | _Sql:
        matches = [part.expression for part in parts if isinstance(part, _Match)]
        merged: list[_Match | _Sql] = [part for part in parts if isinstance(part, _Sql)]
        if matches:
            merged.insert(0, _Match(f" {operator} ".join(f"({match})" for match in matches)))
        if len(merged) == 1:
            return merged[0]
        return _Sql(f" {operator} ".join(f"({self._sql(part)})" for part in merged))

    def _is(self, node: Is) -> _Sql:
        field, value = self._bind(node.field), self._bind(node.value)
        matches = f"k.value >= {value} AND k.value < {self._bind(node.value + chr(0x10FFFF))}"
        if not node.prefix:
            matches = f"k.value = {value}"
        return _Sql(
            f"d.number IN (SELECT k.number FROM mention_keyword k WHERE k.field = {field} AND {matches})"  # noqa: S608
        )

    def _between(self, node: Between) -> _Sql:
        parts = []
        if node.start is not None:
            parts.append(f"d.created_at >= {self._bind(_sortable(node.start))}")
        if node.end is not None:
            parts.append(f"d.created_at < {self._bind(_sortable(node.end))}")
        return _Sql(" AND ".join(parts) or "1")


def _phrase(node: Words) -> str:
    """One FTS5 expression; a plain word is also found as a handle and as a hashtag."""
    quoted = '"' + " ".join(token.replace('"', '""') for token in node.tokens) + '"'
    star = " *" if node.prefix else ""
    if len(node.tokens) > 1 or not node.tokens[0][0].isalnum():
        return quoted + star
    word = node.tokens[0].replace('"', '""')
    return " OR ".join(f'"{sign}{word}"{star}' for sign in ("", "@", "#"))


def _sortable(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds")
