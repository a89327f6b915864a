"""The world's blogs and forums: feeds as RSS 2.0, Atom and JSON Feed, and the pages they lead to."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from xml.sax.saxutils import escape, quoteattr

from earnest.demo.wire import Reply, Request
from earnest.demo.world import World, WorldPost
from earnest.demo.written import WrittenFeed

_ENDINGS = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}
_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_NAMESPACES = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:thr="http://purl.org/syndication/thread/1.0"'


class BlogNetwork:
    """Answers /blogs/NAME/FEED with a feed, and /blogs/NAME/SLUG with the page of a post."""

    def __init__(self, world: World, base_url: str) -> None:
        """base_url: where this is served; links in feeds lead there."""
        self._world = world
        self._base = base_url.rstrip("/")

    def feed_url(self, name: str) -> str:
        """The address of one feed."""
        return f"{self._base}/blogs/{name}/{_ENDINGS[self._world.feeds[name].kind]}"

    def answer(self, request: Request, now: datetime) -> Reply:
        """One reply; never raises for what was asked."""
        found = re.fullmatch(r"/blogs/(\w+)/(.+)", request.path)
        feed = self._world.feeds.get(found[1]) if found else None
        if found is None or feed is None:
            return _not_found()
        posts = [post for post in self._world.seen("blog", now) if post.feed == found[1]][::-1]
        if found[2] != _ENDINGS[feed.kind]:
            post = next((one for one in posts if one.slug == found[2].removesuffix("/")), None)
            return self._page(feed, post, now) if post is not None else _not_found()
        changed = max((post.reads(now).at for post in posts), default=self._world.start)
        changed = changed.replace(microsecond=0)
        render = {"rss": self._rss, "atom": self._atom, "json": self._json}[feed.kind]
        body = render(found[1], feed, posts, now)
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        validators = {"ETag": tag, "Last-Modified": _http_date(changed), "Cache-Control": "no-cache"}
        if _unchanged(request, tag, changed):
            return Reply(304, b"", validators)
        return Reply(200, body, {"Content-Type": _TYPES[feed.kind], **validators})

    def _link(self, post: WorldPost) -> str:
        return f"{self._base}/blogs/{post.feed}/{post.slug}"

    def _identity(self, feed: WrittenFeed, post: WorldPost) -> str:
        """The id in the feed: it outlives the address."""
        return f"{feed.home.rstrip('/')}/{post.slug}"

    def _answered(self, feed: WrittenFeed, post: WorldPost) -> str:
        """The mark of an answer (RFC 4685), or nothing."""
        parent = self._world.parent(post)
        return f"<thr:in-reply-to ref={quoteattr(self._identity(feed, parent))}/>" if parent else ""

    def _rss(self, name: str, feed: WrittenFeed, posts: Sequence[WorldPost], now: datetime) -> bytes:
        items = "".join(
            f"""<item>
<title>{escape(post.title)}</title>
<link>{escape(self._link(post))}</link>
<guid isPermaLink="false">{escape(self._identity(feed, post))}</guid>
<dc:creator>{escape(post.by)}</dc:creator>
<pubDate>{format_datetime(post.created_at)}</pubDate>
{self._answered(feed, post)}<description>{escape(post.reads(now).text)}</description>
</item>
"""
            for post in posts
        )
        return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" {_NAMESPACES}>
<channel>
<title>{escape(feed.title)}</title>
<link>{escape(feed.home)}</link>
<description>{escape(feed.about)}</description>
<language>en-gb</language>
{items}</channel>
</rss>
""".encode()

    def _atom(self, name: str, feed: WrittenFeed, posts: Sequence[WorldPost], now: datetime) -> bytes:
        entries = "".join(
            f"""<entry>
<title>{escape(post.title)}</title>
<id>{escape(self._identity(feed, post))}</id>
<link rel="alternate" href={quoteattr(self._link(post))}/>
<published>{_iso(post.created_at)}</published>
<updated>{_iso(post.reads(now).at)}</updated>
<author><name>{escape(post.by)}</name></author>
{self._answered(feed, post)}<content type="html">{escape(post.reads(now).text)}</content>
</entry>
"""
            for post in posts
        )
        updated = max((post.reads(now).at for post in posts), default=self._world.start)
        return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" {_NAMESPACES} xml:lang="en-GB">
<title>{escape(feed.title)}</title>
<subtitle>{escape(feed.about)}</subtitle>
<id>{escape(feed.home)}</id>
<link rel="alternate" href={quoteattr(feed.home)}/>
<link rel="self" href={quoteattr(self.feed_url(name))}/>
<updated>{_iso(updated)}</updated>
{entries}</feed>
""".encode()

    def _json(self, name: str, feed: WrittenFeed, posts: Sequence[WorldPost], now: datetime) -> bytes:
        items = []
        for post in posts:
            item = {
                "id": self._identity(feed, post),
                "url": self._link(post),
                "title": post.title,
                "content_html": post.reads(now).text,
                "date_published": _iso(post.created_at),
                "authors": [{"name": post.by}],
            }
            if len(post.history(now)) > 1:
                item["date_modified"] = _iso(post.reads(now).at)
            items.append(item)
        payload = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "description": feed.about,
            "home_page_url": feed.home,
            "feed_url": self.feed_url(name),
            "language": "en-GB",
            "items": items,
        }
        return json.dumps(payload, ensure_ascii=False, indent=1).encode()

    def _page(self, feed: WrittenFeed, post: WorldPost, now: datetime) -> Reply:
        """The post as a reader of the blog sees it; its text is HTML of our own files."""
        body = f"""<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{html.escape(post.title)}</title>
<link rel="alternate" type="{_TYPES[feed.kind].split(";")[0]}" href="{self.feed_url(post.feed)}">
<style>body {{ max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font: 1.1rem/1.6 serif }}</style>
</head><body>
<p>{html.escape(feed.title)}</p>
<h1>{html.escape(post.title)}</h1>
<p><small>{html.escape(post.by)}, {post.created_at:%d %B %Y, %H:%M} UTC</small></p>
{post.reads(now).text}
<hr><p><small>Part of the made-up world of Earnest's demo.</small></p>
</body></html>
"""
        return Reply(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})


def _unchanged(request: Request, tag: str, changed: datetime) -> bool:
    """Whether the reader has this already; an ETag goes before a date."""
    if "if-none-match" in request.headers:
        return tag in {one.strip().removeprefix("W/") for one in request.headers["if-none-match"].split(",")}
    try:
        return parsedate_to_datetime(request.headers["if-modified-since"]) >= changed
    except (KeyError, ValueError, TypeError):
        return False


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _http_date(when: datetime) -> str:
    return format_datetime(when.astimezone(UTC), usegmt=True)


def _not_found() -> Reply:
    return Reply(
        404, b"<!doctype html><title>Not found</title>", {"Content-Type": "text/html; charset=utf-8"}
    )
