"""`earnest feeds` as people use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.cli import main
from listeners.opml import read_opml
from tests.listeners.feed_site import site
from tests.listeners.feed_world import items, rss


def call(*arguments: str) -> int:
    """Run the command; its exit code."""
    try:
        main(["feeds", *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_find_prints_lines_for_the_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """YAML that can be pasted below a blogs source."""
    with site() as web:
        web.put("/feed", rss(items(1)))
        web.put("/", '<html><link rel="alternate" type="application/rss+xml" href="/feed"></html>')
        assert call("find", web.url, "--allow", "127.0.0.1") == 0
    assert capsys.readouterr().out == f"feeds:\n- url: {web.url}/feed\n  title: B\n"


def test_find_says_why_it_may_not_ask(capsys: pytest.CaptureFixture[str]) -> None:
    """A private address needs leave."""
    assert call("find", "http://127.0.0.1/") == 1
    assert "not a public address" in capsys.readouterr().err


def test_lists_come_in_and_go_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The configured feeds as OPML, and the same list back as JSON."""
    config = Path(__file__).resolve().parent.parent.parent / "config"
    assert call("write", "-c", str(config)) == 0
    written = capsys.readouterr().out
    feeds = read_opml(written.encode())
    assert feeds
    (tmp_path / "feeds.opml").write_text(written, encoding="utf-8")
    assert call("read", str(tmp_path / "feeds.opml"), "--json") == 0
    assert [row["url"] for row in json.loads(capsys.readouterr().out)] == [feed.url for feed in feeds]


def test_read_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No file, and a file that is something else."""
    assert call("read", str(tmp_path / "none.opml")) == 2
    (tmp_path / "page.opml").write_text("<html/>", encoding="utf-8")
    assert call("read", str(tmp_path / "page.opml")) == 2
    assert "not OPML" in capsys.readouterr().err
