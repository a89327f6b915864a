"""One pass over the outbox for people: what they asked for, at hours that suit them, in few notices.

Messages are held while they are told and settled after it, so that who dies in between tells them
again, and nobody else meanwhile. What could not be told is tried again as webhooks are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from earnest.coverage import Coverage, Trouble, coverage
from earnest.ledger import Ledger
from earnest.ledger.notices import announce_digest, announce_sources
from earnest.ledger.outbox import Message, Outbox
from earnest.ledger.telling_tables import TOPICS
from earnest.ledger.wanted import Wanted
from earnest.overview import overview
from earnest.settings import Settings
from earnest.telling import wording
from earnest.telling.report import Told
from earnest.telling.sending import Channel, address_of
from earnest.telling.settings import Notice
from earnest.telling.webhooks import NotReady, Outcome, wait_after
from routing.hours import Calendar

TOGETHER = 20
"""Messages in one notice."""
AT_MOST = 5
"""Notices to one receiver in one pass, so that a flood of cases is no flood of notices."""
DIGEST_FOR = timedelta(hours=12)
"""A digest that could not be told for so long is let go: the next one says it all."""
DIGEST_TRIES = 5

_ALWAYS = Calendar()
_GONE_QUIET = {Trouble.FAILING, Trouble.OVERDUE, Trouble.QUIET}


def wanted(notice: Notice) -> Wanted:
    """What of the outbox a receiver of notices is told."""
    return Wanted(
        topics=(*notice.topics, *(["digest"] if notice.digest else [])),
        queues=notice.queues,
        severity=int(notice.severity_at_least or 0),
        urgency=notice.urgency_at_least,
        colleagues=notice.colleagues,
        digest=notice.name,
    )


def prepare(settings: Settings, ledger: Ledger) -> None:
    """Put into the outbox what no event of a case says: overdue cases, deaf sources, digests that are due."""
    notices = settings.desk.tell.notices
    ledger.wake()
    if any({"deaf", "heard_again"} & set(notice.topics) for notice in notices):
        seen = coverage(settings, ledger, clock=ledger.clock)
        deaf = [s.name for s in seen.sources if any(a.trouble in _GONE_QUIET for _, a in s.told)]
        announce_sources(ledger.database, deaf, [s.name for s in seen.sources if not s.deaf])
    for notice in notices:
        due = digest_due(notice, settings, ledger.clock())
        if due is not None:
            announce_digest(ledger.database, notice.name, due)


def tell(settings: Settings, ledger: Ledger, secrets: Mapping[str, str]) -> list[Told]:
    """Tell every receiver of notices what waits for it. One that cannot be told does not stop the others."""
    return [_receiver(notice, settings, ledger, secrets) for notice in settings.desk.tell.notices]


def try_out(settings: Settings, notice: Notice, secrets: Mapping[str, str]) -> Outcome:
    """Send a notice that says it is a test, at any hour. Raises NotReady with the mend."""
    channel = Channel(notice, secrets)
    told = ", ".join(notice.topics) or "a digest"
    body = f'This is a test: "{notice.name}" is told of {told}. {desk_of(settings)}/'
    return channel.send("Earnest: a test", body)


def body_of(
    messages: Sequence[Message], notice: Notice, settings: Settings, ledger: Ledger
) -> tuple[str, str]:
    """What one notice says of these messages: title and text."""
    desk = desk_of(settings)
    lines = [wording.line(m, notice, ledger, desk) for m in messages if m.topic != "digest"]
    if any(message.topic == "digest" for message in messages):
        heading, text = wording.digest(overview(ledger, _seen(settings, ledger)), notice, desk)
        return heading, "\n".join([*lines, text])
    return wording.title(messages), "\n".join(lines)


def may_say(notice: Notice, settings: Settings, now: datetime) -> Sequence[str]:
    """The topics that this receiver may be told now: all within its hours, else those it named."""
    return TOPICS if is_open(calendar_of(notice, settings), now) else notice.at_any_hour


def is_open(calendar: Calendar, now: datetime) -> bool:
    """Whether the hours are open at this instant (UTC)."""
    opening = next(iter(calendar.openings(now)), None)
    return opening is not None and opening[0] <= now


def digest_due(notice: Notice, settings: Settings, now: datetime) -> datetime | None:
    """When the latest digest of this receiver was to be told, if that is not long ago.

    On days on which the receiver's hours open at all, by its calendar's clock; the desk's clock where
    it has no calendar.
    """
    if not notice.digest:
        return None
    calendar = calendar_of(notice, settings)
    zone = ZoneInfo(settings.desk.time_zone if notice.hours == "always" else calendar.time_zone)
    at = time.fromisoformat(notice.digest)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        due = datetime.combine(day, at, zone).astimezone(now.tzinfo)
        if timedelta(0) <= now - due < DIGEST_FOR:
            start = datetime.combine(day, time.min, zone).astimezone(now.tzinfo)
            opening = next(iter(calendar.openings(start)), None)
            opens = opening is not None and opening[0].astimezone(zone).date() <= day
            return due if opens else None
    return None


def calendar_of(notice: Notice, settings: Settings) -> Calendar:
    """The hours of a receiver."""
    return _ALWAYS if notice.hours == "always" else settings.rules.calendars[notice.hours]


def desk_of(settings: Settings) -> str:
    """The address of the desk that notices lead to."""
    desk = settings.desk
    host = f"[{desk.host}]" if ":" in desk.host else desk.host
    return desk.behind_tls or f"http://{host}:{desk.port}"


def _seen(settings: Settings, ledger: Ledger) -> Coverage:
    return coverage(settings, ledger, clock=ledger.clock)


def _receiver(notice: Notice, settings: Settings, ledger: Ledger, secrets: Mapping[str, str]) -> Told:
    box, report = Outbox(ledger.database), Told(notice.name)
    box.meet(notice.name)
    only = may_say(notice, settings, ledger.clock())
    try:
        address_of(notice, secrets)
        waiting = box.waiting(notice.name, wanted(notice))
        if not any(message.topic in only for message in waiting):
            return report  # apprise takes seconds to load
        channel = Channel(notice, secrets)
    except NotReady as missing:
        return Told(notice.name, problem=str(missing))
    for _ in range(AT_MOST):
        messages = box.take_some(notice.name, wanted(notice), most=TOGETHER, only=only)
        if not messages:
            break
        outcome = channel.send(*body_of(messages, notice, settings, ledger))
        report += settle(box, notice, messages, outcome, ledger.clock())
        if not outcome.arrived:
            break
    return report


def settle(box: Outbox, notice: Notice, messages: Sequence[Message], outcome: Outcome, now: datetime) -> Told:
    """Note for each message of a notice how its try went, and when the next is."""
    dead = 0
    for message in messages:
        wait = None if outcome.arrived else wait_after(message.tries)
        if message.topic == "digest" and message.tries >= DIGEST_TRIES:
            wait = None
        dead += wait is None and not outcome.arrived
        box.settle(
            notice.name,
            message,
            arrived=outcome.arrived,
            said=outcome.said,
            seconds=outcome.seconds,
            status=outcome.status,
            again_at=None if wait is None else now + wait,
        )
    if outcome.arrived:
        return Told(notice.name, told=len(messages))
    return Told(notice.name, failed=len(messages), dead=dead, problem=outcome.said)
