"""A pass hears, understands, routes and indexes; nothing that fails takes the rest with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from earnest.ledger import Ledger, LedgerError
from earnest.pipeline import PassReport, run_pass
from listeners.listener import Batch, Gone, Malformed, Refused, Retry
from listeners.post import Post
from listeners.sources import XSource
from nlp.mention import Mention
from tests.clock import SetClock
from tests.ledger.world import WordAnalyzer, post
from tests.new_ledger import new_ledger
from tests.pass_world import DictIndex, script, settings
from tests.scripted import Scripted


def _pass(ledger: Ledger, clock: SetClock, listeners: list[Scripted], **more: object) -> PassReport:
    config = settings(Path(), ledger.url)
    index = more.pop("index", DictIndex())
    analyzer = more.pop("analyzer", WordAnalyzer())
    return run_pass(config, ledger, analyzer, index, listeners=listeners, clock=clock, **more)  # type: ignore[arg-type]


def test_a_pass_goes_the_whole_way(ledger: Ledger, clock: SetClock) -> None:
    """From listeners to cases and search, with a report that adds up."""
    index = DictIndex()
    report = _pass(ledger, clock, script(), index=index)
    sums = ledger.statistics()["total"]
    assert report.posts == sums["posts"] > 40
    assert report.cases_opened == sums["cases"] > 5
    assert report.indexed >= len(index.documents) == sums["mentions"]
    assert set(report.seconds) == {"listen", "understand", "route", "index"}
    assert ledger.queue().total_open == report.cases_opened


def test_a_second_pass_changes_nothing(ledger: Ledger, clock: SetClock) -> None:
    """Every step looks for what is not done yet."""
    listeners = script()
    _pass(ledger, clock, listeners)
    before = ledger.canonical()
    report = _pass(ledger, clock, listeners)
    assert (report.posts, report.understood, report.indexed) == (0, 0, 0)
    assert ledger.canonical() == before


@pytest.mark.parametrize("limit", [1, 7])
def test_the_size_of_batches_does_not_matter(
    ledger: Ledger, clock: SetClock, tmp_path: Path, limit: int
) -> None:
    """One at a time tells the same story as all at once."""
    _pass(ledger, clock, script(3), limit=limit)
    with Ledger.open(new_ledger(tmp_path / "other.db"), clock=clock) as other:
        _pass(other, clock, script(3))
        assert _without_hashes(ledger) == _without_hashes(other)


def _without_hashes(ledger: Ledger) -> list[str]:
    """The lines of two ledgers, less what their own keys hashed."""
    return [
        line
        for line in ledger.canonical().splitlines()
        if "gone" not in line and '"": "tombstone"' not in line
    ]


@pytest.mark.parametrize(
    ("error", "kind", "wait"),
    [
        pytest.param(Retry("busy", after=90), "Retry", 90, id="named wait"),
        pytest.param(Retry("busy"), "Retry", 60, id="no wait named"),
        pytest.param(Refused("no key"), "Refused", None, id="refused"),
        pytest.param(Gone("410"), "Gone", 86400, id="gone"),
        pytest.param(Malformed("no JSON"), "Malformed", None, id="malformed"),
        pytest.param(ZeroDivisionError("oops"), "ListenError", None, id="defect"),
    ],
)
def test_a_source_that_fails_stops_no_other(
    ledger: Ledger, clock: SetClock, error: Exception, kind: str, wait: float | None
) -> None:
    """What came before the error stays; the error is told and the next poll planned."""
    bad = Scripted([Batch({}, posts=(post("1"),)), Batch({})], fails={1: error})
    good = Scripted([Batch({}, posts=(post("2"),))], query="other")
    report = _pass(ledger, clock, [bad, good])
    assert report.posts == 2
    assert [(poll.query, poll.error_kind) for poll in report.errors] == [("q", kind)]
    status = {row.query: row for row in ledger.statuses()}["q"]
    assert (status.error_kind, status.healthy) == (kind, False)
    assert status.next_poll == (None if wait is None else clock() + timedelta(seconds=wait))
    assert ledger.queue().total_open == 2


def test_a_query_that_is_not_due_is_left_in_peace(ledger: Ledger, clock: SetClock) -> None:
    """Until its time has come, or somebody insists."""
    listener = Scripted([Batch({}, posts=(post("1"),), retry_after=600)])
    _pass(ledger, clock, [listener])
    assert [poll.not_due for poll in _pass(ledger, clock, [listener]).polls] == [True]
    _pass(ledger, clock, [listener], force=True)
    clock.move(minutes=11)
    _pass(ledger, clock, [listener])
    assert listener.polls == 3


class Picky(WordAnalyzer):
    """Breaks on one post."""

    def analyze(self, items: Iterable[tuple[Post, Post | None]]) -> Iterator[tuple[Mention, ...]]:
        """As its parent, but for post 2."""
        for one, parent in items:
            if one.id == "2":
                raise ZeroDivisionError("a defect")
            yield from super().analyze([(one, parent)])


def test_a_post_that_breaks_the_analyzer_stops_no_other(ledger: Ledger, clock: SetClock) -> None:
    """It is set aside with the reason."""
    listener = Scripted([Batch({}, posts=(post("1"), post("2"), post("3", who="ann")))])
    _pass(ledger, clock, [listener], analyzer=Picky())
    assert ledger.queue().total_open == 2
    (why,) = ledger.statistics()["listeners"]["script"]["why_set_aside"]
    assert why == "could not be understood: ZeroDivisionError: a defect"


def test_a_source_without_its_secret_is_told(
    ledger: Ledger, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused by name, and the pass goes on."""
    monkeypatch.delenv("X_BEARER_TOKEN", raising=False)
    config = replace(settings(Path(), ledger.url), sources=(XSource(kind="x", name="my x"),))
    report = run_pass(config, ledger, WordAnalyzer(), DictIndex(), clock=clock)
    (poll,) = report.errors
    assert (poll.listener, poll.error_kind) == ("my x", "Refused")
    assert "X_BEARER_TOKEN" in poll.error
    assert not ledger.statuses()[0].healthy


def test_a_failing_ledger_ends_the_pass(
    ledger: Ledger, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is gained by listening on when nothing can be stored."""

    def full(*_: object, **__: object) -> None:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(ledger, "commit_batch", full)
    with pytest.raises(LedgerError, match="disk is full"):
        _pass(ledger, clock, script())


def test_progress_is_told(ledger: Ledger, clock: SetClock) -> None:
    """Every stage says how far it is."""
    told: list[tuple[str, int, str]] = []
    _pass(ledger, clock, script(), progress=lambda stage, done, what: told.append((stage, done, what)))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["listen", "understand", "route", "index"]
