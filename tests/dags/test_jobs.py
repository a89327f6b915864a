"""The jobs behind the DAGs, called plainly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from earnest import jobs
from earnest.demo.folder import write_config
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World
from earnest.ledger import Ledger
from listeners.listener import utcnow

TEMPLATE = Path(__file__).parents[2] / "config"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A world in which everything has happened, and the environment that leads there."""
    with WorldServer(World.open(utcnow() - timedelta(hours=1))) as server:
        folder = write_config(server, template=TEMPLATE, home=tmp_path)
        for name, value in {**SECRETS, jobs.CONFIG: str(folder)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("EARNEST_DATABASE", raising=False)
        yield folder


def ledger() -> Ledger:
    """The ledger the jobs write to."""
    return Ledger.open(jobs.settings().database)


def test_jobs_bring_a_post_from_the_network_to_search(config: Path) -> None:
    """Listen to each source, understand and route in two shards, index: nothing is left to do."""
    heard = [jobs.listen_to(name) for name in jobs.source_names()]
    assert sum(one.new for one in heard) > 200
    assert all(one.waiting and not one.failures for one in heard)
    understood = [jobs.understand_shard(shard, 2) for shard in range(2)]
    assert all(one.posts and one.waiting for one in understood)
    assert sum(jobs.route_shard(shard, 2).opened for shard in range(2)) > 50
    assert jobs.index() > 100
    with ledger() as book:
        assert not book.posts_to_analyze(1)
        assert not book.mentions_to_route(1)
        assert not book.documents_to_index(1)


def test_running_again_changes_nothing(config: Path) -> None:
    """Every job can be run twice; only when the sources were asked is told anew."""

    def once() -> list[str]:
        for name in jobs.source_names():
            jobs.listen_to(name)
        jobs.understand_shard(0, 1)
        jobs.route_shard(0, 1)
        jobs.index()
        with ledger() as book:
            return [row for row in book.canonical().splitlines() if not row.startswith('{"": "poll"')]

    assert once() == once()


def test_a_refusing_source_is_hopeless_and_stops_no_other(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong keys are told in words; another source is heard all the same."""
    monkeypatch.setenv("X_BEARER_TOKEN", "wrong")
    refused, heard = jobs.listen_to("x"), jobs.listen_to("blogs")
    assert refused.failed
    assert refused.hopeless
    assert "wrong" not in "".join(refused.failures)
    assert heard.new > 30


def test_a_missing_key_is_hopeless(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure names the variable."""
    monkeypatch.delenv("X_BEARER_TOKEN")
    refused = jobs.listen_to("x")
    assert refused.hopeless
    assert "X_BEARER_TOKEN" in refused.failures[0]


def test_a_source_that_is_no_more_is_named(config: Path) -> None:
    """Somebody took it out of the file while the run was on its way."""
    with pytest.raises(LookupError, match="no source named 'mastodon'"):
        jobs.listen_to("mastodon")


def test_without_a_configuration_the_variable_is_named() -> None:
    """A worker has no sensible folder of its own."""
    with pytest.raises(LookupError, match="EARNEST_CONFIG"):
        jobs.settings({})


def test_telling_names_who_cannot_be_told(config: Path) -> None:
    """A missing address needs a person; nobody else waits for it."""
    desk = config / "desk.yaml"
    told = "{name: leads, to: EARNEST_NOTIFY_LEADS}"
    desk.write_text(desk.read_text().replace("  notices: []", f"  notices: [{told}]"))
    said = jobs.tell()
    assert said.hopeless == said.problems
    assert said.problems[0].startswith("leads: EARNEST_NOTIFY_LEADS is not set")


def test_keeping_faith_asks_what_is_due_and_nothing_else(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fresh posts are not asked about; once due, every network answers for all of them."""
    for name in ("x", "reddit"):
        jobs.listen_to(name)
    assert jobs.recheck()["asked"] == 0
    sources = config / "sources.yaml"
    sources.write_text(sources.read_text().replace("- kind: x\n", "- kind: x\n  recheck_hours: 0.000001\n"))
    told = jobs.recheck()
    assert told["asked"] > 50
    assert told["overdue"] == 0
