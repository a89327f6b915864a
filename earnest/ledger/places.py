"""Places in lists, as others hand them back: read strictly, since anybody may have written them."""

from __future__ import annotations

from datetime import UTC, datetime

MOST = 2**62


def moment(text: object) -> datetime:
    """A moment in UTC. Raises ValueError for anything else, also for one that no calendar has."""
    if not isinstance(text, str):
        raise ValueError("a moment is text")
    # in an address that was not encoded, the plus of the zone arrives as a space
    when = datetime.fromisoformat(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    if when.tzinfo is None:
        raise ValueError("a moment has a zone")
    try:
        return when.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment lies within the calendar") from error


def number(value: object) -> int:
    """A number that a database can hold. Raises ValueError for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -MOST < value < MOST:
        raise ValueError("not a number of the ledger's")
    return value
