"""JSON Feed, versions 1 and 1.1 (jsonfeed.org): the same entries from another notation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from listeners.feed_entry import RAW_LIMIT, Broken, Byline, Entry, Feed, checked, read_time, web_address
from listeners.html_text import one_line, readable
from listeners.listener import Malformed


def looks_like_json(body: bytes) -> bool:
    """Whether the body is an object in JSON; no XML begins with a brace."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read_json_feed(body: bytes, *, url: str, size: int) -> Iterator[Feed]:
    """Read a JSON Feed in parts of `size` items. Raises Malformed where it is not JSON or no feed."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{url} is not whole JSON ({error}); asking again later") from error
    if not isinstance(feed, Mapping) or not isinstance(feed.get("items"), list):
        raise Malformed(f"{url} is JSON but no JSON Feed: it has no list of items")
    byline = _byline(feed)
    language = _string(feed, "language") or None
    items = feed["items"]
    for start in range(0, len(items) or 1, size):
        yield Feed(
            title=one_line(_string(feed, "title")),
            entries=tuple(_each(items[start : start + size], start, url, byline, language)),
            older=web_address(_string(feed, "next_url"), url),
        )


def _each(
    items: list[Any], before: int, url: str, byline: Byline | None, language: str | None
) -> Iterator[Entry | Broken]:
    for place, item in enumerate(items, start=before + 1):
        try:
            if not isinstance(item, Mapping):
                raise ValueError("the item is not an object")
            yield _entry(item, url, byline, language)
        except Exception as error:  # one item's oddity never costs the others
            raw = json.dumps(item, ensure_ascii=False)[:RAW_LIMIT]
            why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            yield Broken(raw, why, place, _string(item, "id") or None if isinstance(item, Mapping) else None)


def _entry(item: Mapping[str, Any], url: str, byline: Byline | None, language: str | None) -> Entry:
    links = [web_address(_string(item, key), url) for key in ("url", "external_url")]
    links.append(web_address(_string(item, "id")))
    text = readable(_string(item, "content_html")) or _string(item, "content_text")
    return checked(
        Entry(
            native_id=_string(item, "id"),
            url=next((found for found in links if found), ""),
            title=one_line(_string(item, "title")),
            text=text or readable(_string(item, "summary")),
            when=read_time(_string(item, "date_published")) or read_time(_string(item, "date_modified")),
            byline=_byline(item) or byline,
            language=_string(item, "language") or language,
        )
    )


def _byline(item: Mapping[str, Any]) -> Byline | None:
    """The first author of 1.1's `authors`, else 1.0's `author`."""
    authors = item.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else item.get("author")
    if isinstance(author, str):
        author = {"name": author}
    if not isinstance(author, Mapping):
        return None
    name, uri = one_line(_string(author, "name")), web_address(_string(author, "url"))
    return Byline(name, uri) if name or uri else None


def _string(item: Mapping[str, Any], key: str) -> str:
    """Text, or a number as text: ids are often numbers although the format says otherwise."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()
