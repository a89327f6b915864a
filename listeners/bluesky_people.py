"""Who wrote a Bluesky post, and what it answers: looked up at the public API, which needs no key.

The stream names people by their did only. Where the API does not answer, they stay so: nothing that
was heard waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from listeners.bluesky_read import read_author, read_view
from listeners.http import Door
from listeners.listener import Budget, ListenError
from listeners.post import Author, Post

_AT_ONCE = 25  # the most the API takes
_REMEMBER = 5000


class People:
    """Handles and parents of posts; remembers the people it met while it lives."""

    def __init__(self, url: str | None, door: Door) -> None:
        """url: of the API; None looks nothing up."""
        self._url = url
        self._door = door
        self._met: dict[str, Author] = {}

    def complete(self, posts: Sequence[Post], budget: Budget) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
        """The posts with their people's handles, and the posts that they answer."""
        if self._url is None:
            return tuple(posts), ()
        dids = {post.author.id for post in posts if post.author} - self._met.keys()
        for profile in self._ask("app.bsky.actor.getProfiles", "actors", "profiles", sorted(dids), budget):
            if (author := read_author(profile)) is not None:
                self._met[author.id] = author
        here = {post.id for post in posts}
        wanted = sorted({post.parent_id for post in posts if post.parent_id} - here)
        context = []
        for view in self._ask("app.bsky.feed.getPosts", "uris", "posts", wanted, budget):
            try:
                context.append(read_view(view))
            except (ValueError, TypeError, AttributeError):
                continue  # context helps to understand; without it the post is still heard
        named = tuple(
            replace(post, author=self._met.get(post.author.id, post.author)) if post.author else post
            for post in posts
        )
        for did in list(self._met)[: max(len(self._met) - _REMEMBER, 0)]:
            del self._met[did]
        return named, tuple(context)

    def _ask(
        self, method: str, parameter: str, key: str, values: Sequence[str], budget: Budget
    ) -> Iterator[Mapping[str, Any]]:
        """Each object that the API gives for the values, twenty-five at a time."""
        for start in range(0, len(values), _AT_ONCE):
            if not budget.allows():
                return
            budget.charge()
            asked = urlencode({parameter: values[start : start + _AT_ONCE]}, doseq=True)
            try:
                answer = self._door.fetch(f"{self._url}/xrpc/{method}?{asked}")
                found = json.loads(answer.body)[key] if answer.status == 200 else ()
            except (ListenError, ValueError, KeyError, TypeError):
                return
            yield from _objects(found)


def _objects(found: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    return (each for each in found if isinstance(each, Mapping))
