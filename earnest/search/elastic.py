"""The Elasticsearch home of the index, for teams whose analysts work in Kibana.

One versioned index behind two aliases, one document per (post, brand) under a stable `_id` with an
external version, so that a late or repeated write changes nothing. Searching uses only the tokens
and keywords made in Python; `text` is mapped for Kibana's own searches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from earnest.search.document import Document
from earnest.search.index import After, SearchPage
from earnest.search.query import parse
from earnest.search.tree import All, AnyOf, Between, Everything, Is, Node, Not, Words

INDEX = "mentions-v1"
READ = "mentions"
WRITE = "mentions-write"
PREFIX_EXPANSIONS = 1000
"""How many words a beginning at the end of a phrase may stand for."""

_STALE = 409  # a newer version is held already: nothing to do
_UNKNOWN = 404  # deleted already


class IndexingError(Exception):
    """Elasticsearch did not take some documents; the message names them and the first reason."""


class ElasticIndex:
    """A MentionsIndex on Elasticsearch 8.19 or 9, with a client of the server's major version."""

    def __init__(self, client: Elasticsearch, *, prefix: str = "") -> None:
        """Use `client`; `prefix` stands before index and alias names (tests, several desks)."""
        self._client = client
        self._index, self._read, self._write = prefix + INDEX, prefix + READ, prefix + WRITE

    def create(self) -> None:
        """Make the index and its aliases where they are missing."""
        if self._client.indices.exists(index=self._index):
            return
        body = json.loads((files("earnest.search") / "mentions-v1.json").read_text())
        aliases: dict[str, Any] = {self._read: {}, self._write: {"is_write_index": True}}
        self._client.indices.create(index=self._index, aliases=aliases, **body)

    def upsert(self, documents: Iterable[Document]) -> None:
        """Take documents in; raise IndexingError after the rest was tried."""
        self._bulk(
            {
                "_op_type": "index",
                "_index": self._write,
                "_id": document.id,
                "_version": document.version,
                "_version_type": "external",
                "_source": _source(document),
            }
            for document in documents
        )

    def delete(self, ids: Iterable[str]) -> None:
        """Erase documents by id; returns when searches no longer find them."""
        self._bulk({"_op_type": "delete", "_index": self._write, "_id": id_} for id_ in ids)
        self._client.indices.refresh(index=self._write)

    def search(self, query: str, *, limit: int = 50, after: After | None = None) -> SearchPage:
        """Find mentions, newest first, or raise QueryError."""
        answer = self._client.search(
            index=self._read,
            query=compile_query(parse(query)),
            sort=[{"created_at": "desc"}, {"id": "desc"}],
            size=limit + 1,
            track_total_hits=True,
            search_after=None if after is None else [int(after[0].timestamp() * 1000), after[1]],
        )
        found = [_document(hit["_source"]) for hit in answer["hits"]["hits"]]
        page = tuple(found[:limit])
        more = (page[-1].created_at, page[-1].id) if len(found) > limit else None
        return SearchPage(page, int(answer["hits"]["total"]["value"]), more)

    def count(self, query: str) -> int:
        """How many mentions match."""
        return int(self._client.count(index=self._read, query=compile_query(parse(query)))["count"])

    def clear(self) -> None:
        """Drop the index and make it anew."""
        self._client.indices.delete(index=self._index, ignore_unavailable=True)
        self.create()

    def _bulk(self, actions: Iterable[dict[str, Any]]) -> None:
        failed: list[str] = []
        for outcome, item in _outcomes(self._client, actions):
            status, reason = outcome
            if status not in {_STALE, _UNKNOWN}:
                failed.append(f"{item}: {status} {reason}")
        if failed:
            raise IndexingError(f"{len(failed)} documents were not taken, first {failed[0]}")


def _outcomes(
    client: Elasticsearch, actions: Iterable[dict[str, Any]]
) -> Iterator[tuple[tuple[int, str], str]]:
    """Yield ((status, reason), id) of every item that failed; a whole failed request raises."""
    try:
        # raise_on_error=False: with it, an item's 429 would raise before its retries.
        for well, result in streaming_bulk(
            client, actions, max_retries=3, initial_backoff=0.5, raise_on_error=False
        ):
            if not well:
                ((_, item),) = result.items()
                error = item.get("error") or {}
                reason = error.get("reason", "") if isinstance(error, dict) else str(error)
                yield (int(item.get("status", 0)), reason), str(item.get("_id"))
    except ApiError as error:
        raise IndexingError(f"Elasticsearch refused the whole request: {error}") from error


def _source(document: Document) -> dict[str, Any]:
    keywords = {field: list(values) for field, values in document.keywords().items() if values}
    return document.stored() | {
        "id": document.id,
        "tokens": document.token_text(),
        "keywords": keywords,
        "created_at": int(document.created_at.timestamp() * 1000),
        "severity": document.severity,
    }


def _document(source: dict[str, Any]) -> Document:
    when = datetime.fromtimestamp(source["created_at"] / 1000, tz=UTC)
    return Document.from_stored(source | {"created_at": when.isoformat()})


def compile_query(node: Node) -> dict[str, Any]:
    """The tree as an Elasticsearch query; every clause is a filter, since order is by time."""
    match node:
        case Words(tokens, prefix):
            return _any([_words(option, prefix) for option in _alternatives(tokens)])
        case Is(field, value, prefix):
            return {"prefix" if prefix else "term": {f"keywords.{field}": {"value": value}}}
        case Between(start, end):
            bounds = {"gte": start, "lt": end}
            millis = {name: int(when.timestamp() * 1000) for name, when in bounds.items() if when is not None}
            return {"range": {"created_at": millis | {"format": "epoch_millis"}}}
        case All(parts):
            return {"bool": {"filter": [compile_query(part) for part in parts]}}
        case AnyOf(parts):
            return _any([compile_query(part) for part in parts])
        case Not(part):
            return {"bool": {"must_not": [compile_query(part)]}}
        case Everything():
            return {"match_all": {}}


def _any(queries: list[dict[str, Any]]) -> dict[str, Any]:
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def _alternatives(tokens: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A plain word is also found as a handle and as a hashtag."""
    if len(tokens) == 1 and tokens[0][0].isalnum():
        return [tokens, ("@" + tokens[0],), ("#" + tokens[0],)]
    return [tokens]


def _words(tokens: tuple[str, ...], prefix: bool) -> dict[str, Any]:
    if len(tokens) == 1:
        return {"prefix" if prefix else "term": {"tokens": {"value": tokens[0]}}}
    if prefix:
        phrase = {"query": " ".join(tokens), "max_expansions": PREFIX_EXPANSIONS}
        return {"match_phrase_prefix": {"tokens": phrase}}
    return {"match_phrase": {"tokens": " ".join(tokens)}}
