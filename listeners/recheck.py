"""Asking a network what has become of posts we hold: still there, edited, or gone.

What is gone there must go here. A network that is merely out of sorts must erase nothing: only what
it says is gone counts, or what it leaves out of an answer that is otherwise whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from listeners.listener import Budget, Clock, Retry, utcnow
from listeners.post import Deletion, Post
from listeners.reddit_client import INFO_MOST, RedditClient
from listeners.reddit_read import SOURCE as REDDIT
from listeners.reddit_read import read_listing
from listeners.sources import AnySource, BlueskySource, MastodonSource, RedditSource, XSource
from listeners.x_client import LOOKUP_MOST, XClient
from listeners.x_read import SOURCE as X
from listeners.x_read import read_page

Rechecked = XSource | RedditSource | MastodonSource | BlueskySource
"""Sources of networks that can be asked about posts."""

FEW = 3  # an answer without any of so few may be right; without any of more it is not believed


@dataclass(frozen=True, slots=True)
class Checked:
    """What a network said of some posts.

    posts: those that are there, as they are now. deletions: those that are gone. asked: the ids that
    were answered; others are to be asked again. cost: dollars.
    """

    posts: tuple[Post, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    asked: tuple[str, ...] = ()
    cost: float = 0.0


class Rechecker(Protocol):
    """One network's way to be asked about posts by their ids.

    source: the network. most: ids to a request. price: dollars an id.
    """

    source: str
    most: int
    price: float

    def knows(self, post_id: str) -> bool:
        """Whether the network could have given this id; imported collections number their own."""
        ...

    def check(self, ids: Sequence[str], budget: Budget) -> Checked:
        """Ask about at most `most` posts. Raises a ListenError."""
        ...


class XRechecker:
    """X, by lookup in hundreds. A lookup is charged like any other read."""

    source = X
    most = LOOKUP_MOST

    def __init__(self, config: XSource, token: str, *, clock: Clock = utcnow) -> None:
        """token: an app's bearer token."""
        plain = config.model_copy(update={"parents": False})
        self.price = config.prices.post
        self._client = XClient(plain, token, wall=lambda: clock().timestamp())
        self._clock = clock

    def knows(self, post_id: str) -> bool:
        """Numbers only."""
        return post_id.isascii() and post_id.isdigit()

    def check(self, ids: Sequence[str], budget: Budget) -> Checked:
        """Ask by the id a post was first published under, then for the wording of its latest edit."""
        page = read_page(self._client.lookup(ids).payload, seen_at=self._clock(), place="recheck")
        cost = page.read * self.price
        budget.charge(cost)
        posts = {post.id: post for post in page.posts}
        for start in range(0, len(page.newer), self.most):
            newer = page.newer[start : start + self.most]
            if not budget.allows(len(newer) * self.price):
                break
            edited = read_page(self._client.lookup(newer).payload, seen_at=self._clock(), place="recheck")
            budget.charge(edited.read * self.price)
            cost += edited.read * self.price
            posts.update((post.id, post) for post in edited.posts)
        wanted = set(ids)
        gone = tuple(gone for gone in page.deletions if gone.id in wanted)
        answered = (posts.keys() | {one.id for one in gone}) & wanted
        return Checked(tuple(posts.values()), gone, tuple(sorted(answered)), cost)


class RedditRechecker:
    """Reddit, by info in hundreds."""

    source = REDDIT
    most = INFO_MOST
    price = 0.0

    def __init__(self, config: RedditSource, secrets: Mapping[str, str], *, clock: Clock = utcnow) -> None:
        """secrets: as for listening."""
        self._client = RedditClient(config, secrets)
        self._clock = clock

    def knows(self, post_id: str) -> bool:
        """Comments and submissions, by their full names."""
        return re.fullmatch(r"t[13]_[a-z0-9]+", post_id) is not None

    def check(self, ids: Sequence[str], budget: Budget) -> Checked:
        """Reddit blanks what is deleted and leaves out what it will not show any more."""
        now = self._clock()
        listing = read_listing(self._client.info(ids), seen_at=now, place="recheck")
        budget.charge()
        if not listing.names and len(ids) > FEW:
            raise Retry(
                "Reddit knew none of the posts it was asked about; nothing is erased on such an answer"
            )
        said = set(listing.names) | {aside.id for aside in listing.set_aside}
        left_out = tuple(Deletion(REDDIT, one, now) for one in ids if one not in said)
        return Checked(listing.posts, (*listing.deletions, *left_out), tuple(ids))


def rechecker(source: AnySource, *, secrets: Mapping[str, str], clock: Clock = utcnow) -> Rechecker | None:
    """How to ask `source` about posts held; None where it has no way (feeds), or a key is missing."""
    if isinstance(source, XSource) and secrets.get("X_BEARER_TOKEN"):
        return XRechecker(source, secrets["X_BEARER_TOKEN"], clock=clock)
    if isinstance(source, RedditSource) and secrets.get("REDDIT_CLIENT_SECRET"):
        return RedditRechecker(source, secrets, clock=clock)
    if isinstance(source, BlueskySource | MastodonSource):
        from listeners import recheck_open as open_networks  # noqa: PLC0415 - its clients are heavy

        if isinstance(source, MastodonSource):
            return open_networks.MastodonRechecker(source, clock=clock)
        return open_networks.BlueskyRechecker(source, clock=clock) if source.profiles_url else None
    return None
