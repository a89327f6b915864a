"""Every home of the index answers the corpus, and whatever hypothesis thinks of, as the oracle does."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from earnest.search.document import Document
from earnest.search.embedded import EmbeddedIndex
from earnest.search.index import MentionsIndex
from earnest.search.query import QueryError, parse
from tests.search import oracle
from tests.search.fake_elastic import FakeElasticsearch

HERE = Path(__file__).parent
CORPUS = yaml.safe_load((HERE / "corpus.yaml").read_text())


def document(row: dict[str, Any], version: int = 1) -> Document:
    """A corpus row as a document, written at noon."""
    day = row["day"]
    return Document(
        source=row["source"],
        post_id=row["id"],
        brand=row["brand"],
        version=version,
        text=row["text"],
        title=row.get("title", ""),
        author=row["author"],
        created_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        language=row.get("lang", "en"),
        topics=tuple(row.get("topics", ())),
        severity=row.get("severity", "none"),
        is_complaint=row.get("complaint", False),
        status=row["status"],
    )


DOCUMENTS = [document(row) for row in CORPUS["documents"]]


@contextmanager
def embedded() -> Iterator[MentionsIndex]:
    """FTS5 in memory."""
    engine = create_engine("sqlite://")
    yield EmbeddedIndex(engine)
    engine.dispose()


@contextmanager
def elasticsearch() -> Iterator[MentionsIndex]:
    """The server named by EARNEST_TEST_ELASTICSEARCH, else a stand-in over loopback."""
    pytest.importorskip("elasticsearch", reason="the elasticsearch extra is not installed")
    from elasticsearch import Elasticsearch

    from earnest.search.elastic import ElasticIndex

    url = os.environ.get("EARNEST_TEST_ELASTICSEARCH")
    fake = None if url else FakeElasticsearch()
    client = Elasticsearch(url or fake.url)  # type: ignore[union-attr]
    home = ElasticIndex(client, prefix=f"test-{uuid.uuid4().hex}-")
    home.create()
    yield home
    client.close()
    if fake:
        fake.close()


HOMES = {"embedded": embedded, "elasticsearch": elasticsearch}


@pytest.fixture(params=HOMES)
def index(request: pytest.FixtureRequest) -> Iterator[MentionsIndex]:
    """An empty index in each home."""
    with HOMES[request.param]() as home:
        yield home


@pytest.fixture(scope="module", params=HOMES)
def filled(request: pytest.FixtureRequest) -> Iterator[MentionsIndex]:
    """The corpus in each home."""
    with HOMES[request.param]() as home:
        home.upsert(DOCUMENTS)
        yield home


@pytest.mark.parametrize("case", CORPUS["queries"], ids=lambda case: case["query"] or "(empty)")
def test_the_corpus_is_answered(filled: MentionsIndex, case: dict[str, Any]) -> None:
    """Each query finds the mentions the corpus names, in the home and in the oracle."""
    found = [d.post_id for d in filled.search(case["query"]).documents]
    assert sorted(found) == case["finds"]
    named = {d.id: d.post_id for d in DOCUMENTS}
    assert sorted(named[i] for i in oracle.expected(case["query"], DOCUMENTS)) == case["finds"]


@pytest.mark.parametrize("case", CORPUS["refused"], ids=lambda case: case["query"])
def test_what_is_not_searched_is_refused_with_a_reason(case: dict[str, Any]) -> None:
    """A refused query says what is wrong with it."""
    with pytest.raises(QueryError, match=case["says"]):
        parse(case["query"])


_PLAIN = ["larkspur", "engineer", "billing", "no", "don't", "@larkspurhelp", "#larkspur", "bill*", "👍🏽"]
_FIELDS = ["brand:larkspur", "topic:outage", "source:x", "status:open", "complaint:yes", "date:2026-11-03"]
_WORDS = st.sampled_from([*_PLAIN, '"no one"', *_FIELDS])
_QUERIES = st.recursive(
    _WORDS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " "]), inner).map(
            lambda t: f"({t[0]}{t[1]}{t[2]})"
        ),
        inner.map(lambda part: f"(NOT {part})"),
    ),
    max_leaves=6,
)


@given(_QUERIES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_is_answered_as_the_oracle_does(filled: MentionsIndex, query: str) -> None:
    """Nested AND, OR and NOT over words and fields agree with plain Python."""
    try:
        wanted = oracle.expected(query, DOCUMENTS)
    except QueryError:
        return
    assert [d.id for d in filled.search(query).documents] == wanted
    assert filled.count(query) == len(wanted)


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_answered_or_refused(filled: MentionsIndex, query: str) -> None:
    """Whatever is typed either finds what the oracle finds, or is refused in words."""
    try:
        wanted = oracle.expected(query, DOCUMENTS)
    except QueryError:
        return
    assert [d.id for d in filled.search(query).documents] == wanted


def test_a_newer_version_replaces_and_an_older_does_not(index: MentionsIndex) -> None:
    """The version decides, not the order of arrival."""
    row = CORPUS["documents"][0]
    index.upsert([document(row | {"text": "second words"}, version=2)])
    index.upsert([document(row | {"text": "first words"}, version=1)])
    assert index.count("second") == 1
    assert index.count("first") == 0


def test_pages_hold_each_mention_once(filled: MentionsIndex) -> None:
    """Walking the pages gives the whole result, each mention once."""
    seen: list[str] = []
    after = None
    while True:
        page = filled.search("", limit=2, after=after)
        seen += [d.id for d in page.documents]
        assert page.total == len(DOCUMENTS)
        after = page.next
        if after is None:
            break
    assert seen == oracle.expected("", DOCUMENTS)


def test_deleted_text_is_gone_from_the_file(tmp_path: Path) -> None:
    """After a delete, not even the file's bytes hold the words."""
    path = tmp_path / "index.db"
    engine = create_engine(f"sqlite:///{path}")
    home = EmbeddedIndex(engine)
    row = CORPUS["documents"][0] | {"text": "unmistakableword here"}
    home.upsert([document(row), *DOCUMENTS[1:]])
    home.delete([document(row).id, "x:unknown:Larkspur"])
    assert home.count("unmistakableword") == 0
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
        assert connection.execute(text("SELECT count(*) FROM mention_document")).scalar_one() == 8
    engine.dispose()
    assert b"unmistakableword" not in path.read_bytes()


def test_clear_empties_the_index(index: MentionsIndex) -> None:
    """A cleared index finds nothing and can be filled again."""
    index.upsert(DOCUMENTS)
    index.clear()
    assert index.count("") == 0
    index.upsert(DOCUMENTS)
    assert index.count("") == len(DOCUMENTS)


def test_posts_of_one_moment_page_by_id(index: MentionsIndex) -> None:
    """Equal times do not lose or repeat a mention at a page's edge."""
    row = CORPUS["documents"][0]
    index.upsert([document(row | {"id": f"p{n}"}) for n in range(5)])
    first = index.search("", limit=3)
    second = index.search("", limit=3, after=first.next)
    assert {d.post_id for d in first.documents + second.documents} == {f"p{n}" for n in range(5)}
    assert first.documents[0].created_at + timedelta(0) == second.documents[0].created_at
