"""`earnest people`: who may come to the desk, without a password on the command line."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from earnest.desk.passwords import verify
from earnest.ledger import Ledger
from tests.cli.terminal import Said, Terminal
from tests.new_ledger import new_ledger

PASSWORD = "kettle orbit lantern 9"


class People:
    """The family of commands, on one configuration; passwords are piped in."""

    def __init__(self, terminal: Terminal, patch: pytest.MonkeyPatch) -> None:
        self._terminal, self._patch = terminal, patch
        self.config = terminal.config()
        self.database = new_ledger(terminal.folder / "var" / "earnest.db")

    def __call__(self, *arguments: str, password: str = "") -> Said:
        """One command to its end."""
        self._patch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return self._terminal("people", *arguments, "-c", self.config)

    def add(self, name: str, role: str = "responder", password: str = PASSWORD) -> Said:
        """Let somebody in."""
        return self("add", name, "--role", role, "--password-stdin", password=password)


@pytest.fixture
def people(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> People:
    """The commands on an empty ledger."""
    return People(terminal, monkeypatch)


def test_the_first_person_is_told_what_changes(people: People) -> None:
    """And that an admin is needed; nothing of the password is printed or kept in the clear."""
    said = people.add("Priya Shah")
    assert (said.code, said.out) == (0, "Priya Shah may come in as responder\n")
    assert "everybody signs in" in said.err
    assert "Nobody is admin" in said.err
    with Ledger.open(people.database) as ledger:
        found = ledger.doors.credentials("Priya Shah")
    assert found is not None
    assert verify(found[1], PASSWORD)
    assert PASSWORD not in found[1] + said.out + said.err


def test_nobody_and_somebody_are_listed(people: People) -> None:
    """As words, as a table and for programs."""
    assert "Nobody signs in" in people("list").err
    people.add("Ada Lin", "admin")
    people.add("Tom Reed")
    people("disable", "tom reed")
    assert "not let in" in people("list").out
    told = json.loads(people("list", "--json").out)
    assert [(p["name"], p["role"], p["disabled_at"] is None) for p in told] == [
        ("Ada Lin", "admin", True),
        ("Tom Reed", "responder", False),
    ]


@pytest.mark.parametrize(
    ("arguments", "password", "code", "words"),
    [
        (("add", "Ada Lin", "--password-stdin"), PASSWORD, 1, "already"),
        (("add", "Tom Reed", "--role", "king", "--password-stdin"), PASSWORD, 2, "choose one of"),
        (("add", "Tom Reed", "--password-stdin"), "tomreed12345", 1, "easily guessed"),
        (("add", "Tom Reed", "--password-stdin"), "", 1, "at least 12"),
        (("add", "\u202eTom", "--password-stdin"), PASSWORD, 2, "cannot be a name"),
        (("add", "Tom Reed"), PASSWORD, 2, "--password-stdin"),
        (("disable", "Ghost"), "", 1, "nobody is named Ghost"),
        (("role", "Ghost", "lead"), "", 1, "nobody is named Ghost"),
        (("password", "Ghost", "--password-stdin"), PASSWORD, 1, "nobody is named Ghost"),
        (("sessions", "--end"), "", 2, "whose"),
    ],
)
def test_what_does_not_work_is_said(
    people: People, arguments: tuple[str, ...], password: str, code: int, words: str
) -> None:
    """With the mend, and without a traceback."""
    people.add("Ada Lin", "admin")
    said = people(*arguments, password=password)
    assert said.code == code
    assert words in said.err
    assert said.clear


def test_sessions_are_shown_and_ended(people: People) -> None:
    """Of everybody, and of one person for good."""
    people.add("Ada Lin", "admin")
    with Ledger.open(people.database) as ledger:
        found = ledger.doors.credentials("Ada Lin")
        assert found is not None
        ledger.doors.begin(found[0], "secret", address="10.0.0.9", browser="Firefox")
        assert "10.0.0.9" in people("sessions").out
        assert people("sessions", "Ada Lin", "--end").out == "sessions of Ada Lin ended: 1\n"
        assert ledger.doors.session("secret", idle=timedelta(hours=1), lasts=timedelta(hours=1)) is None
    assert "10.0.0.9" not in people("sessions").out


def test_roles_and_passwords_change_and_the_audit_tells(people: People) -> None:
    """Who did it is the account of the terminal, marked as such."""
    people.add("Ada Lin", "admin")
    assert people("role", "Ada Lin", "lead").out == "Ada Lin is lead\n"
    assert people("password", "Ada Lin", "--password-stdin", password="violet gravel tambourine").code == 0
    assert "No admin is left" in people("disable", "Ada Lin").err
    assert people("enable", "Ada Lin").code == 0
    told = json.loads(people("audit", "--json").out)
    assert [event["kind"] for event in reversed(told)] == [
        "person added", "role changed", "password changed", "person disabled", "person enabled",
    ]  # fmt: skip
    assert all("command line" in event["who"] for event in told)
    assert "tambourine" not in str(told)


@pytest.mark.parametrize(
    ("staffed", "more", "words"),
    [
        (False, (), "earnest people add"),
        (False, ("--behind-tls", "https://desk.example"), "earnest people add"),
        (True, (), "--behind-tls"),
        (True, ("--behind-tls", "http://desk.example"), "no https address"),
    ],
)
def test_others_reach_the_desk_only_with_sign_in_and_tls(
    people: People, terminal: Terminal, staffed: bool, more: tuple[str, ...], words: str
) -> None:
    """Refused with the mend otherwise."""
    if staffed:
        people.add("Ada Lin", "admin")
    said = terminal("serve", "-c", people.config, "--host", "0.0.0.0", "--port", "0", *more)
    assert said.code == 2
    assert words in said.err
    assert said.clear


def test_a_token_is_made_listed_and_revoked(people: People) -> None:
    """Its secret goes to stdout once, to be piped; the list shows how it begins."""
    people.add("Ada Lin", "admin")
    made = people("tokens", "make", "Ada Lin", "nightly report", "--may", "read", "--may", "audit")
    secret = made.out.strip()
    assert secret.startswith("earnest_")
    assert "not shown again" in made.err
    with Ledger.open(people.database) as ledger:
        token = ledger.doors.tokens.of(secret)
    assert token is not None
    assert token.scopes == ("audit", "read")
    listed = people("tokens", "list")
    assert token.prefix in listed.out
    assert secret not in listed.out + people("audit", "--json").out
    assert json.loads(people("tokens", "list", "--json").out)[0]["name"] == "nightly report"
    assert people("tokens", "revoke", token.prefix).code == 0
    assert json.loads(people("tokens", "list", "--json").out) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("make", "Ghost", "x"), 1, "nobody is named Ghost"),
        (("make", "Ada Lin", "x", "--may", "fly"), 2, "no such thing to do"),
        (("make", "Ada Lin", "x", "--may", "work"), 1, "may not work on cases"),
        (("make", "Ada Lin", " "), 1, "needs a name"),
        (("revoke", "earnest_none"), 1, "no token begins like that"),
    ],
)
def test_a_token_that_cannot_be_is_said(
    people: People, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """With the mend; nobody gets more than they have."""
    people.add("Ada Lin", "auditor")
    said = people("tokens", *arguments)
    assert said.code == code
    assert words in said.err
    assert said.clear


def test_queues_are_given_and_taken(people: People) -> None:
    """Only those that the rules know."""
    assert people("queues", "Ghost", "support").code == 1
    people.add("Ada Lin", "admin")
    said = people("queues", "Ada Lin", "nowhere")
    assert said.code == 2
    assert "no such queue" in said.err
    assert people("queues", "Ada Lin", "support").out == "Ada Lin sees support\n"
    assert json.loads(people("list", "--json").out)[0]["queues"] == ["support"]
    assert people("queues", "Ada Lin").out == "Ada Lin sees every queue\n"


def test_linking_needs_a_provider(people: People) -> None:
    """The mend is in desk.yaml."""
    people.add("Ada Lin", "admin")
    said = people("link", "Ada Lin", "7")
    assert said.code == 1
    assert "desk.yaml names no identity provider" in said.err
