"""Bad input: one clear message that names the place and the mend, a non-zero exit, no traceback."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

import pytest

from tests.cli.terminal import Terminal
from tests.listeners.loopback import Asked, Loopback, Reply

RSS = b"""<rss version="2.0"><channel><title>Doorstep</title><item><guid>1</guid><title>Larkspur again</title>
<description>Larkspur broadband is down again and nobody answers.</description></item></channel></rss>"""


def answer(asked: Asked) -> Reply:
    """A feed, a page, and a door that stays shut."""
    page = b"<!doctype html><html><head><title>A blog</title></head><body>Hello</body></html>"
    kinds = {
        "/feed": Reply(body=RSS, headers={"content-type": "application/rss+xml"}),
        "/page": Reply(body=page, headers={"content-type": "text/html"}),
        "/shut": Reply(403, b"no"),
    }
    return kinds.get(asked.path, Reply(404))


@pytest.fixture
def web() -> Iterator[Loopback]:
    """A site on loopback."""
    with Loopback(answer) as site:
        yield site


def feeds(*addresses: str) -> str:
    """sources.yaml with these feeds, on loopback allowed."""
    return json.dumps(
        {"sources": [{"kind": "blogs", "name": "blogs", "allow": ["127.0.0.0/8"], "feeds": list(addresses)}]}
    )


@pytest.mark.parametrize(
    ("files", "place", "words"),
    [
        pytest.param(
            {"brands": "brands:\n  - name: 'A\n"}, "brands.yaml:3", "never closed", id="broken YAML"
        ),
        pytest.param(
            {"brands": "brands:\n  - name: A\n    handels: [a]\n"},
            "brands.yaml:3:5",
            "handles",
            id="unknown key",
        ),
        pytest.param(
            {"brands": "brands:\n  - name: A\n    near: 5\n"}, "brands.yaml:3:11", "a list", id="wrong type"
        ),
        pytest.param(
            {"brands": "brands:\n  - handles: [a]\n"}, "brands.yaml:2", '"name" is missing', id="no name"
        ),
    ],
)
@pytest.mark.parametrize("command", ["run", "status", "doctor", "config check"])
def test_a_wrong_configuration(
    terminal: Terminal, command: str, files: dict[str, str], place: str, words: str
) -> None:
    """Every command that reads it says the same: file, line, key, mend."""
    said = terminal(*command.split(), "-c", terminal.config(**files))
    assert said.code == (1 if command == "doctor" else 2)
    told = said.out if command == "doctor" else said.err
    assert place in told
    assert words in told
    assert "mend" in told
    assert said.clear


def test_a_missing_secret(terminal: Terminal) -> None:
    """The variable is named, the run ends with 1, and the other sources were heard."""
    sources = "sources:\n  - {kind: x, name: x}\n  - {kind: reddit, name: reddit}\n"
    said = terminal("run", "-c", terminal.config(sources=sources))
    assert said.code == 1
    assert "X_BEARER_TOKEN" in said.err
    assert "REDDIT_CLIENT_SECRET" in said.err
    assert said.clear


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/page", "is a web page and names no feed", id="a feed that is a page"),
        pytest.param("/shut", "403", id="a source that refuses"),
    ],
)
def test_one_bad_source_never_stops_the_others(
    terminal: Terminal, web: Loopback, path: str, words: str
) -> None:
    """The bad one is named with the reason; the post of the good one is there."""
    config = terminal.config(sources=feeds(f"{web.url}{path}", f"{web.url}/feed"))
    said = terminal("run", "-c", config)
    assert said.code == 1
    assert f"{web.url}{path}" in said.err
    assert words in said.err
    assert "1 new posts" in said.out
    assert said.clear


def test_an_unreachable_source(terminal: Terminal) -> None:
    """Nobody listens at the address: the address and what to check."""
    with socket.socket() as taken:  # bound, but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/feed"
        said = terminal("run", "-c", terminal.config(sources=feeds(address)))
    assert said.code == 1
    assert address in said.err
    assert said.clear


def test_failures_are_remembered_by_status(terminal: Terminal, web: Loopback) -> None:
    """What failed in a pass is still told by status, also to programs, until it is mended."""
    config = terminal.config(sources=feeds(f"{web.url}/shut"))
    terminal("run", "-c", config)
    assert "failing" in terminal("status", "-c", config).out
    said = terminal("status", "-c", config, "--json")
    (source,) = json.loads(said.out)["sources"]
    assert (said.code, source["healthy"], source["error_kind"]) == (1, False, "Refused")


def test_a_private_address_is_refused(terminal: Terminal, web: Loopback) -> None:
    """A feed on loopback that is not allowed by name is not fetched, and the mend says how to allow it."""
    sources = json.dumps({"sources": [{"kind": "blogs", "name": "blogs", "feeds": [f"{web.url}/feed"]}]})
    said = terminal("run", "-c", terminal.config(sources=sources))
    assert said.code == 1
    assert "allow" in said.err
    assert web.asked == []


@pytest.mark.parametrize("version", ["0000_from_before", "9999_from_later"])
def test_a_database_of_another_version(terminal: Terminal, version: str) -> None:
    """Nothing is migrated on a guess: the version is named, the mend too, and the file stays as it was."""
    config = terminal.config()
    file = terminal.folder / "var" / "earnest.db"
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    connection.close()
    said = terminal("run", "-c", config)
    assert said.code == 1
    assert version in said.err
    assert str(file) in said.err
    assert said.clear


def test_a_file_that_is_no_database(terminal: Terminal) -> None:
    """Something else lies where the ledger should be: it is left alone."""
    config = terminal.config()
    file = terminal.folder / "var" / "earnest.db"
    file.parent.mkdir()
    file.write_text("minutes of the last meeting " * 100, encoding="utf-8")
    said = terminal("status", "-c", config)
    assert said.code == 1
    assert str(file) in said.err
    assert said.clear
    assert file.read_text(encoding="utf-8").startswith("minutes")


def test_a_database_address_that_is_none(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """EARNEST_DATABASE holds nonsense; its password is not repeated."""
    monkeypatch.setenv("EARNEST_DATABASE", "postgres//earnest:hush@db")
    said = terminal("status", "-c", terminal.config())
    assert said.code == 1
    assert "hush" not in said.err
    assert said.clear


def test_a_port_in_use_is_passed_over(terminal: Terminal) -> None:
    """Doctor tells that the port is taken and that the next one will do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = terminal("doctor", "-c", terminal.config(desk=f"port: {port}\n"))
    assert f"{port} is in use" in said.out
    assert said.code == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.com"])
