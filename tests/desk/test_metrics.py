"""Whoever watches over the desk sees how it stands, in numbers alone."""

from __future__ import annotations

import re

import pytest

from earnest.desk.metrics import Metrics
from earnest.ledger.outbox import Outbox
from earnest.settings import DeskSettings
from routing.case import Action
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


def value(page: str, name: str, **labels: str) -> float:
    """The value of one metric, summed over the labels that are not given."""
    found = re.findall(rf"^{name}(?:{{(.*?)}})? ([0-9.e+-]+)$", page, re.MULTILINE)
    wanted = [f'{key}="{text}"' for key, text in labels.items()]
    return sum(float(number) for named, number in found if all(want in named for want in wanted))


def metrics(browser: Browser) -> str:
    """The page."""
    answer = browser.get("/metrics")
    assert answer.status_code == 200
    return answer.text


def test_how_many_wait_is_told(room: Room, priya: Browser) -> None:
    """All queues together are all open cases."""
    assert value(metrics(priya), "earnest_open_cases") == room.ledger.queue().total_open


def test_how_long_the_oldest_waits_grows(room: Room, priya: Browser) -> None:
    """By the desk's clock."""
    queue = room.ledger.queue().rows[0].queue
    before = value(metrics(priya), "earnest_oldest_seconds", queue=queue)
    room.clock.pass_by(minutes=1)
    assert value(metrics(priya), "earnest_oldest_seconds", queue=queue) - before == pytest.approx(60)


def test_overdue_cases_are_told(room: Room, priya: Browser) -> None:
    """Once their due time has passed."""
    room.clock.pass_by(days=30)
    assert value(metrics(priya), "earnest_overdue_cases") > 0


def test_claims_and_lost_leases_are_counted(room: Room, priya: Browser) -> None:
    """From the desk's start on, whichever process took or lost them."""
    room.ledger.claim_next("Tom Reed")
    room.clock.pass_by(minutes=6)
    room.ledger.wake()
    page = metrics(priya)
    assert value(page, "earnest_claims_total") == 1
    assert value(page, "earnest_lease_expiries_total") == 1


def test_refused_writes_are_counted(room: Room, priya: Browser) -> None:
    """Two people at one case."""
    case = room.ledger.queue().rows[0]
    room.ledger.act(case.case_id, Action.TAKE, responder="Tom Reed", epoch=None, version=case.version)
    priya.get(f"/cases/{case.case_id}")
    answer = priya.post(f"/cases/{case.case_id}/act", {"action": "resolve", "version": case.version})
    assert answer.status_code == 409
    assert value(metrics(priya), "earnest_conflicts_total") == 1


def test_a_proxy_gives_the_metrics_to_nobody(room: Room, priya: Browser) -> None:
    """They are for programs on this machine."""
    assert priya.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def test_metrics_name_nobody(room: Room, priya: Browser) -> None:
    """Neither those who speak nor those who answer."""
    room.ledger.claim_next("Tom Reed")
    page = metrics(priya)
    people = [row.handle for row in room.ledger.queue().rows]
    assert not [name for name in (*people, "Tom Reed", "Priya Shah") if name in page]


def test_the_outbox_is_told_by_receiver(room: Room) -> None:
    """What waits, how long already, and what was given up."""
    hook = {"name": "cases", "url": "https://cases.example/hook", "signed_with": "EARNEST_SECRET_CASES"}
    told = Metrics(room.ledger, DeskSettings.model_validate({"tell": {"webhooks": [hook]}}).tell)
    box = Outbox(room.ledger.database)
    message = box.take("cases")
    assert message is not None
    box.settle("cases", message, arrived=False, said="gone", seconds=0.1, status=410)
    room.clock.pass_by(minutes=5)
    page = told.text().decode()
    assert value(page, "earnest_outbox_dead", target="cases") == 1
    assert value(page, "earnest_outbox_waiting", target="cases") == len(box.waiting("cases")) > 0
    assert value(page, "earnest_outbox_lag_seconds", target="cases") == pytest.approx(300)
