"""What the commands about people share: who types, and a name that nobody has."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Any, TypeVar

from earnest.commands.common import fail

Done = TypeVar("Done")


def of_somebody(change: Callable[[], Done]) -> Done:
    """Do it; a name that nobody has is told."""
    from earnest.ledger.doors import NoSuchPerson

    try:
        return change()
    except NoSuchPerson as nobody:
        fail(str(nobody), "see them all: earnest people list")


def by() -> str:
    """Who types: the account on this machine, marked as such."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "command line"


def told(row: Any, *but: str) -> dict[str, Any]:
    """A row for JSON, without some of its fields."""
    from dataclasses import asdict

    return {key: value for key, value in asdict(row).items() if key not in but}
