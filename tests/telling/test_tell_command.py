"""`earnest tell` and its part in status, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from tests.cli.terminal import Terminal
from tests.ledger.world import open_case
from tests.listeners.loopback import Reply
from tests.new_ledger import new_ledger
from tests.telling.receiver import NAME, SECRET, Receiver


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal whose environment holds the signing secret, in a folder with a case."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(NAME, SECRET)
    for name in ("EARNEST_CONFIG", "EARNEST_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    with Ledger.open(new_ledger(tmp_path / "var" / "earnest.db")) as ledger:
        open_case(ledger)
    return Terminal(tmp_path, capsys)


def configured(terminal: Terminal, receiver: Receiver) -> str:
    """A configuration that names the receiver, for new cases only: this one is long overdue."""
    telling = receiver.telling(topics=["opened"])
    return terminal.config(desk=json.dumps({"tell": telling.model_dump(mode="json")}))


def test_a_pass_says_how_many_were_told(terminal: Terminal, receiver: Receiver) -> None:
    """One line for each receiver."""
    said = terminal("tell", "-c", configured(terminal, receiver))
    assert (said.code, said.out) == (0, "cases: 1 told\n")


def test_a_dry_run_sends_nothing(terminal: Terminal, receiver: Receiver) -> None:
    """It shows what would be told."""
    said = terminal("tell", "--dry-run", "-c", configured(terminal, receiver))
    assert "cases: case 1 opened" in said.out
    assert receiver.asked == []


def test_a_dry_run_shows_what_people_would_read(terminal: Terminal, receiver: Receiver) -> None:
    """Word for word; nothing is sent, and no address is needed."""
    notice = {"name": "leads", "to": "EARNEST_NOTIFY_LEADS", "topics": ["opened"]}
    config = terminal.config(desk=json.dumps({"tell": {"notices": [notice]}}))
    said = terminal("tell", "--dry-run", "-c", config)
    assert said.out == "leads: Case 1 is new. http://127.0.0.1:8321/cases/1\n"


def test_a_failure_is_told_and_ends_with_1(terminal: Terminal, receiver: Receiver) -> None:
    """For the scheduler."""
    receiver.answers = [Reply(500)]
    said = terminal("tell", "-c", configured(terminal, receiver))
    assert said.code == 1
    assert "cases: the receiver answered 500" in said.err


def test_status_alarms_of_what_was_given_up(terminal: Terminal, receiver: Receiver) -> None:
    """And names the way out, which works."""
    config = configured(terminal, receiver)
    receiver.answers = [Reply(410)]
    terminal("tell", "-c", config)
    status = terminal("status", "-c", config)
    assert status.code == 1
    assert "earnest tell --again cases" in status.out
    assert "cases: 1 told" in terminal("tell", "--again", "cases", "-c", config).out
    assert "given up" not in terminal("status", "-c", config).out


def test_status_tells_who_fails_since_when(terminal: Terminal, receiver: Receiver) -> None:
    """With what it met, before it is given up; who was told, is told of too."""
    config = configured(terminal, receiver)
    receiver.answers = [Reply(503)]
    terminal("tell", "-c", config)
    said = terminal("status", "-c", config)
    assert "cases: last told never; 1 messages wait" in said.out
    assert "failing: cases, first just now: the receiver answered 503" in said.out
    assert json.loads(terminal("status", "--json", "-c", config).out)["receivers"][0]["failing_since"]


def test_a_test_notice_is_for_people(terminal: Terminal, receiver: Receiver) -> None:
    """And it reaches them; a webhook has none."""
    notice = {"name": "leads", "to": "EARNEST_NOTIFY_LEADS"}
    desk = {"tell": {**receiver.telling().model_dump(mode="json"), "notices": [notice]}}
    config = terminal.config(desk=json.dumps(desk))
    assert terminal("tell", "--test", "cases", "-c", config).code == 2
    missing = terminal("tell", "--test", "leads", "-c", config)
    assert missing.code == 1
    assert "EARNEST_NOTIFY_LEADS is not set" in missing.err


def test_an_unknown_receiver_is_a_wrong_command(terminal: Terminal, receiver: Receiver) -> None:
    """With the nearest name."""
    said = terminal("tell", "--again", "casse", "-c", configured(terminal, receiver))
    assert said.code == 2
    assert 'did you mean "cases"?' in said.err


def test_where_nobody_is_named_nobody_is_told(terminal: Terminal) -> None:
    """And it is no failure."""
    said = terminal("tell", "-c", terminal.config())
    assert said.code == 0
    assert "nobody is to be told" in said.err


def test_the_log_shows_how_the_tries_went(terminal: Terminal, receiver: Receiver) -> None:
    """With what the receiver said."""
    config = configured(terminal, receiver)
    receiver.answers = [Reply(500)]
    terminal("tell", "-c", config)
    said = terminal("tell", "--log", "cases", "-c", config)
    assert "no (500)" in said.out
    assert "the receiver answered 500" in said.out
    assert json.loads(terminal("tell", "--log", "cases", "--json", "-c", config).out)[0]["status"] == 500
