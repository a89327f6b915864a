"""X as the world speaks it: the read half of API v2 that a listener uses.

Recent search, an account's mentions, lookup and counts; with its limits, its refusals and the words
it refuses in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from earnest.demo.matching import QueryFault, X, compile_query
from earnest.demo.wire import Allowance, Reply, Request, as_json
from earnest.demo.world import World, WorldPost
from earnest.demo.x_params import WINDOW, Invalid, bounds, check_names, listed, number, page_token, untoken
from earnest.demo.x_payloads import plain_text, searchable, stamp, tweet, user

_QUARTER = 15 * 60
_MOST_QUERY = 512
_FIELDS = frozenset(
    {
        *("attachments", "author_id", "context_annotations", "conversation_id", "created_at"),
        *("edit_controls", "edit_history_tweet_ids", "entities", "geo", "id", "in_reply_to_user_id"),
        *("lang", "note_tweet", "possibly_sensitive", "public_metrics", "referenced_tweets"),
        *("reply_settings", "source", "text", "withheld"),
    }
)
_EXPANSIONS = frozenset(
    {
        *("author_id", "referenced_tweets.id", "referenced_tweets.id.author_id", "in_reply_to_user_id"),
        *("entities.mentions.username", "edit_history_tweet_ids"),
    }
)
_COMMON = frozenset({"tweet.fields", "user.fields", "expansions"})
_PAGED = _COMMON | {"max_results", "since_id", "until_id", "start_time", "end_time"}


class XNetwork:
    """Answers requests under /2/. `allowance` is how many each endpoint grants in fifteen minutes."""

    def __init__(self, world: World, *, token: str, allowance: int = 450) -> None:
        """token: the only bearer token that is let in."""
        self._world = world
        self._token = token
        self._routes = (
            ("search", re.compile(r"/2/tweets/search/recent"), Allowance(allowance, _QUARTER)),
            ("mentions", re.compile(r"/2/users/(\d+)/mentions"), Allowance(allowance, _QUARTER)),
            ("lookup", re.compile(r"/2/tweets"), Allowance(allowance, _QUARTER)),
            ("counts", re.compile(r"/2/tweets/counts/recent"), Allowance(allowance, _QUARTER)),
        )

    def answer(self, request: Request, now: datetime) -> Reply:
        """One reply; never raises for what was asked."""
        for name, pattern, allowance in self._routes:
            found = pattern.fullmatch(request.path)
            if found is None:
                continue
            if request.headers.get("authorization") != f"Bearer {self._token}":
                return _problem(401, "Unauthorized", "Unauthorized", "about:blank")
            allowed, remaining, reset = allowance.take(now)
            limits = {
                "x-rate-limit-limit": str(allowance.most),
                "x-rate-limit-remaining": str(remaining),
                "x-rate-limit-reset": str(reset),
            }
            if not allowed:
                reply = _problem(429, "Too Many Requests", "Too Many Requests", "about:blank")
                return Reply(reply.status, reply.body, {**reply.headers, **limits})
            try:
                payload = self._payload(name, found.groups(), request.query, now)
            except Invalid as fault:
                return as_json(fault.payload(), 400, limits)
            return as_json(payload, headers=limits)
        return _problem(404, "Not Found", "Not Found", "about:blank")

    def _payload(
        self, name: str, groups: Sequence[str], query: Mapping[str, str], now: datetime
    ) -> dict[str, Any]:
        match name:
            case "search":
                check_names(query, _PAGED | {"query", "next_token", "sort_order"})
                return self._page(self._found(query, now), query, now, least=10, page="next_token")
            case "mentions":
                check_names(query, _PAGED | {"pagination_token"})
                return self._page(
                    self._mentioning(groups[0], now), query, now, least=5, page="pagination_token"
                )
            case "counts":
                check_names(query, frozenset({"query", "granularity", "start_time", "end_time", "since_id"}))
                return self._counts(query, now)
            case _:
                check_names(query, _COMMON | {"ids"})
                return self._lookup(query, now)

    # ---- what is asked for ------------------------------------------------------------------------

    def _found(self, query: Mapping[str, str], now: datetime) -> list[WorldPost]:
        text = query.get("query", "")
        if not text.strip():
            raise Invalid("query", text, "The `query` query parameter can not be empty")
        if len(text) > _MOST_QUERY:
            raise Invalid("query", text, f"The `query` length {len(text)} exceeds the maximum {_MOST_QUERY}")
        try:
            matches = compile_query(text, X)
        except QueryFault as fault:
            raise Invalid("query", text, f"There were errors processing your request: {fault}") from None
        since = now - WINDOW
        return [
            post
            for post in self._world.seen("x", now)
            # Keyword search has returned no reposts since May 2026.
            if post.created_at >= since
            and post.relation != "repost"
            and matches(searchable(self._world, post, now))
        ]

    def _mentioning(self, user_id: str, now: datetime) -> list[WorldPost]:
        handle = next((name for name in self._world.authors if self._world.author_id(name) == user_id), None)
        if handle is None:
            raise Invalid("id", user_id, f"Could not find user with id: [{user_id}].")
        named = re.compile(rf"(?<![\w@])@{handle}(?!\w)", re.IGNORECASE)
        return [
            post
            for post in self._world.seen("x", now)
            if post.by != handle and named.search(plain_text(self._world, post, now))
        ]

    # ---- how it is answered -------------------------------------------------------------------------

    def _page(
        self, posts: Iterable[WorldPost], query: Mapping[str, str], now: datetime, *, least: int, page: str
    ) -> dict[str, Any]:
        most = number(query, "max_results", 10, least, 100)
        low, high = bounds(query, now, windowed=page == "next_token")
        if query.get(page):
            high = min(high, untoken(query, page))
        # An edit has a new id, under which it is found again.
        found = sorted(((int(post.reads(now).id), post) for post in posts), key=lambda pair: -pair[0])
        found = [pair for pair in found if low < pair[0] < high]
        shown = [post for _, post in found[:most]]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if not shown:
            return {"meta": meta}
        meta = {"newest_id": shown[0].reads(now).id, "oldest_id": shown[-1].reads(now).id, **meta}
        if len(found) > len(shown):
            meta["next_token"] = page_token(shown[-1].reads(now).id)
        return {**self._objects(shown, query, now), "meta": meta}

    def _lookup(self, query: Mapping[str, str], now: datetime) -> dict[str, Any]:
        ids = [one for one in query.get("ids", "").split(",") if one]
        if not ids:
            raise Invalid("ids", "", "The `ids` query parameter can not be empty")
        if len(ids) > 100:
            message = f"The number of values in the `ids` list [{len(ids)}] is not between 1 and 100"
            raise Invalid("ids", query["ids"], message)
        bad = next((one for one in ids if not one.isdigit()), None)
        if bad is not None:
            raise Invalid("ids", bad, f"The `ids` query parameter value [{bad}] is not valid")
        there = {version.id: post for post in self._world.seen("x", now) for version in post.history(now)}
        found = [(one, there[one]) for one in ids if one in there]
        payload = self._objects([post for _, post in found], query, now, versions=[one for one, _ in found])
        missing = [_not_found("ids", one) for one in ids if one not in there]
        errors = [*payload.pop("errors", []), *missing]
        return {**payload, "errors": errors} if errors else payload

    def _objects(
        self,
        posts: Sequence[WorldPost],
        query: Mapping[str, str],
        now: datetime,
        versions: Sequence[str] = (),
    ) -> dict[str, Any]:
        """`data`, `includes` and `errors` of an answer."""
        world = self._world
        fields = listed(query, "tweet.fields", _FIELDS)
        user_fields = listed(query, "user.fields", None)
        expansions = listed(query, "expansions", _EXPANSIONS)
        versions = versions or [""] * len(posts)
        payload: dict[str, Any] = {}
        data = [tweet(world, p, now, fields, version=v) for p, v in zip(posts, versions, strict=True)]
        if data:
            payload["data"] = data
        parents = [parent for post in posts if (parent := world.parent(post)) is not None]
        handles: list[str] = []
        if "author_id" in expansions:
            handles += [post.by for post in posts]
        tweets: list[dict[str, Any]] = []
        errors = []
        if expansions & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
            for parent in dict.fromkeys(parents):
                if parent.exists(now):
                    tweets.append(tweet(world, parent, now, fields))
                    if "referenced_tweets.id.author_id" in expansions:
                        handles.append(parent.by)
                else:
                    errors.append(_not_found("referenced_tweets.id", parent.id))
        if "in_reply_to_user_id" in expansions:
            handles += [parent.by for parent in parents]
        users = [user(world, handle, user_fields) for handle in dict.fromkeys(handles)]
        includes = {name: group for name, group in (("users", users), ("tweets", tweets)) if group}
        if includes:
            payload["includes"] = includes
        if errors:
            payload["errors"] = errors
        return payload

    def _counts(self, query: Mapping[str, str], now: datetime) -> dict[str, Any]:
        sizes = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
        granularity = query.get("granularity", "hour")
        if granularity not in sizes:
            raise Invalid(
                "granularity",
                granularity,
                f"The `granularity` query parameter value [{granularity}] is not one of [minute,hour,day]",
            )
        posts = self._found(query, now)
        begin = datetime.fromisoformat(query["start_time"]) if query.get("start_time") else now - WINDOW
        rows = []
        while begin < now:
            size = sizes[granularity]
            end = datetime.fromtimestamp(
                (begin.timestamp() // size.total_seconds() + 1) * size.total_seconds(), UTC
            )
            end = min(end, now)
            count = sum(1 for post in posts if begin <= post.created_at < end)
            rows.append({"end": stamp(end), "start": stamp(begin), "tweet_count": count})
            begin = end
        return {"data": rows, "meta": {"total_tweet_count": sum(row["tweet_count"] for row in rows)}}


def _problem(status: int, title: str, detail: str, kind: str) -> Reply:
    return as_json({"title": title, "type": kind, "status": status, "detail": detail}, status)


def _not_found(parameter: str, post_id: str) -> dict[str, Any]:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with {parameter}: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": post_id,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }
