"""People are told what they asked for, at hours that suit them, until they have heard, and then no more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from earnest.ledger import Ledger
from earnest.ledger.notices import announce_sources
from earnest.ledger.outbox import HOLD, Outbox
from earnest.settings import DeskSettings, Settings
from earnest.telling import notices
from earnest.telling.passing import standings, tell_everybody
from earnest.telling.report import Told
from earnest.telling.sending import Channel
from earnest.telling.webhooks import BACKOFF, NotReady
from listeners.listener import Refused
from listeners.sources import XSource
from routing.case import Action
from routing.rules import Rules
from tests.clock import SetClock
from tests.ledger.world import hear, open_case, post, reply, understand, work_off
from tests.listeners.loopback import Reply
from tests.telling.mailbox import Mailbox
from tests.telling.receiver import Receiver

LEADS = "EARNEST_NOTIFY_LEADS"
OFFICE = {
    "time_zone": "Europe/London",
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00"),
}
RULES = Rules.model_validate({"calendars": {"office": OFFICE}})
MONDAY = datetime(2026, 8, 3, 12, tzinfo=UTC)  # 13:00 in London


class People:
    """Some people behind one address, and a pass that tells them."""

    def __init__(self, ledger: Ledger, receiver: Receiver) -> None:
        self.ledger, self.receiver = ledger, receiver
        self.address = f"{receiver.address.replace('http', 'json')}/secretpath?+X-Key=hushhush"

    def settings(self, **notice: Any) -> Settings:
        """A configuration in which they are the only ones who are told."""
        told = {"name": "leads", "to": LEADS, "topics": ["opened"]} | notice
        desk = {"tell": {"notices": [told]}, "time_zone": "Europe/London"}
        return Settings(
            folder=Path(),
            sources=(XSource(kind="x", name="x"),),
            brands=(),
            rules=RULES,
            taxonomy=None,
            desk=DeskSettings.model_validate(desk),
            data_dir=Path(),
            database=self.ledger.url,
        )

    def tell(self, **notice: Any) -> Told:
        """One pass."""
        (report,) = tell_everybody(self.settings(**notice), self.ledger, {LEADS: self.address})
        return report

    @property
    def heard(self) -> list[str]:
        """What they read: title and text of every notice."""
        return [f"{body['title']}\n{body['message']}" for body in self.receiver.bodies]


@pytest.fixture
def people(small_ledger: Ledger, receiver: Receiver) -> People:
    """The leads."""
    return People(small_ledger, receiver)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Somebody's mail."""
    box = Mailbox()
    yield box
    box.close()


def test_a_notice_says_number_and_link_alone(people: People) -> None:
    """No word of anybody leaves the desk unless it is asked for."""
    case_id = open_case(people.ledger, text="Larkspur is down again")
    assert people.tell() == Told("leads", told=1)
    assert people.heard == [f"Earnest: 1 new\nCase {case_id} is new. http://127.0.0.1:8321/cases/{case_id}"]


def test_many_cases_are_one_notice(people: People) -> None:
    """Nobody wants twenty of them."""
    for number in range(4):
        open_case(people.ledger, str(number), who=f"who{number}")
    people.tell()
    (said,) = people.heard
    assert said.startswith("Earnest: 4 new\n")
    assert said.count("/cases/") == 4


def test_words_do_nothing_in_a_chat(people: People) -> None:
    """Where they are asked for: no call to everybody, no link that hides where it leads, no mark-up."""
    text = "<!channel> @everyone Larkspur *is* down [help](https://evil.example) www.evil.example\nnow"
    open_case(people.ledger, text=text)
    people.tell(words=True)
    (said,) = people.heard
    assert "Larkspur" in said
    assert not {"<", "*", "@"} & set(said)
    assert "evil" not in said
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize("how", ["forgotten", "left alone"])
def test_words_of_whom_that_concerns_are_not_sent(people: People, how: str) -> None:
    """What was erased since, and of those who asked to be left alone."""
    open_case(people.ledger, text="Larkspur is down again")
    if how == "forgotten":
        people.ledger.forget("x", "id-joe")
    else:
        people.ledger.leave_alone("x", "id-joe")
    people.tell(words=True)
    assert "down again" not in people.heard[0]
    assert "joe" not in people.heard[0]


def test_what_was_told_is_not_told_again(people: People) -> None:
    """A second pass has nothing to say."""
    open_case(people.ledger)
    people.tell()
    assert people.tell() == Told("leads")
    assert len(people.heard) == 1


def test_a_failure_is_tried_again_later(people: People, clock: SetClock) -> None:
    """As webhooks are; the report says what was met."""
    open_case(people.ledger)
    people.receiver.answers = [Reply(503)]
    report = people.tell()
    assert (report.failed, report.problem) == (1, "the service answered 503")
    assert people.tell() == Told("leads")
    clock.now += BACKOFF[0]
    assert people.tell() == Told("leads", told=1)


