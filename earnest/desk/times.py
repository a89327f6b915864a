"""Times in a person's words: how old, how soon due, on which day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_STEPS = (("day", 86_400), ("h", 3_600), ("min", 60))


def span(seconds: float) -> str:
    """A length of time in its largest fitting unit, such as "4 min", "3 h" or "2 days"."""
    for name, size in _STEPS:
        if seconds >= size:
            count = int(seconds // size)
            plural = "s" if name == "day" and count > 1 else ""
            return f"{count} {name}{plural}"
    return "under a minute"


def ago(when: datetime, now: datetime) -> str:
    """How long ago, such as "4 min ago"; "just now" within a minute and for clocks a little ahead."""
    seconds = (now - when).total_seconds()
    return "just now" if seconds < 60 else f"{span(seconds)} ago"


def due(when: datetime | None, now: datetime) -> str:
    """When an answer is due, such as "due in 12 min" or "3 h overdue"; "" where nothing is due."""
    if when is None:
        return ""
    seconds = (when - now).total_seconds()
    if seconds < 0:
        return "due now" if seconds > -60 else f"{span(-seconds)} overdue"
    return f"due in {span(seconds)}"


def pressure(when: datetime | None, now: datetime) -> str:
    """How the due time presses: "none", "calm", "soon" (within 15 minutes) or "over"."""
    if when is None:
        return "none"
    left = when - now
    if left < timedelta(0):
        return "over"
    return "soon" if left <= timedelta(minutes=15) else "calm"


def moment(when: datetime, zone: tzinfo) -> str:
    """A moment on the desk's own wall clock, such as "Sat 21 Nov 2026, 20:36"."""
    return f"{when.astimezone(zone):%a %-d %b %Y, %H:%M}"


def until(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The end of a sleep in UTC; without a zone on the desk's clock. ValueError asks for a better one."""
    try:
        when = datetime.fromisoformat(text)
        when = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Say until when the case may sleep: a day and a time.") from None
    if when <= now:
        raise ValueError("That moment has passed: choose one that is still to come.")
    return when


def presets(now: datetime, zone: tzinfo) -> list[tuple[str, datetime]]:
    """Moments a snooze is often set to, in the desk's zone: label and time (same zone as `now`)."""
    local = now.astimezone(zone)
    morning = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    monday = (local + timedelta(days=7 - local.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    out = [
        ("in an hour", now + timedelta(hours=1)),
        ("in 3 hours", now + timedelta(hours=3)),
        ("tomorrow 09:00", morning.astimezone(now.tzinfo)),
    ]
    if monday != morning:
        out.append(("Monday 09:00", monday.astimezone(now.tzinfo)))
    return out
