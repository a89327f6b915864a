"""What became of posts of the networks that need no key.

Bluesky's API is asked for posts by their addresses. Mastodon has no centre: a post is asked for where
it was written, at its own address, and what its home says is gone is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from listeners.bluesky_read import SOURCE as BLUESKY
from listeners.bluesky_read import read_view
from listeners.feed_entry import web_address
from listeners.http import Door, expect_ok
from listeners.listener import Budget, Clock, ListenError, Malformed, Retry, utcnow
from listeners.mastodon import SOURCE as MASTODON
from listeners.post import Deletion, DeletionWhy, Post
from listeners.recheck import FEW, Checked
from listeners.sources import BlueskySource, MastodonSource

_NOTE = {
    "accept": 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
}


class BlueskyRechecker:
    """Bluesky, by twenty-five addresses at a time at the public API."""

    source = BLUESKY
    most = 25
    price = 0.0

    def __init__(self, config: BlueskySource, *, clock: Clock = utcnow) -> None:
        """config: its profiles_url is where the API is."""
        self._url = config.profiles_url
        self._door = Door(config.allow, timeout=config.timeout_seconds)
        self._clock = clock

    def knows(self, post_id: str) -> bool:
        """Addresses of posts."""
        return post_id.startswith("at://") and "/app.bsky.feed.post/" in post_id

    def check(self, ids: Sequence[str], budget: Budget) -> Checked:
        """The API leaves out what is gone."""
        budget.charge()
        asked = urlencode({"uris": list(ids)}, doseq=True)
        answer = self._door.fetch(f"{self._url}/xrpc/app.bsky.feed.getPosts?{asked}")
        now = self._clock()
        expect_ok(answer, now=now)
        try:
            views: list[Any] = json.loads(answer.body)["posts"]
            there = {str(view["uri"]) for view in views}
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed("Bluesky did not answer with posts; asking again later") from error
        if not there and len(ids) > FEW:
            raise Retry(
                "Bluesky knew none of the posts it was asked about; nothing is erased on such an answer"
            )
        gone = tuple(Deletion(BLUESKY, one, now, DeletionWhy.UNAVAILABLE) for one in ids if one not in there)
        return Checked(_posts(views), gone, tuple(ids))


class MastodonRechecker:
    """Mastodon and its kin, one post at a time at its home."""

    source = MASTODON
    most = 20
    price = 0.0

    def __init__(self, config: MastodonSource, *, clock: Clock = utcnow) -> None:
        """config: its limits hold for every home that is asked."""
        self._door = Door(config.allow, timeout=config.timeout_seconds)
        self._clock = clock

    def knows(self, post_id: str) -> bool:
        """Web addresses."""
        return bool(web_address(post_id))

    def check(self, ids: Sequence[str], budget: Budget) -> Checked:
        """404, 410 and a tombstone mean gone; a home that does not answer is asked again another day."""
        gone: list[Deletion] = []
        asked: list[str] = []
        for one in ids:
            if not budget.allows():
                break
            budget.charge()
            try:
                answer = self._door.fetch(one, headers=_NOTE)
            except ListenError:
                continue
            if answer.status in (404, 410) or (answer.status == 200 and _is_tombstone(answer.body)):
                gone.append(Deletion(MASTODON, one, self._clock(), DeletionWhy.DELETED))
            elif answer.status != 200:
                continue  # some homes answer members of other instances only
            asked.append(one)
        return Checked((), tuple(gone), tuple(asked))


def _posts(views: Sequence[Any]) -> tuple[Post, ...]:
    """The posts that can be read; what cannot is still there, and that is all that was asked."""
    found = []
    for view in views:
        try:
            found.append(read_view(view))
        except (ValueError, TypeError, AttributeError):
            continue
    return tuple(found)


def _is_tombstone(body: bytes) -> bool:
    try:
        note = json.loads(body)
    except ValueError:
        return False
    return isinstance(note, Mapping) and note.get("type") == "Tombstone"
