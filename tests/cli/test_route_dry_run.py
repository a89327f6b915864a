"""`earnest route` with --dry-run and --lift, as a lead uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from listeners.listener import utcnow
from tests.cli.terminal import Terminal
from tests.ledger.world import hear, post, understand

FUSED = """
queues: {care: {first_answer: 4h}, sales: {first_answer: 4h}}
rules:
  - {name: complaint, when: {complaint: true}, route: care}
  - {name: nothing, dismiss: nothing to do}
fuse: {cases: 1, within: 1h}
"""


@pytest.fixture
def heard(terminal: Terminal) -> Path:
    """A ledger with two complaints of today, of two people; the fuse lets one through."""
    terminal.config(routing=FUSED)
    file = terminal.folder / "var" / "earnest.db"
    with Ledger.open(f"sqlite:///{file}") as ledger:
        for pk, who in (("1", "ann"), ("2", "bob")):
            hear(ledger, post(pk, f"Larkspur is down for {who}", who=who, created_at=utcnow()))
        understand(ledger)
    return file


def test_a_stopped_rule_is_told_and_lifted(terminal: Terminal, heard: Path) -> None:
    """At the end of the pass, by status, and with the way on; then everything is decided."""
    said = terminal("route")
    assert said.code == 0
    assert "1 cases opened" in said.out
    assert 'stopped: rule "complaint"' in said.err
    status = terminal("status")
    assert 'earnest route --lift "complaint"' in status.out
    assert json.loads(terminal("status", "--json").out)["stopped_rules"][0]["held"] == 1
    lifted = terminal("route", "--lift", "complaint")
    assert "1 mention that it held is let through" in lifted.err
    assert "1 cases opened" in lifted.out
    assert "stopped" not in terminal("status").out


def test_lifting_what_is_not_stopped(terminal: Terminal, heard: Path) -> None:
    """Says which are."""
    terminal("route")
    said = terminal("route", "--lift", "complain")
    assert (said.code, said.clear) == (2, True)
    assert "complaint" in said.err


def test_a_dry_run_shows_the_difference_in_words(terminal: Terminal, heard: Path) -> None:
    """Per queue and rule, with the person and their words; nothing is written."""
    terminal("route")
    changed = terminal.folder / "changed.yaml"
    changed.write_text(FUSED.replace("route: care", "route: sales"))
    said = terminal("route", "--dry-run", "--since", "2d", "--rules", str(changed))
    assert said.code == 0
    assert "1 in another queue" in said.out
    assert 'on x: "Larkspur is down for' in said.out
    assert "care (complaint) → sales (complaint)" in said.out
    assert "moved in" in said.out
    assert "moved out" in said.out
    assert "Nothing was written." in said.out


def test_a_dry_run_for_programs(terminal: Terminal, heard: Path) -> None:
    """The rules of the configuration against what was decided: no difference yet."""
    terminal("route")
    told = json.loads(terminal("route", "--dry-run", "--json").out)
    assert (told["mentions"], told["changed"], told["cases_was"], told["more"]) == (1, 0, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dry-run", "--since", "soon"), '"7d"'),
        (("--since", "7d"), "--dry-run"),
        (("--dry-run", "--rules", "nowhere.yaml"), "is missing"),
        (("--dry-run", "--lift", "complaint"), "leave them out"),
    ],
)
def test_what_does_not_go_together_is_said(
    terminal: Terminal, heard: Path, arguments: tuple[str, ...], said: str
) -> None:
    """In words, before anything happens."""
    told = terminal("route", *arguments)
    assert (told.code, told.clear) == (2, True)
    assert said in told.err


def test_mistakes_in_the_rules_to_try_are_told_like_in_routing_yaml(terminal: Terminal, heard: Path) -> None:
    """With the line and what was meant."""
    changed = terminal.folder / "changed.yaml"
    changed.write_text(FUSED.replace("route: care", "route: cre"))
    said = terminal("route", "--dry-run", "--rules", str(changed))
    assert (said.code, said.clear) == (2, True)
    assert "changed.yaml" in said.err
    assert "care" in said.err
