"""What only the Elasticsearch home must do: outcomes item by item, and a mapping that fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.search.fake_elastic import FakeElasticsearch
from tests.search.test_index import DOCUMENTS

elasticsearch = pytest.importorskip("elasticsearch", reason="the elasticsearch extra is not installed")


@pytest.fixture
def fake() -> Iterator[FakeElasticsearch]:
    """A node over loopback."""
    node = FakeElasticsearch()
    yield node
    node.close()


@pytest.fixture
def index(fake: FakeElasticsearch) -> Iterator[object]:
    """An empty index on it."""
    from earnest.search.elastic import ElasticIndex

    client = elasticsearch.Elasticsearch(fake.url)
    home = ElasticIndex(client)
    home.create()
    home.create()
    yield home
    client.close()


def test_one_refused_document_does_not_stop_the_others(fake, index) -> None:
    """The rest is taken, and the error names the refused one."""
    from earnest.search.elastic import IndexingError

    fake.refuse_once[DOCUMENTS[1].id] = 400
    with pytest.raises(IndexingError, match=DOCUMENTS[1].id):
        index.upsert(DOCUMENTS[:3])
    assert index.count("") == 2


def test_a_busy_item_is_sent_again(fake, index) -> None:
    """An item answered 429 is retried, not lost."""
    fake.refuse_once[DOCUMENTS[0].id] = 429
    index.upsert(DOCUMENTS[:2])
    assert index.count("") == 2


def test_a_repeated_write_is_no_error(index) -> None:
    """The same version again is stale, which is success."""
    index.upsert(DOCUMENTS)
    index.upsert(DOCUMENTS)
    index.upsert([replace(DOCUMENTS[0], version=2, text="changed")])
    assert index.count("changed") == 1


def test_deleting_what_is_not_there_is_no_error(index) -> None:
    """A deletion may come twice."""
    index.upsert(DOCUMENTS)
    index.delete([DOCUMENTS[0].id, DOCUMENTS[0].id, "x:unknown:Larkspur"])
    assert index.count("") == len(DOCUMENTS) - 1
