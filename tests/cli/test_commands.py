"""What commands say when all is well."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from earnest.cli import app
from earnest.settings import load
from tests.cli.terminal import Terminal, process
from tests.cli.test_bad_input import RSS, answer, feeds
from tests.listeners.loopback import Loopback

COMMANDS = [
    (name, *sub)
    for name, command in sorted(typer.main.get_command(app).commands.items())  # type: ignore[attr-defined]
    for sub in ([(one,) for one in sorted(command.commands)] if hasattr(command, "commands") else [()])
]
"""Every command that does something, families unfolded."""


@pytest.fixture
def web() -> Iterator[Loopback]:
    """A site on loopback."""
    with Loopback(answer) as site:
        yield site


def test_the_commands_of_the_release_are_there() -> None:
    """Nothing of the first release's list is missing."""
    wanted = "demo run listen understand route import search evaluate serve status doctor config try"
    assert set(wanted.split()) <= {command[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_helps_with_an_example(terminal: Terminal, command: tuple[str, ...]) -> None:
    """--help ends with an example that can be copied."""
    said = terminal(*command, "--help")
    assert said.code == 0
    assert f"earnest {' '.join(command)}" in said.out.partition("Examples:")[2]


def test_help_answers_at_once(tmp_path: Path) -> None:
    """Nothing heavy is imported for --help: processor time, which a busy machine does not change much."""
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process("--help", folder=tmp_path).code == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.5


def test_run_says_what_each_source_brought(terminal: Terminal, web: Loopback) -> None:
    """A pass ends with a table, and programs get the same as JSON."""
    config = terminal.config(sources=feeds(f"{web.url}/feed"))
    said = terminal("run", "-c", config, "--json")
    report = json.loads(said.out)
    assert said.code == 0
    assert report["pass"]["polls"][0]["intake"]["new"] == 1
    assert report["totals"]["total"]["mentions"] == 1


def test_run_twice_changes_nothing(terminal: Terminal, web: Loopback) -> None:
    """The second pass finds nothing new, even when everything is asked again."""
    config = terminal.config(sources=feeds(f"{web.url}/feed"))
    terminal("run", "-c", config)
    said = terminal("run", "-c", config, "--force", "--json")
    report = json.loads(said.out)
    assert (report["pass"]["understood"], report["pass"]["routed"]["cases_opened"]) == (0, 0)


def test_the_stages_one_by_one_make_a_pass(terminal: Terminal, web: Loopback) -> None:
    """listen, understand and route do together what run does."""
    config = terminal.config(sources=feeds(f"{web.url}/feed"))
    assert terminal("listen", "blogs", "-c", config).code == 0
    assert "1 posts understood, 1 mentions" in terminal("understand", "-c", config).out
    assert "1 taken into search" in terminal("route", "-c", config).out
    assert "1 mention" in terminal("search", "broadband", "-c", config).out


def test_search_finds_for_people_and_programs(terminal: Terminal, web: Loopback) -> None:
    """The same mention, as a row and as JSON."""
    config = terminal.config(sources=feeds(f"{web.url}/feed"))
    terminal("run", "-c", config)
    found = json.loads(terminal("search", "down", "-c", config, "--json").out)
    assert found["total"] == 1
    assert found["mentions"][0]["brand"] == "Larkspur"
    assert "Larkspur again" in terminal("search", "down", "-c", config).out


def test_status_of_what_was_never_asked(terminal: Terminal) -> None:
    """A source without a first poll says so, and that is no failure."""
    said = terminal("status", "-c", terminal.config())
    assert (said.code, "never asked" in said.out) == (0, True)


def test_doctor_for_programs(terminal: Terminal) -> None:
    """Every finding with its state and mend."""
    said = terminal("doctor", "-c", terminal.config(), "--json")
    findings = {finding["name"]: finding for finding in json.loads(said.out)}
    assert said.code == 0
    assert findings["python"]["how"] == "ok"
    wanted = {"packages", "model", "config", "listening", "database", "disk", "port", "source blogs"}
    assert wanted <= set(findings)


def test_doctor_sees_many_hosts_that_wait_for_each_other(terminal: Terminal) -> None:
    """With the setting that mends it."""
    feeds = ", ".join(f"https://blog{number}.invalid/feed" for number in range(20))
    sources = f"sources:\n  - {{kind: blogs, name: blogs, feeds: [{feeds}]}}\n"
    said = terminal("doctor", "-c", terminal.config(sources=sources, desk="hosts_at_once: 1\n"))
    assert "warn  listening: 20 hosts, one after another" in said.out
    assert "raise hosts_at_once in desk.yaml" in said.out
    said = terminal("doctor", "-c", terminal.config(sources=sources, desk=""))
    assert "ok    listening: 20 hosts, up to 8 at the same time" in said.out


def test_doctor_names_missing_keys(terminal: Terminal) -> None:
    """A key that is not set is a warning with the variable's name: other sources work without it."""
    said = terminal("doctor", "-c", terminal.config(sources="sources:\n  - {kind: x, name: tweets}\n"))
    assert "warn  source tweets: X_BEARER_TOKEN not set" in said.out
    assert said.code == 0


def test_init_writes_a_configuration_that_is_fine(terminal: Terminal) -> None:
    """What newcomers start from has no problem, and is never written over."""
    assert terminal("config", "init", "mine").code == 0
    assert terminal("config", "check", "-c", "mine").code == 0
    assert load(terminal.folder / "mine", environment={}).brands[0].name == "Larkspur"
    again = terminal("config", "init", "mine")
    assert (again.code, "exists already" in again.err) == (2, True)


def test_schemas_describe_every_key(terminal: Terminal) -> None:
    """The schema that editors use knows the keys and what they mean."""
    schema = json.loads(terminal("config", "schema", "routing.yaml").out)
    assert {"queues", "rules", "calendars", "weights", "age_guard", "fuse"} == set(schema["properties"])
    when = schema["$defs"]["When"]["properties"]
    assert when["unread"]["description"]


def test_show_hides_secrets(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only whether they are set; a database's password is starred."""
    monkeypatch.setenv("X_BEARER_TOKEN", "hush-token")
    monkeypatch.setenv("EARNEST_DATABASE", "postgresql+psycopg://earnest:hush@db/earnest")
    config = terminal.config(sources="sources:\n  - {kind: x, name: x}\n")
    said = terminal("config", "show", "-c", config, "--json")
    shown = json.loads(said.out)
    assert shown["secrets"] == {"X_BEARER_TOKEN": "set"}
    assert "hush" not in said.out
    assert shown["routing"]["age_guard"] == "14d"


def test_check_tries_the_examples(terminal: Terminal) -> None:
    """A brand's own example that would not be found is a problem with its line."""
    brands = "brands:\n  - name: Larkspur\n    examples:\n      - my hub is dead\n"
    said = terminal("config", "check", "-c", terminal.config(brands=brands))
    assert (said.code, "brands.yaml:4:9" in said.err) == (2, True)


@pytest.mark.parametrize("how", ["a name", "an address", "a file", "a sentence"])
def test_try_shows_what_would_be_made_of_it(terminal: Terminal, web: Loopback, how: str) -> None:
    """Whatever it is given: mentions and decisions, and nothing is stored."""
    config = terminal.config(sources=feeds(f"{web.url}/feed"))
    (terminal.folder / "saved.xml").write_bytes(RSS)
    given = {
        "a name": ["blogs"],
        "an address": [f"{web.url}/feed", "--allow", "127.0.0.1/32"],
        "a file": ["saved.xml"],
        "a sentence": ["@LarkspurHelp my broadband is down again and nobody answers"],
    }[how]
    said = terminal("try", *given, "-c", config, "--json")
    (post,) = json.loads(said.out)["posts"]
    assert said.code == 0
    assert post["mentions"][0]["mention"]["brand"] == "Larkspur"
    assert post["mentions"][0]["decision"]["reasons"][0]["saw"]
    assert not (terminal.folder / "var").exists()


def test_try_in_words(terminal: Terminal) -> None:
    """A sentence is told with everything that was seen in it; one without a brand says so."""
    config = terminal.config()
    told = terminal("try", "@LarkspurHelp no internet for three days, please help", "-c", config).out
    assert "goes to support" in told
    assert "asks for help" in told
    assert "no brand is named" in terminal("try", "lovely weather today", "-c", config).out


def test_posts_are_shown_as_written(terminal: Terminal) -> None:
    """Brackets in a post are words, not colours."""
    (terminal.folder / "odd.xml").write_bytes(
        RSS.replace(b"Larkspur again", b"[/bold] Larkspur [red]again[/x]")
    )
    said = terminal("try", "odd.xml", "-c", terminal.config())
    assert said.code == 0
    assert "[/bold] Larkspur [red]again[/x]" in said.out


def test_try_with_nobody_there(terminal: Terminal, web: Loopback) -> None:
    """A feed that is a page ends with 1 and the reason."""
    said = terminal("try", f"{web.url}/page", "--allow", "127.0.0.1/32", "-c", terminal.config())
    assert said.code == 1
    assert "is a web page" in said.err
    assert said.clear


def test_version(terminal: Terminal) -> None:
    """One line."""
    assert terminal("--version").out.startswith("earnest ")


def test_output_to_a_reader_that_left(tmp_path: Path) -> None:
    """`earnest … | head -1` ends quietly."""
    from subprocess import PIPE, Popen
    from sys import executable

    with Popen(
        [executable, "-m", "earnest", "config", "schema"], stdout=PIPE, stderr=PIPE, cwd=tmp_path
    ) as shown:
        assert shown.stdout is not None
        assert shown.stderr is not None
        shown.stdout.readline()
        shown.stdout.close()
        told = shown.stderr.read()
    assert b"Traceback" not in told
    assert b"Exception" not in told
