"""praw's client, without its sleeps.

praw waits on its own where Reddit's rate headers say so, up to ten minutes, and again before it
repeats a failed request. A listener must not: it says when to come back. Authorisation, tokens and
their renewal stay praw's. Requests go through praw's own `request`, which returns plain JSON, so no
attribute of a half-loaded object can ask the network behind our back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import praw
import requests
from prawcore.exceptions import Forbidden, InvalidToken
from prawcore.rate_limit import RateLimiter
from prawcore.sessions import FiniteRetryStrategy

from listeners.errors import translated
from listeners.listener import Refused, Retry
from listeners.sources import RedditSource

INFO_MOST = 100
PAGE = 100


class SayWhen(RateLimiter):
    """Reddit's limits, obeyed by saying when to come back instead of by sleeping.

    praw also spreads requests evenly over the window; only an exhausted window matters here, as
    a poll makes few requests and the schedule spreads the polls.
    """

    def wait(self) -> float | None:
        """Seconds until Reddit takes requests again, or None while it does."""
        if self.remaining is None or self.remaining > 0 or self.next_request_timestamp_ns is None:
            return None
        seconds = (self.next_request_timestamp_ns - time.monotonic_ns()) / 1e9
        return seconds if seconds > 0 else None

    def delay(self) -> None:
        """Raise Retry where praw would have slept."""
        seconds = self.wait()
        if seconds is not None:
            raise Retry("Reddit's rate limit is used up", after=seconds)

    def update(self, *, response_headers: Mapping[str, str]) -> None:
        """Note what Reddit says is left; headers it never sends (not numbers) are left alone."""
        try:
            super().update(response_headers=response_headers)
        except (ValueError, KeyError):
            self.remaining = None


class OnceMore(FiniteRetryStrategy):
    """One immediate second try: enough to renew a token that Reddit withdrew early."""

    def __init__(self, retries: int = 1) -> None:
        """retries: how many are left."""
        super().__init__(retries=retries)

    def _sleep_seconds(self) -> float | None:
        return None


class RedditClient:
    """The questions Earnest asks of Reddit. Every method raises our own errors only."""

    def __init__(self, source: RedditSource, secrets: Mapping[str, str]) -> None:
        """secrets: REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET and REDDIT_USER_AGENT."""
        session = requests.Session()
        hosts: dict[str, Any] = (
            {} if source.base_url is None else {"reddit_url": source.base_url, "oauth_url": source.base_url}
        )
        if source.base_url is not None and urlsplit(source.base_url).hostname in ("127.0.0.1", "localhost"):
            session.trust_env = False  # a proxy has no way to a loopback world
        with translated("setting up Reddit"):
            self._reddit = praw.Reddit(
                client_id=secrets["REDDIT_CLIENT_ID"],
                client_secret=secrets["REDDIT_CLIENT_SECRET"],
                user_agent=secrets["REDDIT_USER_AGENT"],
                check_for_updates=False,
                check_for_async=False,
                timeout=max(round(source.timeout_seconds), 1),
                requestor_kwargs={"session": session, "timeout": source.timeout_seconds},
                **hosts,
            )
        core: Any = self._reddit._core
        self._limiter = SayWhen(window_size=core._rate_limiter.window_size)
        core._rate_limiter = self._limiter
        core._retry_strategy_class = OnceMore
        # praw reads the reason for a 401 or 403 out of a header, and stumbles where that is missing.
        core.STATUS_EXCEPTIONS = {**core.STATUS_EXCEPTIONS, 401: InvalidToken, 403: Forbidden}

    @property
    def wait(self) -> float | None:
        """Seconds until Reddit takes requests again, None while it does."""
        return self._limiter.wait()

    def page(self, path: str, *, after: str | None = None, **params: str | int) -> Any:
        """One page of a listing, newest first, at most 100 things; `after` is a full name."""
        asked: dict[str, str | int] = {"limit": PAGE, "raw_json": 1, **params}
        if after is not None:
            asked["after"] = after
        return self._get(path, asked, "reading Reddit")

    def info(self, names: Sequence[str]) -> Any:
        """The things with these full names, at most 100; Reddit leaves out those it does not know."""
        return self._get("api/info", {"id": ",".join(names), "raw_json": 1}, "looking up posts on Reddit")

    def _get(self, path: str, params: dict[str, str | int], doing: str) -> Any:
        with translated(doing):
            answer = self._reddit.request(method="GET", path=path, params=params)
        if not isinstance(answer, dict | list):
            raise Refused(f"{doing}: the answer is not a listing; is the address right?")
        return answer
