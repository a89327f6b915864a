"""Asks the desk's API whatever its OpenAPI description allows and forbids: how often, and what went wrong.

    python -m benchmarks api --examples 200

Every operation gets so many calls that fit the description and as many that do not, twice: on a desk
where nobody signs in, and with a token of an admin. Wrong is a 500, an answer the description does not
know, or one that is not as described. Exit 1 if anything was.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from earnest.desk.app import create_app
from earnest.door_settings import Limits
from tests.desk.fuzzing import Asked, admin_token, ask_everything
from tests.desk.larkspur import AFTERNOON, Room


def main() -> int:
    """Ask on both desks and print what came back."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks api", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="calls of each kind for each operation")
    parser.add_argument("--same", action="store_true", help="the same calls at every run")
    given = parser.parse_args()
    wrong = 0
    for signed_in in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            wrong += _round(Path(folder), signed_in, given.examples, same=given.same)
    print("nothing was wrong" if not wrong else f"{wrong} kinds of answers were wrong")
    return 1 if wrong else 0


def _round(folder: Path, signed_in: bool, examples: int, *, same: bool) -> int:
    room = Room(folder)
    room.hear(AFTERNOON)
    headers = {"Earnest-Responder": "Robo Reed"}
    if signed_in:
        fast = room.settings.desk.model_copy(
            update={"limits": Limits(calls_per_minute=1_000_000, costly_per_minute=1_000_000)}
        )
        settings = replace(room.settings, desk=fast)
        room.app = create_app(room.ledger, settings, room.index, clock=room.clock)
        headers = {"Authorization": f"Bearer {admin_token(room.ledger)}"}
    began = time.perf_counter()
    told = ask_everything(room.app, examples=examples, derandomize=same, headers=headers)
    room.ledger.close()
    calls = sum(asked.statuses.total() for asked in told)
    print(
        f"\n{'signed in' if signed_in else 'nobody signs in'}: {len(told)} operations, {calls} calls, ",
        end="",
    )
    print(f"{time.perf_counter() - began:.0f} s")
    for asked in told:
        _print(asked)
    return sum(len(asked.wrong) for asked in told)


def _print(asked: Asked) -> None:
    statuses = ", ".join(f"{status} ×{count}" for status, count in sorted(asked.statuses.items()))
    print(f"  {asked.name:50} {statuses}")
    for kind, how in asked.wrong.items():
        print(f"    WRONG {kind}")
        print("      " + how.replace("\n", "\n      "))


if __name__ == "__main__":
    sys.exit(main())
