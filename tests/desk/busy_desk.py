"""A desk with five busy weeks behind it: something of every kind for the lead's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from earnest.ledger.outbox import Outbox
from earnest.ledger.views import QueueQuery
from earnest.settings import DeskSettings
from listeners.listener import Refused
from listeners.post import Kind
from tests.desk.larkspur import NOON, Clock, Room, Said

TOLD = {
    "notices": [{"name": "leads", "to": "EARNEST_NOTIFY_LEADS", "topics": ["opened", "overdue"]}],
    "webhooks": [
        {
            "name": "case-system",
            "url": "https://cases.example/hook",
            "signed_with": "EARNEST_SECRET_CASES",
            "topics": ["opened"],
        }
    ],
}


def desk(folder: Path, now: Clock | None = None) -> Room:
    """Heard from five weeks ago until now; the caller closes its ledger."""
    clock = now or Clock()
    end = clock.now if now else NOON
    room = Room(folder, clock, desk=DeskSettings.model_validate({
        "time_zone": "Europe/London", "team": "Larkspur Care", "tell": TOLD,
    }))  # fmt: skip
    number = 0
    for back in (28, 21, 14, 7, *range(6, -1, -1)):
        clock.now = end - timedelta(days=back)
        said = []
        for turn in range(14 if back > 6 else 8 if back < 2 else 3):
            number += 1
            said.append(one := _said(number, back, turn))
            if turn % 3 == 0:
                said.append(_answer(one))
            if back == 0:
                clock.now = end - timedelta(hours=max(0, 22 - 3 * turn))
                room.hear(said)
                said = []
        if said:
            room.hear(said)
    clock.now = end
    _spread(room)
    _told(room)
    return room


def _said(number: int, back: int, turn: int) -> Said:
    topic = "outage" if back <= 6 and turn else ("billing", "booking", "price")[(number + turn) % 3]
    words = {
        "outage": "is down again in our street",
        "billing": "has billed me twice this month",
        "booking": "let the engineer not come, again",
        "price": "costs more than it said it would",
    }[topic]
    return Said(
        f"{number:04}", f"person{number}", f"Larkspur {words}, number {number}, since {turn} o'clock",
        30, 1 + number % 4, f"Person {number}", topics=(topic,),
        source="reddit" if number % 4 == 0 else "x", urgency=number % 3,
    )  # fmt: skip


def _answer(to: Said) -> Said:
    """The brand's own word, twenty minutes later."""
    return Said(
        f"a{to.id}", "LarkspurHelp", "Sorry to hear that. An engineer looks at it now.", to.ago - 20, None,
        kind=Kind.REPLY, thread=to.id, parent=to.id, source=to.source,
    )  # fmt: skip


def _spread(room: Room) -> None:
    """One of the newest is repeated by nine others."""
    rows = room.ledger.queue(QueueQuery(sources=("x",), limit=200)).rows
    row = max(rows, key=lambda row: row.opened_at)
    echoes = [
        Said(f"9{n:03}", f"echo{n}", "RT", 5, None, kind=Kind.REPOST, parent=row.post_id, source=row.source)
        for n in range(9)
    ]
    room.hear([replace(one, text=f"RT {n}") for n, one in enumerate(echoes)])


def _told(room: Room) -> None:
    """One receiver heard of everything, another fails; a source refuses, a fuse blew."""
    box = Outbox(room.ledger.database)
    while message := box.take("case-system", ["opened"]):
        box.settle("case-system", message, arrived=True, said="", seconds=0.2, status=200)
    for _ in range(2):
        if message := box.take("leads"):
            said = "the service answered 404; see that its address is still the right one"
            again = room.clock.now + timedelta(minutes=5)
            box.settle("leads", message, arrived=False, said=said, seconds=0.2, status=404, again_at=again)
    room.ledger.poll_started("x", "x", "Larkspur")
    room.ledger.poll_ended("x", "Larkspur", error=Refused("401: the key is refused"), next_poll=None)
