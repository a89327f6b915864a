"""`earnest coverage`: what it shows, and when it shouts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from listeners.listener import utcnow
from tests.cli.terminal import Terminal
from tests.cli.test_bad_input import answer, feeds
from tests.clock import SetClock
from tests.coverage.listening import HILL, Listening
from tests.listeners.loopback import Loopback
from tests.new_ledger import new_ledger


@pytest.fixture
def web() -> Iterator[Loopback]:
    """A site on loopback."""
    with Loopback(answer) as site:
        yield site


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Listening]:
    """A ledger where the terminal will look for it, and three weeks until now."""
    clock = SetClock(utcnow() - timedelta(days=21))
    (tmp_path / "var").mkdir()
    with Ledger.open(new_ledger(tmp_path / "var" / "earnest.db"), clock=clock) as ledger:
        yield Listening(ledger, clock)


def test_all_well_ends_with_0(terminal: Terminal, web: Loopback) -> None:
    """A feed that was just heard: a bar for today, the legend, and nothing to shout about."""
    config = terminal.config(sources=feeds(f"{web.url}/feed"))
    terminal("run", "-c", config)
    said = terminal("coverage", "-c", config, "--days", "3")
    assert said.code == 0
    assert "··█" in said.out
    assert "deaf" not in said.out


@pytest.mark.parametrize("command", ["coverage", "status"])
def test_a_silence_is_shouted(terminal: Terminal, past: Listening, command: str) -> None:
    """Exit 1 and the sentence, though every poll went well."""
    past.days([20] * 18, [HILL])
    past.days([0] * 3, [HILL])
    past.poll(0)
    said = terminal(command, "-c", terminal.config(sources=feeds(HILL)))
    assert said.code == 1
    assert f"deaf, quieter than usual: blogs ({HILL}): usually 20 posts a day; 0 in the last" in said.out


@pytest.mark.parametrize("command", ["coverage", "status"])
def test_nobody_listens_any_more(terminal: Terminal, past: Listening, command: str) -> None:
    """A scheduler that stopped two days ago."""
    past.days([20] * 19, [HILL])
    said = terminal(command, "-c", terminal.config(sources=feeds(HILL)))
    assert said.code == 1
    assert "deaf, not asked in time: blogs" in said.out


def test_a_failing_source_is_shouted(terminal: Terminal, web: Loopback) -> None:
    """With the network's answer."""
    config = terminal.config(sources=feeds(f"{web.url}/shut"))
    terminal("run", "-c", config)
    said = terminal("coverage", "-c", config)
    assert said.code == 1
    assert "deaf, failing: blogs" in said.out


def test_gaps_are_listed_with_reasons(terminal: Terminal, past: Listening) -> None:
    """Beside the picture, in words."""
    past.days([20] * 20, [HILL])
    past.poll(1, gaps=(past.gap(timedelta(hours=5)),))
    said = terminal("coverage", "-c", terminal.config(sources=feeds(HILL)))
    assert "window expired (the feed holds ten entries)" in said.out


def test_for_programs(terminal: Terminal, past: Listening) -> None:
    """Days with their state, queries with their gaps and alarms."""
    past.days([20] * 21, [HILL])
    past.poll(1)
    told = json.loads(terminal("coverage", "-c", terminal.config(sources=feeds(HILL)), "--json").out)
    (source,) = told["sources"]
    assert (told["deaf"], len(source["days"]), source["days"][3]["state"]) == ([], 14, "heard")
    assert source["queries"][0]["status"]["posts"] == 421
