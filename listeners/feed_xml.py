"""RSS 0.9 to 2.0, RDF and Atom: what feedparser reads, made into entries."""

from __future__ import annotations

import io
import json
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser

from listeners.feed_entry import RAW_LIMIT, Broken, Byline, Entry, Feed, checked, read_time, sane, web_address
from listeners.html_text import one_line, readable
from listeners.listener import Malformed

# The first parser that is made fills a table for all later ones; no other thread may find it half full.
feedparser.parse(io.BytesIO(b"<rss/>"))

_MAIL = re.compile(r"(mailto:)?[^\s<>()\"@:;,]+@[^\s<>()\"@:;,]+")
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def read_xml_feed(body: bytes, *, url: str, content_type: str, place: int = 0) -> Feed | None:
    """Read the feed in `body`; None where it is none of these formats.

    url: where it came from, for relative links. content_type: its charset wins over the XML's own.
    place: how many entries came before, in earlier parts of the same feed.
    Raises Malformed where the parser itself gives up.
    """
    parsed = _parse(body, url, content_type)
    if not parsed.get("version") and not parsed.entries:
        return None
    channel = parsed.feed
    byline = _byline(channel)
    language = _text(channel, "language") or None
    return Feed(
        title=one_line(readable(_text(channel, "title"))),
        entries=tuple(_complete(entry, byline, language) for entry in _each(parsed.entries, url, place)),
        ttl=_ttl(channel),
        older=_older(channel, url),
    )


def _parse(body: bytes, url: str, content_type: str) -> Any:
    """Let feedparser read bytes: never text, which it would take for the address of a file."""
    try:
        # Its sanitiser and its resolver of links inside HTML take half of the time; the text is
        # made readable here anyway, and no markup is kept.
        return feedparser.parse(
            io.BytesIO(body),
            # No content-location: with it, ids would be resolved like links, and change when the
            # feed moves. Links are resolved in _link.
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # a parser of other people's bytes may fail in any way
        raise Malformed(f"{url} could not be read as a feed ({type(error).__name__}: {error})") from error


def _each(items: list[Any], url: str, before: int) -> Iterator[Entry | Broken]:
    for place, item in enumerate(items, start=before + 1):
        try:
            yield _entry(item, url)
        except Exception as error:  # one entry's oddity never costs the others
            raw = json.dumps(item, default=str, ensure_ascii=False)[:RAW_LIMIT]
            why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            yield Broken(raw, why, place, _text(item, "id") or None)


def _entry(item: Any, url: str) -> Entry:
    """One entry of feedparser's. Raises ValueError where it holds nothing a person could read."""
    title = one_line(readable(_text(item, "title")))
    text, language = _body(item)
    link = _link(item, url)
    native_id = _text(item, "id")
    return checked(
        Entry(
            native_id=native_id,
            url=link,
            title=title,
            text=text,
            when=_when(item),
            byline=_byline(item),
            language=language,
            reply_to=_reply_to(item),
        )
    )


def _body(item: Any) -> tuple[str, str | None]:
    """The longest full content as text, else the summary; and the language declared on it."""
    best, language = "", None
    for content in dict.get(item, "content") or ():
        kind = content.get("type") or "text/html"
        if not ("text" in kind or "html" in kind or "xml" in kind):
            continue  # an inline image or document
        text = _readable(content.get("value") or "", kind)
        if len(text) > len(best):
            best, language = text, content.get("language")
    if not best:
        detail = dict.get(item, "summary_detail") or {}
        best = _readable(_text(item, "summary"), detail.get("type") or "text/html")
        language = detail.get("language")
    return best, language


def _readable(value: str, kind: str) -> str:
    """Feeds call HTML plain often enough that a closing tag counts for more than the label."""
    if kind == "text/plain" and "</" not in value:
        return value.strip()
    return readable(value)


def _link(item: Any, base: str) -> str:
    """The page of an entry: FeedBurner's original, its link, an alternate, its file, its guid."""
    links = dict.get(item, "links") or ()
    native_id, link = _text(item, "id"), _text(item, "link")
    if link == native_id:  # feedparser takes every guid for a link; only a whole address is one
        link = web_address(native_id)
    candidates = [_text(item, "feedburner_origlink"), link]
    candidates += [str(each.get("href") or "") for each in links if each.get("rel") == "alternate"]
    candidates += [str(each.get("href") or "") for each in links if each.get("rel") == "enclosure"]
    if dict.get(item, "guidislink") is not False:
        candidates.append(web_address(native_id))
    candidates.append(_text(item, "comments"))
    return next((found for found in (web_address(each, base) for each in candidates) if found), "")


def _when(item: Any) -> datetime | None:
    for key in ("published", "updated", "created"):
        written, parsed = _text(item, key), dict.get(item, f"{key}_parsed")
        when = None
        if parsed and not written.isdecimal():  # seconds since 1970 would be read as year and day
            try:
                when = datetime.fromtimestamp(timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                when = None
        when = sane(when) or read_time(written)
        if when is not None:
            return when
    return None


def _byline(item: Any) -> Byline | None:
    """The author, from the whole line: feedparser cuts addresses after four letters of their ending."""
    detail = dict.get(item, "author_detail") or {}
    line = _text(item, "author") or str(detail.get("name") or "")
    mail = _MAIL.search(line)
    email = mail.group().removeprefix("mailto:") if mail else ""
    name = one_line(readable(_MAIL.sub(" ", line))).strip(" ()<>[],;") if mail else one_line(readable(line))
    uri = web_address(str(detail.get("href") or ""))
    return Byline(name, uri, email) if name or email or uri else None


def _complete(entry: Entry | Broken, byline: Byline | None, language: str | None) -> Entry | Broken:
    """Give an entry the feed's author and language where it has none of its own."""
    if isinstance(entry, Broken):
        return entry
    return replace(entry, byline=entry.byline or byline, language=entry.language or language)


def _reply_to(item: Any) -> str:
    threading = dict.get(item, "thr_in-reply-to")
    return str(threading.get("ref") or "") if isinstance(threading, dict) else ""


def _ttl(channel: Any) -> float | None:
    """RSS ttl (minutes) or the syndication module's period, in seconds."""
    ttl = _text(channel, "ttl")
    if ttl.isdecimal() and 0 < int(ttl) < 10**6:
        return int(ttl) * 60.0
    period = _PERIODS.get(_text(channel, "sy_updateperiod").lower())
    frequency = _text(channel, "sy_updatefrequency")
    if period is None:
        return None
    return period / max(int(frequency), 1) if frequency.isdecimal() else float(period)


def _older(channel: Any, url: str) -> str:
    """The next page of a paged feed, or the newest archive of an archived one (RFC 5005)."""
    links = dict.get(channel, "links") or ()
    found = (link.get("href") for rel in ("next", "prev-archive") for link in links if link.get("rel") == rel)
    return next((web_address(str(href), url) for href in found if href), "")


def _text(item: Any, key: str) -> str:
    """A plain look-up: feedparser's own get() guesses at other keys and warns about it."""
    value = dict.get(item, key)
    return value.strip() if isinstance(value, str) else ""
