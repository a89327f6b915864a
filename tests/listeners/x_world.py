"""A small X: posts on a timeline, served newest first by the rules of the v2 API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.listeners.loopback import Asked, Loopback, Reply

TOKEN = "bearer-of-the-tests-9c1f"
NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
_EPOCH_MS = 1_288_834_974_657


def id_at(when: datetime, number: int = 0) -> int:
    """An id X would give at `when`; `number` tells posts of one millisecond apart."""
    return (int(when.timestamp() * 1000) - _EPOCH_MS << 22) + number


def stamp(when: datetime) -> str:
    """A time as X writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class XWorld:
    """All posts of the world, newest last; `before` is called ahead of every answer."""

    def __init__(self, now: datetime = NOW) -> None:
        """now: the world's clock, moved by the tests."""
        self.now = now
        self.posts: list[dict[str, Any]] = []
        self.gone: set[str] = set()
        self.users: dict[str, dict[str, Any]] = {}
        self.before: Callable[[Asked], Reply | None] = lambda asked: None
        self.headers: dict[str, str] = {}
        self.refused: list[str] = []
        self.mentions_most = 800

    def clock(self) -> datetime:
        """The world's time."""
        return self.now

    def say(self, text: str, *, ago: timedelta = timedelta(), by: str = "7", **more: Any) -> str:
        """Post `text`; returns its id."""
        when = self.now - ago
        own = str(id_at(when, len(self.posts)))
        self.users.setdefault(by, {"id": by, "username": f"user{by}", "name": f"User {by}"})
        post = {
            "id": own,
            "text": text,
            "author_id": by,
            "created_at": stamp(when),
            "conversation_id": own,
            "lang": "en",
            "edit_history_tweet_ids": [own],
            "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 0},
        }
        self.posts.append({**post, **more})
        self.posts.sort(key=lambda one: int(one["id"]))
        return own

    def grow(self, number: int) -> None:
        """Say so many new things, a second apart."""
        for _ in range(number):
            self.now += timedelta(seconds=1)
            self.say(f"larkspur {len(self.posts)}")

    def said(self) -> set[str]:
        """The ids of everything that is there."""
        return {post["id"] for post in self._alive()}

    def serve(self) -> Loopback:
        """Start serving this world."""
        return Loopback(self.answer)

    def answer(self, asked: Asked) -> Reply:
        """One request, as X would answer it."""
        early = self.before(asked)
        if early is not None:
            return early
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"title": "Unauthorized", "status": 401}, 401)
        if asked.path == "/2/tweets":
            return self._lookup(asked.params["ids"].split(","))
        if asked.path.endswith("/counts/recent"):
            buckets = [{"start": "", "end": "", "tweet_count": len(self._alive())}]
            return _json(
                {"data": buckets, "meta": {"total_tweet_count": len(self._alive())}}, headers=self.headers
            )
        return self._page(asked)

    def _alive(self) -> list[dict[str, Any]]:
        return [post for post in self.posts if post["id"] not in self.gone]

    def _page(self, asked: Asked) -> Reply:
        params = asked.params
        earliest = self.now - timedelta(days=7)
        for name in ("since_id", "until_id"):
            if name in params and int(params[name]) < id_at(earliest):
                self.refused.append(name)
                return _json({"title": "Invalid Request", "detail": f"'{name}' must be newer"}, 400)
        if "start_time" in params and datetime.fromisoformat(params["start_time"]) < earliest:
            self.refused.append("start_time")
            return _json({"title": "Invalid Request", "detail": "'start_time' must be newer"}, 400)
        floor = max(int(params.get("since_id", 0)), id_at(earliest))
        if "start_time" in params:
            floor = max(floor, id_at(datetime.fromisoformat(params["start_time"])) - 1)
        ceiling = int(params.get("until_id", 1 << 62))
        if "next_token" in params:
            ceiling = min(ceiling, int(params["next_token"]))
        alive = self._alive()
        if asked.path.endswith("/mentions"):
            alive = alive[-self.mentions_most :]
        found = [post for post in reversed(alive) if floor < int(post["id"]) < ceiling]
        page = found[: int(params["max_results"])]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > len(page):
            meta["next_token"] = page[-1]["id"]
        return _json(
            {**({"data": page} if page else {}), **self._along(page), "meta": meta}, headers=self.headers
        )

    def _along(self, page: list[dict[str, Any]]) -> dict[str, Any]:
        wanted = {ref["id"] for post in page for ref in post.get("referenced_tweets", ())}
        parents = [post for post in self._alive() if post["id"] in wanted]
        missing = wanted - {post["id"] for post in parents}
        users = [self.users[by] for by in sorted({post["author_id"] for post in [*page, *parents]})]
        errors = [_not_found(one, "referenced_tweets.id") for one in sorted(missing)]
        return {"includes": {"users": users, "tweets": parents}, **({"errors": errors} if errors else {})}

    def _lookup(self, ids: list[str]) -> Reply:
        held = {one: post for post in self._alive() for one in post["edit_history_tweet_ids"]}
        found = list({post["id"]: post for one in ids if (post := held.get(one))}.values())
        errors = [_not_found(one, "ids") for one in ids if one not in held]
        payload = {"data": found, **self._along(found)}
        return _json({**payload, "errors": errors + payload.get("errors", [])}, headers=self.headers)


def _not_found(one: str, parameter: str) -> dict[str, Any]:
    return {
        "resource_type": "tweet",
        "resource_id": one,
        "value": one,
        "parameter": parameter,
        "title": "Not Found Error",
        "detail": f"Could not find tweet with {parameter}: [{one}].",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def _json(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        status, json.dumps(payload).encode(), {"content-type": "application/json", **(headers or {})}
    )
