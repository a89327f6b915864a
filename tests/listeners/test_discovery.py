"""Finding feeds on pages."""

from __future__ import annotations

from listeners.discovery import find_feeds, looks_like_page

URL = "https://blog.example/about/"


def page(links: str) -> bytes:
    """A page with these links in its head."""
    return f"<!doctype html><html><head>{links}</head><body>Hi</body></html>".encode()


def test_feeds_come_the_likeliest_first() -> None:
    """Articles before comments, RSS and Atom before JSON; each once, resolved."""
    body = page(
        '<link rel="alternate" type="application/json" href="/api">'
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel="stylesheet" type="text/css" href="/s.css">'
        '<LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" title="Blog" HREF="feed.atom">'
        '<link rel="alternate" type="application/rss+xml" href="https://blog.example/about/feed.atom">'
        '<link rel="alternate" type="application/rss+xml" href="javascript:x">'
        '<link rel="alternate" hreflang="de" href="/de">'
    )
    assert [feed.url for feed in find_feeds(body, URL)] == [
        "https://blog.example/about/feed.atom",
        "https://blog.example/comments/feed",
        "https://blog.example/api",
    ]


def test_the_base_of_a_page_counts() -> None:
    """Relative to the page's own base where it names one."""
    body = page(
        '<base href="https://cdn.example/x/"><link rel="alternate" type="application/rss+xml" href="rss">'
    )
    assert find_feeds(body, URL)[0].url == "https://cdn.example/x/rss"


def test_no_feed_is_an_empty_list() -> None:
    """Also where there is nothing at all, or nonsense."""
    assert find_feeds(page(""), URL) == find_feeds(b"", URL) == find_feeds(b"\x00\xff<", URL) == []


def test_a_page_is_told_from_a_feed() -> None:
    """By its first tags."""
    assert looks_like_page(page(""))
    assert not looks_like_page(b"<rss><channel/></rss>")
