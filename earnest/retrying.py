"""Trying again what was set aside: after a fix, what could not be read may be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from earnest.importing_json import read_value
from earnest.importing_pieces import Piece
from earnest.ledger import Ledger
from earnest.ledger.quarantine import UNDERSTANDING, AsideView
from listeners.listener import Batch, Clock, utcnow

QUERY = "retry"
"""What retrying is called where polls are listed; a query's own cursor is not touched."""

_AT_A_TIME = 500


@dataclass(slots=True)
class RetryReport:
    """read: items that are posts now. understood: posts put back to be understood. still: tried in vain.

    left: items of networks whose raw form says too little; they come again by listening, or by
    importing their file again.
    """

    read: int = 0
    understood: int = 0
    still: int = 0
    left: int = 0


def retry(ledger: Ledger, *, listener: str | None = None, clock: Clock = utcnow) -> RetryReport:
    """Read every item that was set aside once more, or those of one source; what can be read is stored."""
    report, after = RetryReport(), 0
    while asides := ledger.set_asides(listener, after=after, limit=_AT_A_TIME):
        after = asides[-1].id
        done: list[int] = []
        still: list[int] = []
        for aside in asides:
            (done if _again(ledger, aside, report, clock) else still).append(aside.id)
        ledger.settle_asides(done, still)
    return report


def _again(ledger: Ledger, aside: AsideView, report: RetryReport, clock: Clock) -> bool:
    """Whether the item is no longer set aside."""
    if aside.place == UNDERSTANDING:
        put = ledger.understand_again(aside.source, aside.native_id or "")
        report.understood += put
        return True  # gone from its network, it needs nothing; else it is set aside again if it must be
    wrap = _WRAPS.get(aside.source)
    if wrap is None:
        report.left += 1
        return False
    try:
        value = json.loads(aside.raw)
    except ValueError:
        report.left += 1  # a row of a table, or cut
        return False
    piece = read_value(wrap(value), 1, aside.place, clock)
    if piece.set_aside or not (piece.posts or piece.context or piece.deletions):
        report.still += 1
        return False
    ledger.commit_batch(aside.listener, _batch(piece), query=QUERY, source=aside.source)
    report.read += 1
    return True


def _batch(piece: Piece) -> Batch:
    return Batch({}, piece.posts, piece.context, piece.deletions)


_WRAPS: Mapping[str, Callable[[Any], Any]] = {
    "x": lambda value: {"data": [value]},
    "reddit": lambda value: value,
    "import": lambda value: value,
}
"""network → how its raw items are wrapped to be read; others are left."""
