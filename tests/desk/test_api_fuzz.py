"""The API answers everything its description allows and forbids, and never with a 500."""

from __future__ import annotations

from datetime import timedelta

from earnest.desk.passwords import hash_password
from tests.desk.fuzzing import ask_everything
from tests.desk.larkspur import Room

SCOPES = {"read", "work", "arrange", "erase", "keep-door", "audit"}


def test_whatever_is_asked_is_answered_as_described(room: Room) -> None:
    """One call of each kind for every operation; `python -m benchmarks api` asks more."""
    room.ledger.doors.add("Ada Lin", "admin", hash_password("kettle orbit lantern 9"), by="test")
    _, secret = room.ledger.doors.tokens.make("Ada Lin", "all", SCOPES, lasts=timedelta(days=1), by="test")
    headers = {"Authorization": f"Bearer {secret}"}
    told = ask_everything(room.app, examples=1, derandomize=True, headers=headers)
    wrong = [f"{asked.name}: {kind}\n{how}" for asked in told for kind, how in asked.wrong.items()]
    assert not wrong, "\n".join(wrong)
    assert len(told) > 40
    assert any(asked.statuses[200] for asked in told)
