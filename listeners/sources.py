"""What a person writes in sources.yaml: the networks to listen to, one model per kind.

Secrets are never written here; `listeners.registry.required_secrets` names the environment
variables that hold them. Every kind can be pointed at another address (`base_url`, or the feeds
themselves), so that a loopback world or a proxy is configuration and not code.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, TypeAdapter, field_validator

from listeners.brand import Strict, Word
from listeners.presets import feed_of

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$")]

_url = TypeAdapter(AnyHttpUrl)


def _checked_url(value: object) -> object:
    """Refuse what is not an http(s) address, but keep it as written: pydantic's own type rewrites it."""
    if isinstance(value, str):
        value = value.strip()
        _url.validate_python(value)
    return value


Url = Annotated[str, BeforeValidator(_checked_url)]


class XPrices(Strict):
    """What X charges for reading, in dollars, as of 2026-08; a post is charged once per UTC day."""

    post: float = Field(default=0.005, ge=0, description="one post read by search or lookup")
    own_mention: float = Field(default=0.001, ge=0, description="one post read from one's own mentions")
    user: float = Field(default=0.0, ge=0, description="one author sent along; X does not say it charges")
    count: float = Field(default=0.005, ge=0, description="one request to the counts endpoint")


class XSource(Strict):
    """X API v2: recent search for the brands, and mentions of chosen accounts."""

    kind: Literal["x"]
    name: Name
    base_url: Url = Field(default="https://api.twitter.com", description="where tweepy's requests go")
    brands: tuple[Word, ...] = Field(default=(), description="brands to listen for; empty means all")
    search: bool = Field(default=True, description="poll recent search with queries derived from the brands")
    own_answers: bool = Field(
        default=True, description="hear what the brands' own accounts answer, so that cases know of it"
    )
    queries: tuple[str, ...] = Field(default=(), description="more queries, in X's own words")
    mentions_of: tuple[Annotated[str, Field(pattern=r"^\d+$")], ...] = Field(
        default=(), description="numeric user ids whose mentions are read (cheaper than search)"
    )
    query_limit: int = Field(default=512, ge=64, le=4096, description="characters a query may have")
    page_size: int = Field(default=100, ge=10, le=100)
    look_back_hours: float = Field(
        default=168.0, gt=0, le=168, description="how far the first poll goes back"
    )
    overlap_seconds: int = Field(
        default=120, ge=0, le=3600, description="how far behind the newest known post each poll looks again"
    )
    vocabulary: Literal["tweet", "post"] = Field(
        default="tweet", description="X's older or newer names for the fields asked; both are understood"
    )
    authors: bool = Field(default=True, description="ask for authors (X may charge them as user reads)")
    parents: bool = Field(default=True, description="ask for the post answered, as context")
    day_dollars: float = Field(default=5.0, ge=0, description="stop reading when a UTC day has cost this")
    month_dollars: float = Field(default=100.0, ge=0, description="stop when a UTC month has cost this")
    prices: XPrices = XPrices()
    recheck_hours: float = Field(default=24.0, gt=0, description="ask at least this often what is gone")
    recheck_dollars: float = Field(default=1.0, ge=0, description="of day_dollars, at most this for asking")
    timeout_seconds: float = Field(default=10.0, gt=0, le=120, description="for each request")


class RedditSource(Strict):
    """Reddit's OAuth API: comments and submissions of chosen subreddits, and search for the brands."""

    kind: Literal["reddit"]
    name: Name
    base_url: Url | None = Field(default=None, description="one address for both token and API requests")
    brands: tuple[Word, ...] = Field(default=(), description="brands to search for; empty means all")
    subreddits: tuple[Annotated[str, Field(pattern=r"^(r/)?[A-Za-z0-9_]{2,30}$")], ...] = ()
    comments: bool = Field(default=True, description="poll the newest comments of the subreddits")
    submissions: bool = Field(default=True, description="poll the newest submissions of the subreddits")
    search: bool = Field(default=False, description="search all of Reddit for the brands (submissions only)")
    parents: bool = Field(default=True, description="fetch the comments answered, as context")
    overlap_seconds: int = Field(
        default=600, ge=0, le=86_400, description="how far behind the newest known item each poll looks again"
    )
    keep_hours: float = Field(
        default=48.0, gt=0, description="bodies are erased after this, unless a case needs them"
    )
    recheck_hours: float = Field(default=24.0, gt=0, description="ask at least this often what is gone")
    timeout_seconds: float = Field(default=16.0, gt=0, le=120, description="for each request")

    @field_validator("subreddits")
    @classmethod
    def _bare(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.removeprefix("r/") for name in names)


