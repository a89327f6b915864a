"""`import`, `retry`, `recheck` and `listen --dry-run`, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.listeners.x_world import TOKEN, XWorld

ROWS = "id,text,created_at\n1,@LarkspurHelp my broadband is down and nobody answers,2026-01-01\n2,short\n"
X = "sources:\n  - kind: x\n    name: x\n    queries: [larkspur]\n    search: false\n"


def archive(terminal: Terminal, text: str = ROWS) -> str:
    """A CSV of one complaint and one broken row."""
    path = terminal.folder / "old.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_import_tells_what_became_of_each_file(terminal: Terminal) -> None:
    """Items, stored, set aside and why, mentions, complaints, cases."""
    said = terminal("import", archive(terminal), "-c", terminal.config())
    assert said.code == 0
    assert "old.csv" in said.out
    assert "1 × 2 columns" in said.out


def test_import_for_programs(terminal: Terminal) -> None:
    """The same as JSON; the second time everything is known."""
    arguments = ("import", archive(terminal), "-c", terminal.config(), "--json")
    (first,) = json.loads(terminal(*arguments).out)["files"]
    (second,) = json.loads(terminal(*arguments).out)["files"]
    assert (first["items"], first["stored"], first["mentions"]) == (2, 1, 1)
    assert (second["stored"], second["known"]) == (0, 1)


def test_import_of_a_file_that_cannot_be_read_takes_the_others(terminal: Terminal) -> None:
    """One clear line for each, and exit 1."""
    prose = terminal.folder / "README.md"
    prose.write_text("# Hello\nworld\n")
    said = terminal(
        "import", "missing.csv", str(prose), archive(terminal), "-c", terminal.config(), "--no-pass"
    )
    assert said.code == 1
    assert said.clear
    assert "missing.csv" in said.err
    assert "--map text=" in said.err
    assert "old.csv" in said.out


def test_a_wrong_map_is_a_wrong_command(terminal: Terminal) -> None:
    """Told before anything is read."""
    said = terminal("import", archive(terminal), "-c", terminal.config(), "--map", "txt=text")
    assert (said.code, said.clear) == (2, True)
    assert "did you mean text?" in said.err


def test_retry_lists_and_tries(terminal: Terminal) -> None:
    """A row of a table is not tried, and that is said."""
    terminal("import", archive(terminal), "-c", terminal.config(), "--no-pass")
    listed = terminal("retry", "--list", "-c", terminal.config())
    assert "old.csv:3" in listed.out
    tried = terminal("retry", "-c", terminal.config())
    assert (tried.code, "1 are not tried here" in tried.out) == (0, True)


def test_recheck_without_keys_says_what_is_missing(terminal: Terminal) -> None:
    """Exit 1, as what is held may be gone there."""
    said = terminal("recheck", "-c", terminal.config(sources=X))
    assert said.code == 1
    assert "its keys are not set" in said.err


def test_recheck_where_nothing_needs_it(terminal: Terminal) -> None:
    """Feeds alone."""
    said = terminal("recheck", "-c", terminal.config())
    assert (said.code, "no source here needs it" in said.out) == (0, True)


def test_a_dry_run_shows_queries_counts_and_dollars(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And stores nothing."""
    world = XWorld()
    world.grow(70)
    monkeypatch.setenv("X_BEARER_TOKEN", TOKEN)
    with world.serve() as server:
        config = terminal.config(sources=f"{X}    base_url: {server.url}\n")
        said = terminal("listen", "--dry-run", "-c", config)
        (told,) = json.loads(terminal("listen", "--dry-run", "--json", "-c", config).out)
    assert said.code == 0
    assert "at most $0.70 a day; allowed are $5.00 a day" in said.out
    assert (told["query"], told["posts_per_day"]) == ("larkspur", 70.0)
    assert not list(Path(terminal.folder).glob("**/*.db"))
