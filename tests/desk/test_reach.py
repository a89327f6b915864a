"""Rights per queue: cases of other queues are not there, wherever one looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from earnest.ledger import reach
from earnest.ledger.errors import NoSuchCase
from earnest.ledger.views import QueueQuery, QueueRow
from routing.case import Action, IllegalTransition
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


class Limited:
    """A program of Priya's, who sees all queues but the one that Maya's case is in."""

    def __init__(self, room: Room) -> None:
        self.hidden = room.case_of("mayao")
        rows = room.ledger.queue().rows
        self.seen: list[QueueRow] = [row for row in rows if row.queue != self.hidden.queue]
        self.queues = sorted({row.queue for row in self.seen} | {"elsewhere"})
        room.ledger.doors.add("Priya Shah", "lead", "hash", by="test", queues=self.queues)
        scopes = {"read", "work", "erase"}
        _, secret = room.ledger.doors.tokens.make(
            "Priya Shah", "robot", scopes, lasts=timedelta(days=1), by="test"
        )
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._browser = Browser(room.app)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One call."""
        return self._browser.request(method, path, json=body, headers=self._headers)


@pytest.fixture
def priya(room: Room) -> Limited:
    """Limited, with cases on both sides."""
    limited = Limited(room)
    assert limited.seen
    return limited


def test_the_queue_has_only_hers(priya: Limited) -> None:
    """Counted and listed; asking for the other by name brings nothing."""
    told = priya.ask("GET", "/api/queue").json()
    assert {row["case_id"] for row in told["rows"]} == {row.case_id for row in priya.seen}
    assert told["total_open"] == len(priya.seen)
    assert priya.ask("GET", f"/api/queue?queue={priya.hidden.queue}").json()["rows"] == []
    assert priya.ask("GET", "/api/you").json()["queues"] == priya.queues


EVERY_WAY: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "", None),
    ("GET", "/articles", None),
    ("POST", "/act", {"action": "take", "version": 1}),
    ("POST", "/notes", {"note": "hello"}),
    ("POST", "/told", {"version": 1}),
    ("POST", "/undo", {"version": 1}),
    ("POST", "/hold", {"epoch": 1}),
    ("POST", "/check", {"reply": "hello"}),
]


def test_a_case_of_another_queue_is_not_there(priya: Limited) -> None:
    """404, as for a number nobody has, whichever way one comes; there is no telling the two apart."""
    hidden = priya.hidden.case_id
    for method, rest, body in EVERY_WAY:
        there = priya.ask(method, f"/api/cases/{hidden}{rest}", body)
        nowhere = priya.ask(method, f"/api/cases/99999{rest}", body)
        assert (there.status_code, nowhere.status_code) == (404, 404), rest
        said = there.json()["detail"].replace(str(hidden), "N")
        assert said == nowhere.json()["detail"].replace("99999", "N"), rest


def test_next_brings_only_hers(priya: Limited) -> None:
    """However urgent the other one is."""
    taken = []
    while (claim := priya.ask("POST", "/api/next", {}).json()) is not None:
        taken.append(claim["case_id"])
    assert sorted(taken) == sorted(row.case_id for row in priya.seen)


def test_news_are_of_her_queues(room: Room, priya: Limited) -> None:
    """What is live counts as the queue does."""
    assert priya.ask("GET", "/api/news").json()["count"] == len(priya.seen)
    with reach.within(["elsewhere"]):
        assert room.ledger.arrivals(QueueQuery(), 0) == 0


def test_a_persons_record_has_only_her_cases(priya: Limited) -> None:
    """What they said in public is not hidden."""
    told = priya.ask("GET", f"/api/people/{priya.hidden.person_id}").json()
    assert told["posts"]
    assert told["cases"] == []


def test_nothing_is_handed_to_who_cannot_see_it(room: Room, priya: Limited) -> None:
    """The case would be with somebody who is told it is not there."""
    with pytest.raises(IllegalTransition, match="does not see the queue"):
        room.ledger.act(
            priya.hidden.case_id,
            Action.HAND_OVER,
            responder="Tom Reed",
            epoch=None,
            version=priya.hidden.version,
            note="yours",
            to="Priya Shah",
        )


def test_outside_of_a_request_nothing_is_hidden(room: Room, priya: Limited) -> None:
    """Stages and commands see every case."""
    assert room.ledger.case(priya.hidden.case_id)
    with reach.within(priya.queues), pytest.raises(NoSuchCase):
        room.ledger.case(priya.hidden.case_id)
    assert room.ledger.case(priya.hidden.case_id)


def test_pages_hide_it_too(room: Room, priya: Limited) -> None:
    """The queue, the case, Next; and the filter offers no queue she does not see."""
    browser = Browser(room.app).come_in(room.ledger.doors, "Priya Shah")
    assert browser.get("/").status_code == 200
    assert "Maya Okafor" not in browser.page
    assert f'value="{priya.hidden.queue}"' not in browser.page
    assert browser.get(f"/cases/{priya.hidden.case_id}").status_code == 404
    browser.get("/")
    leads = browser.post("/next").headers["location"]
    assert leads != f"/cases/{priya.hidden.case_id}"
    assert browser.get("/you").status_code == 200
    assert "these queues" in browser.page
