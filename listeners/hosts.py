"""Which hosts a source asks: different hosts are asked at the same time, one host never twice at once."""

from __future__ import annotations

from urllib.parse import urlsplit

from listeners.sources import AnySource, BlogsSource, RedditSource

REDDIT = "oauth.reddit.com"
"""Where Reddit is asked, unless the source names another address."""


def host_of(url: str) -> str:
    """The host of a web address, in one spelling and without its port; "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # such as an unclosed [ of an IPv6 address; asking it will say so
        return ""


def hosts_of(source: AnySource) -> tuple[str, ...]:
    """The hosts that a configured source asks, each once, in its order."""
    if isinstance(source, BlogsSource):
        return tuple(dict.fromkeys(host_of(feed.url) for feed in source.feeds))
    if isinstance(source, RedditSource):
        return (host_of(source.base_url) if source.base_url else REDDIT,)
    return (host_of(source.base_url),)