class Feed(Strict):
    """One feed of a blogs source: RSS, Atom, RDF or JSON Feed."""

    url: Url
    title: str = Field(default="", max_length=200, description="shown instead of the feed's own title")


def _as_feed(value: Any) -> Any:
    """An address alone, or a preset such as {preset: discourse, site: …} (listeners/presets.py)."""
    if isinstance(value, dict) and "preset" in value:
        return feed_of(value)
    return {"url": value} if isinstance(value, str) else value


class BlogsSource(Strict):
    """Blogs, forums and everything else that has a feed."""

    kind: Literal["blogs"]
    name: Name
    feeds: tuple[Annotated[Feed, BeforeValidator(_as_feed)], ...] = Field(min_length=1)
    allow: tuple[Word, ...] = Field(
        default=(),
        description="networks (10.2.0.0/16) or hosts (wiki.intranet) that are private but meant, on any port",
    )
    every_minutes: float = Field(default=15.0, gt=0, description="ask at most this often")
    at_most_minutes: float = Field(
        default=60.0, gt=0, description="ask at least this often, however seldom the feed changes"
    )
    timeout_seconds: float = Field(default=20.0, gt=0, le=120, description="for each fetch, body included")
    max_bytes: int = Field(default=20_000_000, ge=1_000, description="of a feed, decompressed")

    @field_validator("allow")
    @classmethod
    def _networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for entry in allow:
            if "/" in entry:  # only a network has a slash, so a slip in one is not taken for a name
                ip_network(entry, strict=False)  # raises ValueError with its own words
        return allow


class MastodonSource(Strict):
    """Mastodon: hashtag timelines of one instance, without a key."""

    kind: Literal["mastodon"]
    name: Name
    base_url: Url = Field(default="https://mastodon.social", description="the instance that is asked")
    brands: tuple[Word, ...] = Field(default=(), description="brands to listen for; empty means all")
    hashtags: tuple[Word, ...] = Field(default=(), description="more hashtags than the brands' own")
    parents: bool = Field(default=True, description="fetch the posts answered, as context")
    look_back_hours: float = Field(default=72.0, gt=0, description="how far the first poll goes back")
    recheck_hours: float = Field(default=24.0, gt=0, description="ask at least this often what is gone")
    overlap_minutes: float = Field(
        default=120.0, ge=0, description="how far behind each poll looks again, for posts that arrive late"
    )
    allow: tuple[Word, ...] = Field(default=(), description="networks or hosts that are private but meant")
    timeout_seconds: float = Field(default=20.0, gt=0, le=120, description="for each request")


class BlueskySource(Strict):
    """Bluesky: the stream of all public posts, of which those that name a brand are kept."""

    kind: Literal["bluesky"]
    name: Name
    base_url: Annotated[str, Field(pattern=r"^wss?://\S+$")] = Field(
        default="wss://jetstream.us-east.bsky.network/xrpc", description="the Jetstream (v2) that is asked"
    )
    profiles_url: Url | None = Field(
        default="https://public.api.bsky.app",
        description="where handles are looked up; null: nowhere",
    )
    brands: tuple[Word, ...] = Field(default=(), description="brands to listen for; empty means all")
    words: tuple[Word, ...] = Field(default=(), description="more words that make a post worth keeping")
    look_back_minutes: float = Field(
        default=15.0, gt=0, le=4320, description="how far the first poll goes back"
    )
    recheck_hours: float = Field(default=24.0, gt=0, description="ask at least this often what is gone")
    quiet_seconds: float = Field(
        default=5.0, gt=0, le=60, description="this long without an event, and a poll is over"
    )
    allow: tuple[Word, ...] = Field(default=(), description="networks or hosts that are private but meant")
    timeout_seconds: float = Field(default=20.0, gt=0, le=120, description="to connect, and for each look-up")


AnySource = Annotated[
    XSource | RedditSource | BlogsSource | MastodonSource | BlueskySource, Field(discriminator="kind")
]
"""Any configured source; `kind` says which."""