def test_who_dies_while_telling_tells_again_and_nobody_else_does(people: People, clock: SetClock) -> None:
    """What was taken and not settled is held for a while; what was settled is never told twice."""
    open_case(people.ledger, "1")
    settings = people.settings()
    notice = settings.desk.tell.notices[0]
    Outbox(people.ledger.database).take_some("leads", notices.wanted(notice), most=20)
    assert people.tell() == Told("leads")
    clock.now += HOLD
    assert people.tell() == Told("leads", told=1)
    clock.now += HOLD
    assert people.tell() == Told("leads")
    assert len(people.heard) == 1


@pytest.mark.parametrize(
    ("now", "told"),
    [
        pytest.param(MONDAY, 1, id="in the hours"),
        pytest.param(MONDAY + timedelta(hours=6), 0, id="in the evening"),
        pytest.param(MONDAY - timedelta(days=1), 0, id="on Sunday"),
    ],
)
def test_quiet_hours_are_kept(people: People, clock: SetClock, now: datetime, told: int) -> None:
    """By the calendar of routing.yaml that the receiver names."""
    clock.now = now
    open_case(people.ledger)
    assert people.tell(hours="office").told == told


def test_what_waited_for_the_morning_is_told_then(people: People, clock: SetClock) -> None:
    """Nothing is lost in the night."""
    clock.now = MONDAY + timedelta(hours=8)
    open_case(people.ledger)
    people.tell(hours="office")
    clock.now = MONDAY + timedelta(hours=20)
    assert people.tell(hours="office").told == 1


def test_what_presses_pierces_the_quiet_hours_where_it_may(people: People, clock: SetClock) -> None:
    """An urgent case is told at night, a new one waits for the morning."""
    clock.now = MONDAY + timedelta(hours=12)
    hear(people.ledger, post("1"))
    understand(people.ledger)
    with people.ledger.database.write() as conn:
        conn.exec_driver_sql("UPDATE mention SET urgency = 3")
    work_off(people.ledger)
    people.tell(hours="office", topics=["opened", "urgent"], at_any_hour=["urgent"])
    assert [said.splitlines()[0] for said in people.heard] == ["Earnest: 1 urgent"]


def test_a_digest_is_told_once_a_working_day(people: People, clock: SetClock) -> None:
    """After its time, not before, not twice, and not on Sunday."""
    open_case(people.ledger)
    days = {}
    for day in range(7):
        for hour in (7, 9, 12, 15):
            clock.now = MONDAY.replace(hour=hour) + timedelta(days=day)
            if told := people.tell(topics=[], hours="office", digest="09:30").told:
                days[day, hour] = told
    assert days == {(day, 9): 1 for day in range(5)}  # 9:00 UTC is 10:00 there


def test_a_digest_says_what_waits_in_numbers(people: People) -> None:
    """How many, how late, who waits longest, and where to look."""
    case_id = open_case(people.ledger, text="Larkspur is down again")
    people.tell(topics=[], digest="12:30")
    (said,) = people.heard
    assert said.startswith("Earnest: 1 wait, 1 overdue\n1 case is open; nobody has taken 1 of them.")
    assert f"Waiting longest: case {case_id}," in said
    assert "down again" not in said


def test_a_digest_says_how_it_is_now(people: People, clock: SetClock) -> None:
    """One that could not be told at nine and is told at ten tells of ten."""
    case_id = open_case(people.ledger)
    people.receiver.answers = [Reply(503)]
    people.tell(topics=[], digest="12:30")
    people.ledger.act(case_id, Action.RESOLVE, responder="Ana", epoch=None, version=1)
    clock.now += BACKOFF[0]
    people.tell(topics=[], digest="12:30")
    assert people.heard[-1].startswith("Earnest: 0 wait, 0 overdue")


def test_a_source_that_refuses_is_told_of(people: People, clock: SetClock) -> None:
    """Once, and once more when it is heard again."""
    for error in (Refused("401: the key is not good any more"), None):
        people.ledger.poll_started("x", "x", "Larkspur")
        people.ledger.poll_ended("x", "Larkspur", error=error, next_poll=None)
        for _ in range(2):
            people.tell(topics=["deaf", "heard_again"])
        clock.move(minutes=70)
    assert [said.splitlines()[0] for said in people.heard] == [
        "Earnest: 1 source needs a look", "Earnest: 1 source heard again",
    ]  # fmt: skip
    assert "401" not in str(people.heard)


def test_a_hand_over_is_told_to_whom_it_concerns(people: People) -> None:
    """By the name as it is written in desk.yaml."""
    case_id = open_case(people.ledger)
    people.ledger.note(case_id, responder="Ana", note="@TomReed have a look, @Priya too")
    people.tell(topics=["called"], colleagues=["Tom Reed"])
    (said,) = people.heard
    assert f"Case {case_id} has a note that calls Tom Reed." in said


