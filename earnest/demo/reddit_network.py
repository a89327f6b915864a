"""Reddit as the world speaks it: the token, listings of subreddits, search, and things by name."""

from __future__ import annotations

import base64
import html
import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from earnest.demo.matching import REDDIT, QueryFault, Searchable, compile_query, words_of
from earnest.demo.wire import Allowance, Reply, Request, as_json
from earnest.demo.world import World, WorldPost

_HOUR = 3600
_MOST = 100
_CAP = 1000  # a listing ends there, however much there is


class RedditNetwork:
    """Answers /api/v1/access_token, /r/…, and /api/info. `allowance` is requests in ten minutes."""

    def __init__(self, world: World, *, client_id: str, secret: str, allowance: int = 1000) -> None:
        """client_id, secret: the only application that is let in."""
        self._world = world
        self._basic = "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._token = f"world-{zlib.crc32(self._basic.encode()):08x}"
        self._allowance = Allowance(allowance, 600)
        self._subreddits = {post.subreddit.casefold() for post in world.posts if post.subreddit}

    def answer(self, request: Request, now: datetime) -> Reply:
        """One reply; never raises for what was asked."""
        path = request.path.rstrip("/").removesuffix(".json")
        if path == "/api/v1/access_token":
            return self._grant(request)
        if request.headers.get("authorization", "").casefold() != f"bearer {self._token}".casefold():
            return _error(401, "Unauthorized")
        allowed, remaining, reset = self._allowance.take(now)
        headers = {
            "x-ratelimit-used": str(self._allowance.most - remaining),
            "x-ratelimit-remaining": f"{remaining}.0",
            "x-ratelimit-reset": str(max(int(reset - now.timestamp()), 1)),
        }
        if not allowed:
            return _error(429, "Too Many Requests", {**headers, "retry-after": headers["x-ratelimit-reset"]})
        payload = self._payload(path, request.query, now)
        return _error(404, "Not Found", headers) if payload is None else as_json(payload, headers=headers)

    def _grant(self, request: Request) -> Reply:
        if request.headers.get("authorization") != self._basic:
            return _error(401, "Unauthorized")
        if request.form.get("grant_type") != "client_credentials":
            return as_json({"error": "unsupported_grant_type"})
        return as_json(
            {"access_token": self._token, "token_type": "bearer", "expires_in": 24 * _HOUR, "scope": "*"}
        )

    def _payload(self, path: str, query: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
        """The listing, or None where there is no such place."""
        if path == "/api/info":
            wanted = query.get("id", "").split(",")[:_MOST]
            known = {post.id: post for post in self._world.posts if post.source == "reddit"}
            things = [known[name] for name in wanted if name in known and known[name].created_at <= now]
            return _listing([self._thing(post, now, query) for post in things])
        found = re.fullmatch(r"(?:/r/([\w+]+))?/(comments|new|search)", path)
        if found is None or (found[1] is None and found[2] != "search"):
            return None
        names = {name.casefold() for name in (found[1] or "all").split("+")}
        if names - self._subreddits - {"all"}:
            return None
        wanted_kind = "t1" if found[2] == "comments" else "t3"
        posts = [
            post
            for post in self._world.seen("reddit", now)
            if post.id.startswith(wanted_kind) and ("all" in names or post.subreddit.casefold() in names)
        ]
        if found[2] == "search":
            try:
                matches = compile_query(query.get("q", ""), REDDIT)
            except QueryFault:
                return _listing([])  # Reddit finds nothing where it does not understand
            posts = [post for post in posts if matches(_searchable(post, now))]
        return self._page(posts, query, now)

    def _page(self, posts: Iterable[WorldPost], query: Mapping[str, str], now: datetime) -> dict[str, Any]:
        newest = sorted(posts, key=lambda post: (post.created_at, post.id), reverse=True)[:_CAP]
        limit = query.get("limit", "25")
        size = min(max(int(limit) if limit.isdigit() else 25, 1), _MOST)
        names = [post.id for post in newest]
        start = 0
        if query.get("after"):
            if query["after"] not in names:
                return _listing([])  # what one stood on is gone, and nothing follows it
            start = names.index(query["after"]) + 1
        shown = newest[start : start + size]
        more = start + size < len(newest)
        after = shown[-1].id if shown and more else None
        return _listing([self._thing(post, now, query) for post in shown], after)

    def _thing(self, post: WorldPost, now: datetime, query: Mapping[str, str]) -> dict[str, Any]:
        """One comment (t1) or submission (t3). Without raw_json=1 its text is escaped, as on Reddit."""
        gone = not post.exists(now)
        current = post.reads(now)
        text = "[deleted]" if gone else current.text
        text = text if query.get("raw_json") == "1" else html.escape(text, quote=False)
        edited = current.at.timestamp() if len(post.history(now)) > 1 else False
        created = float(int(post.created_at.timestamp()))
        root = self._world.root(post)
        slug = re.sub(r"[^a-z0-9]+", "_", root.title.lower()).strip("_")[:50]
        place = f"/r/{post.subreddit}/comments/{root.id[3:]}/{slug}/"
        replies, reposts, likes = post.spread
        common = {
            "id": post.id[3:],
            "name": post.id,
            "subreddit": post.subreddit,
            "subreddit_id": f"t5_{zlib.crc32(post.subreddit.encode()):x}",
            "subreddit_name_prefixed": f"r/{post.subreddit}",
            "subreddit_type": "public",
            "author": "[deleted]" if gone else post.by,
            **({} if gone else {"author_fullname": f"t2_{zlib.crc32(post.by.encode()):x}"}),
            "created": created,
            "created_utc": created,
            "edited": edited,
            "score": likes,
            "ups": likes,
            "downs": 0,
            "gilded": 0,
            "archived": False,
            "locked": False,
            "stickied": False,
            "distinguished": None,
            "over_18": False,
            "removal_reason": None,
        }
        body_html = f'<div class="md"><p>{html.escape(text, quote=False)}</p>\n</div>'
        if post.id.startswith("t1"):
            parent = self._world.parent(post) or root
            return {
                "kind": "t1",
                "data": {
                    **common,
                    "body": text,
                    "body_html": body_html,
                    "link_id": root.id,
                    "link_title": root.title,
                    "link_author": root.by,
                    "parent_id": parent.id,
                    "permalink": f"{place}{post.id[3:]}/",
                    "is_submitter": post.by == root.by,
                    "replies": "",
                },
            }
        return {
            "kind": "t3",
            "data": {
                **common,
                "title": post.title,
                "selftext": text,
                "selftext_html": body_html,
                "is_self": True,
                "domain": f"self.{post.subreddit}",
                "url": f"https://www.reddit.com{place}",
                "permalink": place,
                "num_comments": replies,
                "num_crossposts": reposts,
                "link_flair_text": None,
            },
        }


def _searchable(post: WorldPost, now: datetime) -> Searchable:
    title, body = words_of(post.title), words_of(post.reads(now).text)
    fields = {
        "author": frozenset({post.by.casefold()}),
        "subreddit": frozenset({post.subreddit.casefold()}),
    }
    return Searchable((*title, *body), frozenset(), fields, {"title": title, "selftext": body})


def _listing(things: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    data = {"modhash": "", "dist": len(things), "children": things, "after": after, "before": None}
    return {"kind": "Listing", "data": data}


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    return as_json({"message": message, "error": status}, status, headers)
