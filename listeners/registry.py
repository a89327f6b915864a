"""From a configured source to its listeners: the one place that knows every kind of network.

A new network adds a model in sources.py, a module with its listener, and a line in each table here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from listeners.brand import Brand
from listeners.listener import Clock, Listener, Refused, utcnow
from listeners.sources import AnySource, BlogsSource, BlueskySource, MastodonSource, RedditSource, XSource

_SECRETS: dict[str, tuple[str, ...]] = {
    "x": ("X_BEARER_TOKEN",),
    "reddit": ("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET", "REDDIT_USER_AGENT"),
    "blogs": (),
    "mastodon": (),
    "bluesky": (),
}


def required_secrets(source: AnySource) -> tuple[str, ...]:
    """The environment variables `source` cannot be heard without; empty where no key is needed."""
    return _SECRETS[source.kind]


def build(
    source: AnySource,
    brands: Sequence[Brand],
    *,
    secrets: Mapping[str, str],
    clock: Clock = utcnow,
) -> list[Listener]:
    """The listeners of one configured source: one per query, nothing asked of the network yet.

    secrets: environment variables by name. Raises Refused naming the variables that are missing.
    """
    missing = [name for name in required_secrets(source) if not secrets.get(name)]
    if missing:
        raise Refused(
            f"source {source.name!r} needs {' and '.join(missing)} in the environment; "
            "set them, or take the source out of sources.yaml"
        )
    # The networks' clients are heavy; a run that needs one of them should not load the others.
    match source:
        case XSource():
            from listeners.x import x_listeners  # noqa: PLC0415 - heavy, see above

            return list(x_listeners(source, brands, token=secrets["X_BEARER_TOKEN"], clock=clock))
        case RedditSource():
            from listeners.reddit import reddit_listeners  # noqa: PLC0415 - heavy, see above

            return list(reddit_listeners(source, brands, secrets=secrets, clock=clock))
        case BlogsSource():
            from listeners.blogs import BlogListener  # noqa: PLC0415 - heavy, see above

            return [BlogListener(source, feed, clock=clock) for feed in source.feeds]
        case MastodonSource():
            from listeners.mastodon import mastodon_listeners  # noqa: PLC0415 - heavy, see above

            return list(mastodon_listeners(source, brands, clock=clock))
        case BlueskySource():
            from listeners.bluesky import bluesky_listeners  # noqa: PLC0415 - heavy, see above

            return list(bluesky_listeners(source, brands, clock=clock))


def allowance(source: AnySource, *, day: float, month: float) -> float:
    """Dollars that `source` may still spend; inf where reading is free.

    day, month: what it has spent in this UTC day and month.
    """
    if not isinstance(source, XSource):
        return float("inf")
    return max(min(source.day_dollars - day, source.month_dollars - month), 0.0)