def test_overdue_is_told_without_a_desk_running(people: People, clock: SetClock) -> None:
    """A pass looks for itself what became late."""
    open_case(people.ledger, "1")
    hear(people.ledger, reply("2", "1"))
    work_off(people.ledger)
    clock.move(days=2)
    assert people.tell(topics=["overdue"]).told == 1


def test_an_address_is_never_in_a_log_or_message(people: People, caplog: pytest.LogCaptureFixture) -> None:
    """For most services it is the key; not when it fails, not when it cannot be read, at no level."""
    caplog.set_level(logging.DEBUG)
    open_case(people.ledger)
    people.receiver.answers = [Reply(401)]
    said = [people.tell().problem]
    with pytest.raises(NotReady) as unreadable:
        Channel(people.settings().desk.tell.notices[0], {LEADS: "jso://secretpath/hushhush"})
    told = " ".join([*said, str(unreadable.value), caplog.text, repr(people.settings())])
    assert "see that its address is still the right one" in told
    assert not [secret for secret in ("secretpath", "hushhush") if secret in told]


def test_a_service_that_never_ends_is_left(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pass goes on, and the process can end: nobody waits for the thread that does."""
    monkeypatch.setattr("earnest.telling.sending.TIMEOUT", 0.2)
    free = threading.Event()
    people.receiver.holds = free
    open_case(people.ledger)
    assert people.tell().problem == "no answer within 0.2 seconds"
    assert all(thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())
    free.set()


def test_a_redirect_is_not_followed(people: People) -> None:
    """What was meant for one address goes to no other, also where the address asks for it."""
    open_case(people.ledger)
    people.address += "&redirect=yes"
    people.receiver.answers = [Reply(307, headers={"location": "/elsewhere"})]
    assert people.tell().problem == "the service answered 307"
    assert len(people.receiver.asked) == 1


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("json://chat.example/x", False),
        ("jsons://chat.example/x", True),
        ("jsons://chat.example/x?verify=no", False),
        ("mailto://me:pass@mail.example", False),
        ("mailtos://me:pass@mail.example", True),
        ("slack://TTTTTTTTT/BBBBBBBBB/aaaaaaaaaaaaaaaaaaaaaaaa", True),
        ("workflows://flow.example:443/one/two", True),
        ("json://127.0.0.1/x", True),
    ],
)
def test_words_go_only_where_others_cannot_read_them(people: People, address: str, fine: bool) -> None:
    """Encrypted to a server that proves its name, or on this machine."""
    notice = people.settings(words=True).desk.tell.notices[0]
    if fine:
        Channel(notice, {LEADS: address})
        return
    with pytest.raises(NotReady, match="words of people are not sent"):
        Channel(notice, {LEADS: address})


def test_a_missing_address_is_said_and_the_message_waits(people: People) -> None:
    """By the name of its variable; status shows what waits."""
    open_case(people.ledger)
    settings = people.settings()
    (report,) = tell_everybody(settings, people.ledger, {})
    assert report.problem.startswith(f"{LEADS} is not set")
    assert standings(settings.desk.tell, people.ledger)[0].waiting == 1


def test_an_e_mail_is_sent(people: People, mailbox: Mailbox) -> None:
    """With the title as its subject."""
    case_id = open_case(people.ledger)
    people.address = (
        f"mailto://localhost:{mailbox.port}?from=desk@care.example&to=leads@care.example&smtp=127.0.0.1"
    )
    assert people.tell() == Told("leads", told=1)
    (mail,) = mailbox.mails
    body = mail.get_body()
    assert mail["subject"] == "Earnest: 1 new"
    assert body is not None
    assert f"/cases/{case_id}" in body.get_content()


def test_a_mail_that_is_refused_waits(people: People, mailbox: Mailbox) -> None:
    """The next pass after a while tries it again."""
    open_case(people.ledger)
    mailbox.refuses = True
    people.address = (
        f"mailto://localhost:{mailbox.port}?from=desk@care.example&to=leads@care.example&smtp=127.0.0.1"
    )
    report = people.tell()
    assert (report.told, report.failed) == (0, 1)
    assert "did not take it" in report.problem


def test_a_test_says_that_it_is_one(people: People) -> None:
    """At any hour, and nothing waits or is settled by it."""
    settings = people.settings()
    assert notices.try_out(settings, settings.desk.tell.notices[0], {LEADS: people.address}).arrived
    assert people.heard[0].startswith("Earnest: a test\n")


def test_deaf_sources_are_written_once(small_ledger: Ledger) -> None:
    """Nothing where no source changed."""
    announce_sources(small_ledger.database, [], ["x"])
    assert Outbox(small_ledger.database).waiting("leads") == []
