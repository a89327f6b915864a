"""The API answers everything its description allows and forbids, and never with a 500."""

from __future__ import annotations

from datetime import timedelta

from tests.desk.fuzzing import ask_everything
from tests.desk.larkspur import Room

SCOPES = {"read", "work", "arrange", "erase", "keep-door", "audit"}


def test_whatever_is_asked_is_answered_as_described(room: Room) -> None:
    """One call for every operation; `python -m benchmarks api` asks many, of both kinds."""
    room.ledger.doors.add("Ada Lin", "admin", "hash", by="test")
    _, secret = room.ledger.doors.tokens.make("Ada Lin", "all", SCOPES, lasts=timedelta(days=1), by="test")
    headers = {"Authorization": f"Bearer {secret}"}
    told = ask_everything(room.app, examples=1, derandomize=True, headers=headers, both=False)
    wrong = [f"{asked.name}: {kind}\n{how}" for asked in told for kind, how in asked.wrong.items()]
    assert not wrong, "\n".join(wrong)
    assert len(told) > 40
    assert any(asked.statuses[200] for asked in told)
