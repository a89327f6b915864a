"""Which home the index has: Elasticsearch where one is named, else embedded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import create_engine

from earnest.ledger import Ledger
from earnest.search.embedded import EmbeddedIndex
from earnest.search.index import MentionsIndex

URL = "EARNEST_ELASTICSEARCH"
API_KEY = "EARNEST_ELASTICSEARCH_API_KEY"


def open_index(ledger: Ledger, data_dir: Path, *, environ: Mapping[str, str] = os.environ) -> MentionsIndex:
    """Open the index.

    Elasticsearch where EARNEST_ELASTICSEARCH names its address; FTS5 in the ledger's own file where
    that is SQLite; a file of its own in `data_dir` beside a PostgreSQL ledger.
    """
    if url := environ.get(URL):
        from elasticsearch import Elasticsearch  # noqa: PLC0415 (an extra; not everyone has it)

        from earnest.search.elastic import ElasticIndex  # noqa: PLC0415

        home = ElasticIndex(Elasticsearch(url, api_key=environ.get(API_KEY)))
        home.create()
        return home
    if ledger.engine.dialect.name == "sqlite":
        return EmbeddedIndex(ledger.engine)
    data_dir.mkdir(parents=True, exist_ok=True)
    return EmbeddedIndex(create_engine(f"sqlite:///{data_dir / 'search.db'}"))
