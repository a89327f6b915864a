"""Other systems are told by signed webhooks, again and again until they have heard, and then no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Verifier

from earnest.ledger import Ledger
from earnest.ledger.outbox import Message, Outbox
from earnest.ledger.wanted import Wanted
from earnest.telling.passing import tell, waiting
from earnest.telling.report import Told
from earnest.telling.webhooks import BACKOFF, payload, wait_after
from listeners.http import Door
from listeners.listener import Refused
from tests.clock import SetClock
from tests.ledger.world import open_case
from tests.listeners.loopback import Reply
from tests.telling.receiver import NAME, SECRET, Receiver

SECRETS = {NAME: SECRET}


def test_signatures_are_those_of_the_standard() -> None:
    """The test vector of standard-webhooks.com."""
    sent = datetime.fromtimestamp(1614265330, UTC)
    signed = Verifier(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", sent, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_check_who_sent_it(ledger: Ledger, clock: SetClock, receiver: Receiver) -> None:
    """The headers verify with the shared secret over the body as sent."""
    clock.now = datetime.now(UTC)  # the verifier refuses what is older than five minutes
    open_case(ledger)
    tell(receiver.telling(), ledger, SECRETS)
    (asked,) = receiver.asked
    heard = Verifier(SECRET).verify(asked.body, dict(asked.headers))
    assert heard["type"] == "case.opened"


def test_only_numbers_are_sent(ledger: Ledger, clock: SetClock, receiver: Receiver) -> None:
    """Unless words are asked for."""
    case_id = open_case(ledger)
    tell(receiver.telling(), ledger, SECRETS)
    moment = clock.now.isoformat().replace("+00:00", "Z")
    assert receiver.bodies == [{"type": "case.opened", "timestamp": moment, "data": {"case": case_id}}]


def test_words_are_sent_where_they_are_asked_for(ledger: Ledger, receiver: Receiver) -> None:
    """How the case stands, who spoke, and what they said."""
    open_case(ledger, "1", text="Larkspur is down again")
    tell(receiver.telling(words=True), ledger, SECRETS)
    data = receiver.bodies[0]["data"]
    assert (data["handle"], data["text"], data["queue"]) == ("joe", "Larkspur is down again", "care")


def test_words_of_who_asked_to_be_left_alone_are_not_sent(ledger: Ledger, receiver: Receiver) -> None:
    """Only how the case stands."""
    open_case(ledger)
    ledger.leave_alone("x", "id-joe")
    tell(receiver.telling(words=True), ledger, SECRETS)
    assert not {"handle", "text", "url", "post"} & set(receiver.bodies[0]["data"])


def test_erased_words_are_not_sent_later(ledger: Ledger, clock: SetClock) -> None:
    """Words are read when they are sent, not when the event happened."""
    case_id = open_case(ledger, "1", text="Larkspur is down again")
    ledger.forget("x", "id-joe")
    message = Message(1, "k", "opened", case_id, clock.now, 1)
    assert "down again" not in str(payload(message, ledger, words=True))


def test_what_arrived_is_not_sent_again(ledger: Ledger, receiver: Receiver) -> None:
    """A second pass has nothing to say."""
    open_case(ledger)
    assert tell(receiver.telling(), ledger, SECRETS) == [Told("cases", told=1)]
    assert tell(receiver.telling(), ledger, SECRETS) == [Told("cases")]
    assert len(receiver.asked) == 1


def test_a_failure_is_tried_again_under_the_same_name(
    ledger: Ledger, clock: SetClock, receiver: Receiver
) -> None:
    """So that a receiver that did take it knows it again."""
    open_case(ledger)
    receiver.answers = [Reply(500)]
    (report,) = tell(receiver.telling(), ledger, SECRETS)
    assert (report.failed, report.problem) == (1, "the receiver answered 500")
    clock.now += BACKOFF[0]
    assert tell(receiver.telling(), ledger, SECRETS) == [Told("cases", told=1)]
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1


def test_a_receiver_that_asks_for_time_gets_it(ledger: Ledger, clock: SetClock, receiver: Receiver) -> None:
    """Retry-After counts where it is longer than our own wait."""
    open_case(ledger)
    receiver.answers = [Reply(429, headers={"retry-after": "3600"})]
    tell(receiver.telling(), ledger, SECRETS)
    clock.move(minutes=59)
    assert tell(receiver.telling(), ledger, SECRETS) == [Told("cases")]
    clock.move(minutes=1)
    assert tell(receiver.telling(), ledger, SECRETS) == [Told("cases", told=1)]


def test_after_ten_tries_a_message_is_given_up(ledger: Ledger, clock: SetClock, receiver: Receiver) -> None:
    """About three days after the first."""
    open_case(ledger)
    receiver.answers = [Reply(503)] * 20
    for _ in range(12):
        tell(receiver.telling(), ledger, SECRETS)
        clock.move(days=1)
    assert len(receiver.asked) == 10
    assert Outbox(ledger.database).standings({"cases": Wanted()})[0].dead == 1


def test_the_waits_grow() -> None:
    """From seconds to a day, and then no more."""
    waits = [wait_after(tries) for tries in range(1, 11)]
    assert waits[-1] is None
    assert list(BACKOFF) == sorted(BACKOFF)
    assert sum(BACKOFF, timedelta()) > timedelta(days=3)


def test_a_receiver_that_is_gone_is_asked_no_more(ledger: Ledger, receiver: Receiver) -> None:
    """410 says so for good."""
    open_case(ledger)
    receiver.answers = [Reply(410)]
    assert tell(receiver.telling(), ledger, SECRETS)[0].dead == 1


def test_a_redirect_is_not_followed(ledger: Ledger, receiver: Receiver) -> None:
    """What is signed for one address goes nowhere else."""
    open_case(ledger)
    receiver.answers = [Reply(307, headers={"location": "http://169.254.169.254/"})]
    assert tell(receiver.telling(), ledger, SECRETS)[0].problem == "the receiver answered 307"
    assert len(receiver.asked) == 1


def test_a_receiver_that_is_down_is_left_in_peace(ledger: Ledger, receiver: Receiver) -> None:
    """After three failures in a row the pass goes on to the next one."""
    for number in range(5):
        open_case(ledger, str(number), who=f"who{number}")
    receiver.answers = [Reply(503)] * 5
    assert tell(receiver.telling(), ledger, SECRETS)[0].failed == 3


def test_an_address_inside_is_refused_unless_it_is_allowed(ledger: Ledger, receiver: Receiver) -> None:
    """The same door as for feeds: a name in desk.yaml opens no private network."""
    open_case(ledger)
    (report,) = tell(receiver.telling(allow=["10.0.0.0/8"]), ledger, SECRETS)
    assert "not a public address" in report.problem
    assert receiver.asked == []


def test_a_missing_secret_is_said_and_nothing_is_sent(ledger: Ledger, receiver: Receiver) -> None:
    """By its name, with what to do; the message waits."""
    open_case(ledger)
    (report,) = tell(receiver.telling(), ledger, {})
    assert report.problem.startswith(f"{NAME} is not set")
    assert len(waiting(receiver.telling(), ledger)) == 1


@pytest.mark.parametrize("secret", ["whsec_c2hvcnQ=", "hunter2", "whsec_ä"])
def test_a_weak_secret_is_refused_and_never_shown(ledger: Ledger, receiver: Receiver, secret: str) -> None:
    """Signing keys have 24 bytes or more."""
    open_case(ledger)
    (report,) = tell(receiver.telling(), ledger, {NAME: secret})
    assert "holds no signing secret" in report.problem
    assert secret not in report.problem


def test_plain_http_leads_only_to_what_is_allowed() -> None:
    """Also where a name leads to a public address, whatever else the allow-list names."""
    door = Door(["10.0.0.0/8"], resolver=lambda host, port: ["93.184.215.14"])
    with pytest.raises(Refused, match="use https"):
        door.send("http://cases.example/hook", b"{}", headers={})
