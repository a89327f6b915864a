"""From the bytes of a feed to its entries, whatever the format: pure, without network or clock.

One broken entry is kept aside with its reason; the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from listeners.discovery import find_feeds, looks_like_page
from listeners.feed_entry import Feed
from listeners.feed_json import looks_like_json, read_json_feed
from listeners.feed_xml import read_xml_feed
from listeners.listener import Malformed

_SPACE = b" \t\r\n\x0b\x0c"


def read_feed(body: bytes, *, url: str, headers: Mapping[str, str] | None = None) -> Feed:
    """Read the feed in `body`, which came from `url`.

    headers: of the answer; its content type may name the charset. Raises Malformed where this is
    no feed at all; a web page's error names the feed the page points to.
    """
    if not body.strip(_SPACE):
        raise Malformed(f"{url} answered with an empty body; asking again later")
    if looks_like_json(body):
        return read_json_feed(body, url=url)
    content_type = next((v for k, v in (headers or {}).items() if k.lower() == "content-type"), "")
    body, content_type = settle_charset(body, content_type)
    feed = read_xml_feed(body, url=url, content_type=content_type)
    if feed is None:
        raise Malformed(_not_a_feed(body, url))
    return feed


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
    return body, "application/xml; charset=utf-8"


def _not_a_feed(body: bytes, url: str) -> str:
    if not looks_like_page(body):
        return f"{url} is neither RSS, Atom nor JSON Feed; look on the site for the address of its feed"
    found = find_feeds(body, url)
    if found:
        return f"{url} is a web page; its feed seems to be {found[0].url}"
    return f"{url} is a web page and names no feed; look on the site for one"
