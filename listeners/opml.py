"""Lists of feeds in OPML, as every feed reader writes and reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import lxml.etree

from listeners.feed_entry import web_address
from listeners.html_text import one_line
from listeners.listener import Malformed
from listeners.sources import Feed

_LIMIT = 10_000
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_opml(body: bytes) -> list[Feed]:
    """The feeds of an OPML list in its order, each address once, folders flattened.

    Raises Malformed where this is no OPML; outlines that are no feeds are passed over.
    """
    # Other people's XML: no entities, no network, no huge trees.
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = lxml.etree.fromstring(body.strip(), parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise Malformed(f"this is not OPML: {error}") from error
    if root is None or lxml.etree.QName(root).localname.lower() != "opml":
        raise Malformed("this is not OPML: it does not begin with <opml>; export the list again")
    found: dict[str, Feed] = {}
    for outline in root.iter("outline"):
        named = {str(key).lower(): str(value) for key, value in outline.attrib.items()}
        url = web_address(named.get("xmlurl", ""))
        if url and len(found) < _LIMIT:
            title = one_line(named.get("title") or named.get("text") or "")[:200]
            found.setdefault(url, Feed(url=url, title=title))
    return list(found.values())


def write_opml(feeds: Iterable[Feed], *, title: str) -> bytes:
    """An OPML 2.0 list that every feed reader takes in."""
    root = lxml.etree.Element("opml", version="2.0")
    lxml.etree.SubElement(lxml.etree.SubElement(root, "head"), "title").text = _NOT_XML.sub("", title)
    body = lxml.etree.SubElement(root, "body")
    for feed in feeds:
        name = _NOT_XML.sub("", feed.title) or feed.url
        lxml.etree.SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=feed.url)
    written: bytes = lxml.etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written