def test_the_desk_refuses_hosts_for_everybody(terminal: Terminal, host: str) -> None:
    """Without sign-in, loopback only: said before anything listens."""
    said = terminal("serve", "-c", terminal.config(), "--host", host)
    assert said.code == 2
    assert "this machine only" in said.err
    assert said.clear


def test_a_query_that_does_not_read(terminal: Terminal) -> None:
    """The message is for whoever typed it."""
    said = terminal("search", "-c", terminal.config(), "outage AND (")
    assert said.code == 2
    assert "query" in said.err
    assert said.clear


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], "runn"),
        (["run", "--forse"], "--forse"),
        (["search"], "QUERY"),
        (["listen", "blog"], 'did you mean "blogs"?'),
        (["try", "blog"], 'did you mean "blogs"?'),
        (["understand", "--shard", "4/4"], "0/4"),
        (["config", "schema", "brand.yaml"], 'did you mean "brands.yaml"?'),
        (["run", "-c", "nowhere"], "earnest config init nowhere"),
    ],
)
def test_a_command_that_is_not_understood(terminal: Terminal, arguments: list[str], words: str) -> None:
    """Exit 2, and a word on what was meant."""
    terminal.config()
    said = terminal(*arguments)
    assert said.code == 2
    assert words in said.err
    assert said.clear


def posts(folder: Path, count: int) -> Path:
    """An archive of X with `count` posts about the brand."""
    file = folder / "posts.jsonl"
    start = datetime.now(UTC) - timedelta(days=1)
    with file.open("w", encoding="utf-8") as lines:
        for number in range(count):
            post = {
                "id": str(1_900_000_000_000_000_000 + number),
                "text": f"@LarkspurHelp still no internet, ticket {number}, " + "and nobody answers. " * 8,
                "author_id": str(number),
                "created_at": (start + timedelta(seconds=number)).isoformat().replace("+00:00", "Z"),
            }
            lines.write(json.dumps({"data": [post], "includes": {"users": []}}) + "\n")
    return file


@pytest.mark.servers
def test_a_full_disk_loses_nothing(terminal: Terminal) -> None:
    """The disk fills up in the middle of an import; with room again, the same command ends the work."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is missing: no small disk can be made")
    config = terminal.config(desk="data_dir: ../small\n")
    file = posts(terminal.folder, 3000)
    script = f"""
        mkdir -p small && mount -t tmpfs -o size=2m tmpfs small || exit 77
        {sys.executable} -m earnest import {file} -c {config} --no-pass
        echo "first $?"
        mount -o remount,size=64m small
        {sys.executable} -m earnest import {file} -c {config} --no-pass >second
        echo "second $?"
        {sys.executable} -m earnest status -c {config} --json
    """
    ended = run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=terminal.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode == 77 or "unshare" in ended.stderr:
        pytest.skip("no small disk may be mounted here")
    assert "first 1" in ended.stdout
    assert "the disk is full" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "second 0" in ended.stdout
    status = json.loads(ended.stdout.partition("second 0")[2])
    assert status["totals"]["total"]["posts"] == 3000
