"""From the bytes of a feed to its entries, whatever the format: pure, without network or clock.

One broken entry is kept aside with its reason; the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from listeners.discovery import find_feeds, looks_like_page
from listeners.feed_entry import RAW_LIMIT, Broken, Feed
from listeners.feed_json import looks_like_json, read_json_feed
from listeners.feed_slices import slices
from listeners.feed_xml import read_xml_feed
from listeners.listener import Malformed

PART = 500
"""Entries in one part of a huge feed."""
_LARGE = 1 << 19  # half a megabyte: an ordinary feed stays whole
_UTF8 = "application/xml; charset=utf-8"
_SPACE = b" \t\r\n\x0b\x0c"


def read_feed(body: bytes, *, url: str, headers: Mapping[str, str] | None = None) -> Feed:
    """Read the feed in `body`, which came from `url`, at once.

    headers: of the answer; its content type may name the charset. Raises Malformed where this is
    no feed at all; a web page's error names the feed the page points to.
    """
    parts = list(read_parts(body, url=url, headers=headers))
    return replace(parts[0], entries=tuple(entry for part in parts for entry in part.entries))


def read_parts(body: bytes, *, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Feed]:
    """The same, with the entries of a huge feed in several parts, so that memory stays small.

    There is at least one part; each says the same about the feed. Raises as `read_feed` does, but
    only before the first part: what breaks later costs its own slice, as one broken entry.
    """
    if not body.strip(_SPACE):
        raise Malformed(f"{url} answered with an empty body; asking again later")
    if looks_like_json(body):
        yield from read_json_feed(body, url=url, size=PART)
        return
    content_type = next((v for k, v in (headers or {}).items() if k.lower() == "content-type"), "")
    body, content_type = settle_charset(body, content_type)
    large = len(body) > _LARGE and (body.isascii() or content_type == _UTF8)
    place = 0
    for document in slices(body, entries=PART) if large else (body,):
        try:
            feed = read_xml_feed(document, url=url, content_type=content_type, place=place)
        except Malformed as error:
            if not place:
                raise
            raw = document[:RAW_LIMIT].decode("utf-8", "replace")
            feed = Feed("", (Broken(raw, str(error), place + 1),))
        if feed is None and not place:
            raise Malformed(_not_a_feed(body, url))
        if feed is not None:
            place += len(feed.entries)
            yield feed


def settle_charset(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Trust the bytes over the header: a body that reads as UTF-8 is UTF-8, whatever is claimed.

    One stray byte in a body of otherwise good UTF-8 is replaced, instead of reading all of it as
    something else. Everything else is left to feedparser's own guesses.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in body[:4]:
        return body, content_type  # UTF-16 or UTF-32
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)  # XML's first line must come first
    if body.isascii():
        return body, content_type
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        bad = text.count("�")
        good = len(re.findall(r"[^\x00-\x7f�]", text))
        if good <= 4 * bad:
            return body, content_type
        body = text.encode()
    return body, _UTF8


def _not_a_feed(body: bytes, url: str) -> str:
    if not looks_like_page(body):
        return f"{url} is neither RSS, Atom nor JSON Feed; look on the site for the address of its feed"
    found = find_feeds(body, url)
    if found:
        return f"{url} is a web page; its feed seems to be {found[0].url}"
    return f"{url} is a web page and names no feed; look on the site for one"
