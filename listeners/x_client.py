"""tweepy's client, with what it leaves out: a timeout, another host, and a token no log can show.

tweepy writes its request headers to the log at DEBUG and has its host written in. Both are settled
in the transport: the client is given no token, the adapter below adds it to requests that leave for
the address the source names, and to no others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import tweepy
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter

from listeners.errors import translated
from listeners.listener import Malformed
from listeners.sources import XSource

TWEEPY_HOST = "https://api.twitter.com"
_CONNECT_SECONDS = 3.05
_FIELDS = {
    "tweet": (
        "created_at,author_id,conversation_id,lang,public_metrics,referenced_tweets,in_reply_to_user_id,"
        "edit_controls,edit_history_tweet_ids,withheld,note_tweet"
    ),
    "post": (
        "created_at,author_id,conversation_id,lang,public_metrics,referenced_posts,in_reply_to_user_id,"
        "edit_controls,edit_history_post_ids,withheld,note_post"
    ),
}
_PARENT = {"tweet": "referenced_tweets.id", "post": "referenced_posts.id"}
LOOKUP_MOST = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of X: its JSON, and seconds to wait where this was the last request of the window."""

    payload: Mapping[str, Any]
    wait: float | None = None


class Rebase(HTTPAdapter):
    """Sends what tweepy made for its own host to `base`, with the token and with a timeout."""

    def __init__(self, base: str, token: str, timeout: float) -> None:
        """base: where to send to. token: a bearer token. timeout: seconds for each read."""
        super().__init__(max_retries=0)
        self._base = base.rstrip("/")
        self._token = token
        self._timeout = timeout

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Point the request at the base, sign it, and see that it ends."""
        if request.url is not None and request.url.startswith(TWEEPY_HOST + "/"):
            request.url = self._base + request.url.removeprefix(TWEEPY_HOST)
            request.headers["Authorization"] = f"Bearer {self._token}"
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (min(_CONNECT_SECONDS, self._timeout), self._timeout)
        return super().send(request, *args, **kwargs)


class XClient:
    """The four questions Earnest asks of X. Every method raises our own errors only."""

    def __init__(self, source: XSource, token: str, *, wall: Callable[[], float] = time.time) -> None:
        """token: an app's bearer token. wall: seconds since 1970, for limits that name an instant."""
        self._source = source
        self._wall = wall
        self._client = tweepy.Client(return_type=dict)  # no token: the transport holds it
        session: Session = self._client.session
        transport = Rebase(source.base_url, token, source.timeout_seconds)
        session.mount("https://", transport)
        session.mount("http://", transport)
        session.trust_env = _is_public(source.base_url)  # a proxy has no way to a loopback world

    def search(
        self,
        query: str,
        *,
        most: int,
        since: int | None = None,
        until: int | None = None,
        start: str | None = None,
        token: str | None = None,
    ) -> Answer:
        """One page of recent search, newest first: ids above `since`, below `until`, made after `start`.

        most: 10 to 100. start: ISO time, at most seven days ago. token: names the page after another.
        """
        params = self._page(most, since, until, start)
        return self._get(
            "/2/tweets/search/recent", {"query": query, **params, "next_token": token}, "searching X"
        )

    def mentions(
        self,
        user_id: str,
        *,
        most: int,
        since: int | None = None,
        until: int | None = None,
        start: str | None = None,
        token: str | None = None,
    ) -> Answer:
        """One page of the posts that mention an account, newest first; most: 5 to 100."""
        params = self._page(most, since, until, start)
        return self._get(
            f"/2/users/{user_id}/mentions", {**params, "pagination_token": token}, "reading mentions on X"
        )

    def lookup(self, ids: Sequence[str]) -> Answer:
        """The posts with these ids, at most 100; those that are gone come back as errors."""
        return self._get("/2/tweets", {"ids": ",".join(ids), **self._asked()}, "looking up posts on X")

    def counts(self, query: str) -> Answer:
        """How many posts a query found in each hour of the last seven days."""
        return self._get(
            "/2/tweets/counts/recent", {"query": query, "granularity": "hour"}, "counting posts on X"
        )

    def _page(
        self, most: int, since: int | None, until: int | None, start: str | None
    ) -> dict[str, str | int | None]:
        return {
            "max_results": most,
            "since_id": since,
            "until_id": until,
            "start_time": start,
            **self._asked(),
        }

    def _asked(self) -> dict[str, str | int | None]:
        """The fields and what to send along, in the names the source is set to."""
        vocabulary = self._source.vocabulary
        expansions = [
            *(["author_id"] if self._source.authors else []),
            *([_PARENT[vocabulary]] if self._source.parents else []),
            *([_PARENT[vocabulary] + ".author_id"] if self._source.parents and self._source.authors else []),
        ]
        return {
            f"{vocabulary}.fields": _FIELDS[vocabulary],
            "expansions": ",".join(expansions) or None,
            "user.fields": "name,username" if self._source.authors else None,
        }

    def _get(self, route: str, params: Mapping[str, str | int | None], doing: str) -> Answer:
        given = {name: value for name, value in params.items() if value is not None}
        with translated(doing, wall=self._wall):
            response: Response = self._client.request("GET", route, params=given)
            payload = response.json()
        if not isinstance(payload, dict):
            raise Malformed(f"{doing}: the answer is not a JSON object")
        return Answer(payload, _wait(response, self._wall))


def _wait(response: Response, wall: Callable[[], float]) -> float | None:
    """Seconds until more may be asked, where this answer was the last of its window."""
    left, reset = (response.headers.get(f"x-rate-limit-{name}", "") for name in ("remaining", "reset"))
    if left == "0" and reset.isdigit():
        return max(int(reset) - wall(), 1.0)
    return None


def _is_public(url: str) -> bool:
    return urlsplit(url).hostname not in ("localhost", "127.0.0.1", "::1")
