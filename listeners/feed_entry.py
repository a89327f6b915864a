"""One entry of a feed, whatever notation it came in, and the small readings both notations share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urljoin, urlsplit

RAW_LIMIT = 64 * 1024
# Zero timestamps and two-digit slips: no feed existed then, so the entry counts as undated.
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Byline:
    """Who an entry says wrote it; each part may be empty, not all of them."""

    name: str = ""
    uri: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the feed has it, made readable.

    native_id: the feed's own id, "" where there is none. url: http(s) or "". when: UTC, None where
    the feed has no readable date. reply_to: the native id of the entry this one answers, or "".
    """

    native_id: str
    url: str
    title: str
    text: str
    when: datetime | None
    byline: Byline | None = None
    language: str | None = None
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry that could not be read: raw JSON of at most 64 KiB, the reason, its own id if any."""

    raw: str
    why: str
    place: int
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A whole feed, or a part of it.

    ttl: seconds the feed asks to wait between polls, None where it does not.
    older: where the feed goes on with older entries, "" where it does not.
    """

    title: str
    entries: tuple[Entry | Broken, ...]
    ttl: float | None = None
    older: str = ""


def checked(entry: Entry) -> Entry:
    """`entry`, or ValueError where it holds nothing a person could read or open."""
    if not (entry.title or entry.text or entry.url):
        raise ValueError("the entry has neither title, text nor link")
    return entry


def web_address(value: str, base: str = "") -> str:
    """`value`, resolved against `base`, where it is an http(s) address a person can open, else "".

    javascript: and its like must never become a link somebody clicks. Google's alerts wrap their
    links; what is inside is the page.
    """
    value = value.strip()
    if not value:
        return ""
    try:
        value = urljoin(base, value) if base else value
        parts = urlsplit(value)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    if parts.path == "/url" and parts.netloc.startswith("www.google."):
        inside = parse_qs(parts.query)
        return web_address((inside.get("url") or inside.get("q") or [""])[0]) or value
    return value


def read_time(value: str) -> datetime | None:
    """A written time as UTC: ISO 8601, RFC 822 or seconds since 1970; None where it is none of them."""
    value = value.strip()
    if not value:
        return None
    try:
        if value.isdecimal():
            number = int(value)
            # Thirteen digits are milliseconds.
            return sane(datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC))
        when = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        try:
            when = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    try:
        return sane(when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC))
    except OverflowError:
        return None


def sane(when: datetime | None) -> datetime | None:
    """`when`, or None where it is older than feeds are: a zero, not a date."""
    return when if when is not None and when >= _OLDEST else None
