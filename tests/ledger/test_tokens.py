"""Tokens of programs, people of an identity provider, and queues somebody may not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from earnest.ledger import Ledger
from earnest.ledger.door_tables import desk_tokens
from earnest.ledger.doors import NoSuchPerson
from earnest.ledger.tokens import MOST, Token
from tests.clock import SetClock
from tests.new_ledger import new_ledger

MONTH = timedelta(days=30)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Ledger]:
    """One database is enough where SQL is plain; a responder is in it."""
    clock = SetClock()
    with Ledger.open(new_ledger(tmp_path / "earnest.db"), clock=clock) as ledger:
        ledger.doors.add("Priya Shah", "responder", "hash", by="test")
        yield ledger


def _token(ledger: Ledger, name: str = "nightly", who: str = "Priya Shah") -> tuple[Token, str]:
    return ledger.doors.tokens.make(who, name, {"read", "work"}, lasts=MONTH, by="test")


def test_a_token_is_told_by_its_secret(ledger: Ledger) -> None:
    """On both databases: whose it is, what it may, and how it begins."""
    ledger.doors.add("Priya Shah", "responder", "hash", by="test", queues=["support"])
    made, secret = _token(ledger)
    found = ledger.doors.tokens.of(secret)
    assert found == made
    assert (made.person, made.role, made.scopes) == ("Priya Shah", "responder", ("read", "work"))
    assert made.queues == ("support",)
    assert secret.startswith(made.prefix)
    assert ledger.doors.tokens.of(made.prefix) is None
    ledger.doors.tokens.used(made)
    assert ledger.doors.tokens.all("priya  SHAH")[0].used_at is not None
    assert ledger.doors.tokens.revoke(made.id, by="test") is not None
    assert ledger.doors.tokens.all() == []


def test_the_secret_of_a_token_is_not_kept(small: Ledger) -> None:
    """Neither in its table nor in the audit."""
    _, secret = _token(small)
    with small.database.read() as conn:
        kept = str(conn.execute(select(desk_tokens)).all())
    assert secret not in kept + str(small.doors.events())
    assert secret not in repr(small.doors.tokens.of(secret))


def test_a_token_runs_out(small: Ledger) -> None:
    """And says when it did."""
    made, secret = _token(small)
    assert isinstance(small.clock, SetClock)
    small.clock.move(days=30)
    found = small.doors.tokens.of(secret)
    assert found is not None
    assert found.ended(small.clock()) == f"it ran out on {made.expires_at:%Y-%m-%d}"


def test_a_disabled_persons_tokens_are_revoked(small: Ledger) -> None:
    """They do not come back with the person."""
    _, secret = _token(small)
    small.doors.disable("Priya Shah", by="boss")
    small.doors.enable("Priya Shah", by="boss")
    found = small.doors.tokens.of(secret)
    assert found is not None
    assert found.ended(small.clock()) == "it was revoked"


def test_one_revokes_ones_own(small: Ledger) -> None:
    """Another's number does nothing; twice is once."""
    made, _ = _token(small)
    small.doors.add("Tom Reed", "responder", "hash", by="test")
    assert small.doors.tokens.revoke(made.id, by="Tom Reed", of="Tom Reed") is None
    assert small.doors.tokens.revoke(made.id, by="Priya Shah", of="priya shah") is not None
    assert small.doors.tokens.revoke(made.id, by="Priya Shah", of="Priya Shah") is None
    assert small.doors.events()[0].kind == "token revoked"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("Ghost", "x", {"read"}, MONTH), "nobody is named Ghost"),
        (("Priya Shah", "x", set(), MONTH), "may do"),
        (("Priya Shah", " ", {"read"}, MONTH), "needs a name"),
        (("Priya Shah", "x", {"read"}, timedelta(days=400)), "at most 366 days"),
        (("Priya Shah", "x", {"read"}, timedelta(0)), "at most 366 days"),
    ],
)
def test_what_is_no_token_is_said(
    small: Ledger, asked: tuple[str, str, set[str], timedelta], words: str
) -> None:
    """With the reason."""
    who, name, scopes, lasts = asked
    with pytest.raises((ValueError, NoSuchPerson), match=words):
        small.doors.tokens.make(who, name, scopes, lasts=lasts, by="test")


def test_nobody_hoards_tokens(small: Ledger) -> None:
    """Those that ran out do not count."""
    for number in range(MOST):
        _token(small, str(number))
    with pytest.raises(ValueError, match="revoke one first"):
        _token(small)
    assert isinstance(small.clock, SetClock)
    small.clock.move(days=31)
    assert _token(small)[0].name == "nightly"


def test_a_person_is_told_by_issuer_and_subject(small: Ledger) -> None:
    """Not by their name, and one subject is one person."""
    doors = small.doors
    ada = doors.identities.add("Ada Lin", "lead", issuer="https://id.example", subject="7", by="OIDC")
    assert not ada.has_password
    assert doors.credentials("Ada Lin") is None
    found = doors.identities.person("https://id.example", "7")
    assert found is not None
    assert found.name == "Ada Lin"
    assert doors.identities.person("https://other.example", "7") is None
    with pytest.raises(ValueError, match="named priya shah already"):
        doors.identities.add("priya shah", "admin", issuer="https://id.example", subject="8", by="OIDC")
    with pytest.raises(ValueError, match="already"):
        doors.identities.link("Priya Shah", issuer="https://id.example", subject="7", by="boss")
    doors.identities.link("Priya Shah", issuer="https://id.example", subject="8", by="boss")
    linked = doors.identities.person("https://id.example", "8")
    assert linked is not None
    assert linked.name == "Priya Shah"
    assert linked.has_password


def test_queues_are_kept_and_changed(ledger: Ledger) -> None:
    """A list, or every one; both databases keep the difference."""
    ledger.doors.add("Priya Shah", "responder", "hash", by="test", queues=["support"])
    ledger.doors.add("Tom Reed", "responder", "hash", by="test")
    told = {person.name: person.queues for person in ledger.doors.people()}
    assert told == {"Priya Shah": ("support",), "Tom Reed": None}
    ledger.doors.set_queues("Priya Shah", None, by="boss")
    ledger.doors.set_queues("Tom Reed", ["urgent", "support"], by="boss")
    told = {person.name: person.queues for person in ledger.doors.people()}
    assert told == {"Priya Shah": None, "Tom Reed": ("urgent", "support")}
    assert ledger.doors.events()[0].details["queues"] == "urgent, support"
