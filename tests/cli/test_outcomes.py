"""`earnest outcomes` as a person reads it and as a program does."""

from __future__ import annotations

import json

from earnest.ledger import Ledger
from routing.case import Action
from tests.cli.terminal import Terminal
from tests.ledger.world import open_case
from tests.new_ledger import new_ledger

RESPONDER = "Ana Silva"


def heard(terminal: Terminal) -> str:
    """A configuration beside a ledger with one solved case."""
    with Ledger.open(new_ledger(terminal.folder / "var" / "earnest.db")) as ledger:
        case_id = open_case(ledger)
        ledger.act(case_id, Action.RESOLVE, responder=RESPONDER, epoch=None, version=1)
    return terminal.config()


def test_the_measures_are_shown(terminal: Terminal) -> None:
    """Of all networks, and of each."""
    said = terminal("outcomes", "-c", heard(terminal))
    assert said.code == 0
    assert "came back" in said.out
    assert "0 of 1" in said.out


def test_no_responder_is_ranked(terminal: Terminal) -> None:
    """None appears, for people or for programs."""
    config = heard(terminal)
    said = terminal("outcomes", "--json", "-c", config)
    assert json.loads(said.out)["resolved"] == 1
    assert RESPONDER not in said.out
    assert RESPONDER not in terminal("outcomes", "-c", config).out
