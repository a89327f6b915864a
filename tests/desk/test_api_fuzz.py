"""The API answers everything its description allows and forbids, and never with a 500."""

from __future__ import annotations

from tests.desk.fuzzing import admin_token, ask_everything
from tests.desk.larkspur import Room


def test_whatever_is_asked_is_answered_as_described(room: Room) -> None:
    """One call for every operation; `python -m benchmarks api` asks many, of both kinds."""
    headers = {"Authorization": f"Bearer {admin_token(room.ledger)}"}
    told = ask_everything(room.app, examples=1, derandomize=True, headers=headers, both=False)
    wrong = [f"{asked.name}: {kind}\n{how}" for asked in told for kind, how in asked.wrong.items()]
    assert not wrong, "\n".join(wrong)
    assert len(told) > 40
    assert not any(asked.statuses[401] or asked.statuses[429] for asked in told)
    assert sum(asked.statuses[200] > 0 for asked in told) > 10
