"""Finding a site's feeds from the address of one of its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import lxml.etree
import lxml.html

from listeners.html_text import one_line
from listeners.http import Door
from listeners.listener import ListenError, Refused

# Where the common programs keep the feed of a site that does not announce it.
_USUAL = ("feed", "rss", "atom.xml", "feed.xml", "rss.xml", "index.xml", "feed.json")
_HEAD = 256 * 1024  # feeds are announced in the head of a page
_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<(div|p|a|img|span|table)[\s>]", re.I)
_TYPES = {
    "application/rss+xml": 0,
    "application/atom+xml": 0,
    "application/rdf+xml": 0,
    "application/feed+json": 1,
    "application/json": 2,
    "text/xml": 3,
    "application/xml": 3,
}
# Most pages with a feed of articles offer one of their comments too; that one is not meant.
_COMMENTS = re.compile(r"comment", re.I)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed a page announces."""

    url: str
    title: str = ""


def looks_like_page(body: bytes) -> bool:
    """Whether the body is HTML meant for a browser."""
    return _PAGE.search(body[:4096]) is not None


def find_feeds(body: bytes, url: str) -> list[FoundFeed]:
    """The feeds that the page `body`, fetched from `url`, announces; the likeliest first."""
    try:
        tree = lxml.html.document_fromstring(body[:_HEAD])
    except (lxml.etree.LxmlError, ValueError):
        return []
    base = next(iter(tree.xpath("//base/@href")), "")
    found: list[tuple[tuple[int, bool, int], FoundFeed]] = []
    for place, link in enumerate(tree.xpath("//link[@href] | //a[@href][@type]")):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower().split(";")[0].strip()
        if kind not in _TYPES or (link.tag == "link" and not {"alternate", "feed"} & set(rel)):
            continue
        try:
            there = urljoin(urljoin(url, base), link.get("href").strip())
        except ValueError:
            continue
        if not there.startswith(("http://", "https://")):
            continue
        title = one_line(link.get("title") or "")
        is_comments = _COMMENTS.search(title + there) is not None
        found.append(((_TYPES[kind], is_comments, place), FoundFeed(there, title)))
    ordered = [feed for _, feed in sorted(found, key=lambda pair: pair[0])]
    return list({feed.url: feed for feed in reversed(ordered)}.values())[::-1]


def discover(url: str, door: Door) -> list[FoundFeed]:
    """The feeds of the site that `url` belongs to, the likeliest first; each was fetched and read.

    url: of a feed, which is then the only one found, or of a page: those it announces, or where it
    announces none, those at the usual places. Raises as `Door.fetch` does, and Refused, where the page
    itself cannot be had; a feed that cannot is left out.
    """
    from listeners.feeds import read_feed  # noqa: PLC0415 - it imports this module for its errors

    answer = door.fetch(url)
    if answer.status >= 400:
        raise Refused(f"{url} answers {answer.status}; check the address in a browser")
    try:
        return [FoundFeed(answer.url, read_feed(answer.body, url=answer.url, headers=answer.headers).title)]
    except ListenError:
        announced = find_feeds(answer.body, answer.url)
    usual = [FoundFeed(urljoin(answer.url, f"/{place}")) for place in _USUAL]
    found: list[FoundFeed] = []
    for feed in announced or usual:
        try:
            got = door.fetch(feed.url)
            if got.status == 200:
                title = read_feed(got.body, url=got.url, headers=got.headers).title
                found.append(FoundFeed(got.permanent_url, feed.title or title))
        except ListenError:
            continue
    return list({feed.url: feed for feed in reversed(found)}.values())[::-1]
