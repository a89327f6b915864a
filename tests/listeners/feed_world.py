"""A small blog that can be written, edited and served as RSS, Atom or JSON Feed; and a clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from listeners.blogs import BlogListener
from listeners.listener import Batch, Budget, State
from listeners.sources import BlogsSource

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands until it is told to move."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        """Forward by a timedelta's arguments."""
        self.now += timedelta(**delta)


@dataclass(frozen=True)
class Item:
    """One entry as its writer has it; an empty part is left out of the feed."""

    guid: str = ""
    title: str = ""
    text: str = ""
    link: str = ""
    when: datetime | None = None
    author: str = ""


def items(count: int, *, start: datetime = START - timedelta(days=30), hours: float = 1) -> list[Item]:
    """Numbered entries, the oldest first."""
    return [
        Item(
            guid=f"urn:{n}",
            title=f"Title {n}",
            text=f"Words of entry {n}",
            link=f"https://blog.example/{n}",
            when=start + timedelta(hours=hours * n),
        )
        for n in range(count)
    ]


def rss(entries: list[Item], *, channel: str = "") -> str:
    """RSS 2.0, the newest first."""
    parts = []
    for item in reversed(entries):
        fields = {
            "guid": item.guid,
            "title": item.title,
            "description": item.text,
            "link": item.link,
            "pubDate": format_datetime(item.when) if item.when else "",
            "author": item.author,
        }
        inner = "".join(
            f'<{key} isPermaLink="false">{escape(value)}</{key}>'
            if key == "guid"
            else f"<{key}>{escape(value)}</{key}>"
            for key, value in fields.items()
            if value
        )
        parts.append(f"<item>{inner}</item>")
    inside = f"<title>B</title>{channel}{''.join(parts)}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{inside}</channel></rss>'


def atom(entries: list[Item]) -> str:
    """Atom 1.0, the newest first."""
    parts = []
    for item in reversed(entries):
        parts.append(
            f"<entry><id>{escape(item.guid)}</id><title>{escape(item.title)}</title>"
            f'<link href="{escape(item.link)}"/><content type="text">{escape(item.text)}</content>'
            + (f"<published>{item.when.isoformat()}</published>" if item.when else "")
            + (f"<author><name>{escape(item.author)}</name></author>" if item.author else "")
            + "</entry>"
        )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>B</title>{"".join(parts)}</feed>'


def json_feed(entries: list[Item]) -> str:
    """JSON Feed 1.1, the newest first."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "B",
            "items": [
                {
                    "id": item.guid,
                    "title": item.title,
                    "content_text": item.text,
                    "url": item.link,
                    **({"date_published": item.when.isoformat()} if item.when else {}),
                    **({"authors": [{"name": item.author}]} if item.author else {}),
                }
                for item in reversed(entries)
            ],
        }
    )


def listener(url: str, clock: Clock | None = None, **options: object) -> BlogListener:
    """A listener to one feed on loopback."""
    source = BlogsSource.model_validate(
        {
            "kind": "blogs",
            "name": "blogs",
            "feeds": [url],
            "allow": ["127.0.0.0/8"],
            "timeout_seconds": 5,
            **options,
        }
    )
    return BlogListener(source, source.feeds[0], clock=clock or Clock())


def poll(ear: BlogListener, state: State | None = None) -> Batch:
    """The one batch of a poll."""
    (batch,) = ear.poll(state or {}, Budget())
    return batch
