"""A small Reddit: comments and submissions of one subreddit, served newest first in pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.listeners.loopback import Asked, Loopback, Reply

NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
SECRETS = {
    "REDDIT_CLIENT_ID": "client-of-the-tests",
    "REDDIT_CLIENT_SECRET": "secret-of-the-tests-41aa",
    "REDDIT_USER_AGENT": "earnest tests by /u/nobody",
}
CAP = 1000


class RedditWorld:
    """Everything said, oldest first; `before` is called ahead of every answer but the token's."""

    def __init__(self, now: datetime = NOW) -> None:
        """now: the world's clock, moved by the tests."""
        self.now = now
        self.things: list[dict[str, Any]] = []
        self.vanished: set[str] = set()
        self.before: Callable[[Asked], Reply | None] = lambda asked: None
        self.headers: dict[str, str] = {}
        self.most = 100
        self._made = 0

    def clock(self) -> datetime:
        """The world's time."""
        return self.now

    def comment(
        self,
        body: str,
        *,
        ago: timedelta = timedelta(),
        parent: str = "t3_s0",
        thread: str = "t3_s0",
        **more: Any,
    ) -> str:
        """Say `body` under `parent`; returns the comment's full name."""
        name = self._name("t1")
        data = {"body": body, "parent_id": parent, "link_id": thread, **self._common(name, ago)}
        self.things.append({"kind": "t1", "data": {**data, **more}})
        return name

    def submit(self, title: str, body: str = "", *, ago: timedelta = timedelta(), **more: Any) -> str:
        """Submit a text; returns its full name."""
        name = self._name("t3")
        data = {
            "title": title,
            "selftext": body,
            "is_self": True,
            "num_comments": 0,
            **self._common(name, ago),
        }
        self.things.append({"kind": "t3", "data": {**data, **more}})
        return name

    def thing(self, name: str) -> dict[str, Any]:
        """What is served of the thing; change it to edit."""
        data: dict[str, Any] = next(one["data"] for one in self.things if one["data"]["name"] == name)
        return data

    def vanish(self, name: str) -> None:
        """Take it out of every listing, as Reddit does with what is deleted."""
        self.vanished.add(name)

    def grow(self, number: int) -> None:
        """Say so many new things, a second apart."""
        for _ in range(number):
            self.now += timedelta(seconds=1)
            self.comment(f"larkspur {len(self.things)}")

    def said(self) -> set[str]:
        """The names of everything that is there."""
        return {one["data"]["name"] for one in self.things} - self.vanished

    def serve(self) -> Loopback:
        """Start serving this world."""
        return Loopback(self.answer)

    def answer(self, asked: Asked) -> Reply:
        """One request, as Reddit would answer it."""
        if asked.path == "/api/v1/access_token":
            token = {
                "access_token": "token-of-the-tests-77",
                "token_type": "bearer",
                "expires_in": 3600,
                "scope": "*",
            }
            return _json(token)
        early = self.before(asked)
        if early is not None:
            return early
        if asked.headers.get("authorization") != "bearer token-of-the-tests-77":
            return _json({"message": "Unauthorized", "error": 401}, 401)
        if asked.path == "/api/info":
            names = asked.params["id"].split(",")
            found = [one for one in self.things if one["data"]["name"] in names]
            return self._listing(found, None)
        kinds = ("t1",) if asked.path.endswith("/comments") else ("t3",)
        return self._page(kinds, asked)

    def _page(self, kinds: tuple[str, ...], asked: Asked) -> Reply:
        alive = [
            one for one in self.things if one["kind"] in kinds and one["data"]["name"] not in self.vanished
        ]
        alive.sort(key=lambda one: one["data"]["created_utc"], reverse=True)
        alive = alive[:CAP]
        start = 0
        if "after" in asked.params:
            names = [one["data"]["name"] for one in alive]
            if asked.params["after"] not in names:
                return self._listing([], None)
            start = names.index(asked.params["after"]) + 1
        most = min(int(asked.params.get("limit", 25)), self.most)
        page = alive[start : start + most]
        more = len(alive) > start + most
        return self._listing(page, page[-1]["data"]["name"] if page and more else None)

    def _listing(self, things: list[dict[str, Any]], after: str | None) -> Reply:
        data = {"children": things, "after": after, "before": None, "dist": len(things)}
        return _json({"kind": "Listing", "data": data}, headers=self.headers)

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}_z{self._made:05d}"

    def _common(self, name: str, ago: timedelta) -> dict[str, Any]:
        when = self.now - ago
        return {
            "name": name,
            "id": name[3:],
            "author": "somebody",
            "author_fullname": "t2_some",
            "created_utc": when.timestamp(),
            "edited": False,
            "ups": 1,
            "permalink": f"/r/larkspur/comments/{name[3:]}/",
        }


def _json(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        status, json.dumps(payload).encode(), {"content-type": "application/json", **(headers or {})}
    )
