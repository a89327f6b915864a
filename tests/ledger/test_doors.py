"""People of the desk, their sessions and the audit, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from earnest.ledger import Ledger
from earnest.ledger.door_tables import desk_sessions, security_events
from earnest.ledger.doors import NoSuchPerson
from tests.clock import SetClock

IDLE, LASTS = timedelta(hours=1), timedelta(hours=12)


def _sign_in(ledger: Ledger, name: str = "Priya Shah", secret: str = "s1") -> str:
    found = ledger.doors.credentials(name)
    assert found is not None
    ledger.doors.begin(found[0], secret, address="127.0.0.1", browser="test")
    return secret


def _who(ledger: Ledger, secret: str, *, used: bool = True) -> str | None:
    session = ledger.doors.session(secret, idle=IDLE, lasts=LASTS, used=used)
    return session and session.name


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """A ledger with one responder."""
    ledger.doors.add("Priya Shah", "responder", "hash", by="test")
    return ledger


def test_the_first_person_closes_the_door(ledger: Ledger) -> None:
    """And it stays closed when they are disabled."""
    assert not ledger.doors.needed()
    ledger.doors.add("Priya Shah", "admin", "hash", by="test")
    ledger.doors.disable("priya shah", by="test")
    assert ledger.doors.needed()


def test_two_names_that_read_alike_are_one(staffed: Ledger) -> None:
    """Case and spaces do not tell people apart."""
    with pytest.raises(ValueError, match="already"):
        staffed.doors.add("PRIYA  shah", "viewer", "hash", by="test")


def test_a_session_ends_when_unused(staffed: Ledger, clock: SetClock) -> None:
    """Using it keeps it; what a page does by itself does not."""
    secret = _sign_in(staffed)
    for _ in range(3):
        clock.move(minutes=50)
        assert _who(staffed, secret) == "Priya Shah"
    clock.move(minutes=50)
    assert _who(staffed, secret, used=False) == "Priya Shah"
    clock.move(minutes=50)
    assert _who(staffed, secret) is None


def test_a_session_ends_at_last(staffed: Ledger, clock: SetClock) -> None:
    """However busy its person is."""
    secret = _sign_in(staffed)
    for _ in range(14):
        assert _who(staffed, secret) == "Priya Shah"
        clock.move(minutes=50)
    clock.move(minutes=30)
    assert _who(staffed, secret) is None


def test_disabling_ends_every_session(staffed: Ledger) -> None:
    """At once, and the person may not sign in any more."""
    _sign_in(staffed, secret="s1")
    _sign_in(staffed, secret="s2")
    assert staffed.doors.disable("Priya Shah", by="boss") == 2
    assert _who(staffed, "s1") is None
    assert staffed.doors.credentials("Priya Shah") is None
    staffed.doors.enable("Priya Shah", by="boss")
    assert _who(staffed, "s1") is None


def test_another_password_ends_the_other_sessions(staffed: Ledger) -> None:
    """All but the one it was changed in."""
    _sign_in(staffed, secret="here")
    _sign_in(staffed, secret="there")
    here = staffed.doors.session("here", idle=IDLE, lasts=LASTS)
    assert here is not None
    assert staffed.doors.set_password("Priya Shah", "other", by="Priya Shah", but=here.id) == 1
    assert _who(staffed, "here") == "Priya Shah"
    assert _who(staffed, "there") is None


def test_a_session_of_somebody_else_is_not_ended(staffed: Ledger) -> None:
    """People end their own; an admin names nobody and ends any."""
    staffed.doors.add("Tom Reed", "responder", "hash", by="test")
    secret = _sign_in(staffed)
    number = staffed.doors.sessions(idle=IDLE, lasts=LASTS)[0].id
    assert not staffed.doors.end(number, why="ended", by="Tom Reed", of="Tom Reed")
    assert _who(staffed, secret) == "Priya Shah"
    assert staffed.doors.end(number, why="ended", by="boss")
    assert _who(staffed, secret) is None


def test_the_secret_is_not_kept(staffed: Ledger) -> None:
    """A copy of the ledger lets nobody in."""
    secret = _sign_in(staffed, secret="a-long-secret")
    with staffed.database.read() as conn:
        assert secret not in str(conn.execute(select(desk_sessions)).all())


def test_failures_hold_a_name_at_its_address(staffed: Ledger, clock: SetClock) -> None:
    """Five wrong passwords wait a quarter of an hour; from elsewhere the person comes in."""
    for _ in range(5):
        assert staffed.doors.held_until("Priya Shah", "10.0.0.9") is None
        staffed.doors.failed("priya shah", "10.0.0.9")
    assert staffed.doors.held_until("PRIYA SHAH", "10.0.0.9") is not None
    assert staffed.doors.held_until("Priya Shah", "10.0.0.1") is None
    clock.move(minutes=16)
    assert staffed.doors.held_until("Priya Shah", "10.0.0.9") is None


def test_failures_hold_an_address_for_every_name(staffed: Ledger) -> None:
    """One password tried on many names."""
    for n in range(30):
        staffed.doors.failed(f"name {n}", "10.0.0.9")
    assert staffed.doors.held_until("Priya Shah", "10.0.0.9") is not None
    assert staffed.doors.held_until("Priya Shah", "10.0.0.1") is None


def test_unknown_names_are_not_written_down(staffed: Ledger) -> None:
    """It may be a password typed into the wrong field."""
    staffed.doors.failed("hunter2 hunter2", "10.0.0.9")
    event = staffed.doors.events()[0]
    assert event.kind == "sign-in failed"
    assert "hunter2" not in event.who


@pytest.mark.parametrize("change", [update(security_events).values(who="x"), delete(security_events)])
def test_the_audit_cannot_be_changed(staffed: Ledger, change: object) -> None:
    """The database itself refuses."""
    with pytest.raises(DBAPIError, match="stand as they were"), staffed.engine.begin() as conn:
        conn.execute(change)  # type: ignore[call-overload]


def test_every_change_of_people_is_in_the_audit(staffed: Ledger) -> None:
    """Who did it, to whom, in which order."""
    staffed.doors.set_role("Priya Shah", "lead", by="boss")
    staffed.doors.disable("Priya Shah", by="boss")
    told = [(e.kind, e.who, e.details["person"]) for e in staffed.doors.events()]
    assert told[:2] == [
        ("person disabled", "boss", "Priya Shah"),
        ("role changed", "boss", "Priya Shah"),
    ]


def test_nobody_is_said(ledger: Ledger) -> None:
    """And no role but the five."""
    with pytest.raises(NoSuchPerson, match="nobody is named Ghost"):
        ledger.doors.disable("Ghost", by="boss")
    with pytest.raises(ValueError, match="no role"):
        ledger.doors.add("Ghost", "king", "hash", by="boss")
