"""A small Mastodon instance: one hashtag timeline by the rules of `min_id`, served over loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.listener import Listener
from listeners.sources import MastodonSource
from tests.listeners.harness import listener_of
from tests.listeners.loopback import Asked, Loopback, Reply

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class MastodonWorld:
    """Statuses on a timeline. Every fourth arrives late: its id lies before those already there."""

    secrets: Mapping[str, str] = {}

    def __init__(self, *, page: int = 40) -> None:
        """page: the most statuses that are served at once."""
        self.now = NOW
        self.statuses: dict[int, dict[str, Any]] = {}
        self.on_request: Callable[[], bool] = lambda: False
        self.reply: Reply | None = None
        self._page = page
        self._said = 0
        self.server = Loopback(self._answer)
        self.source = MastodonSource.model_validate(
            {"kind": "mastodon", "name": "m", "base_url": self.server.url, "allow": ["127.0.0.1"]}
        )

    def clock(self) -> datetime:
        """The world's time."""
        return self.now

    def say(self, text: str, *, ago: timedelta = timedelta(), **more: Any) -> int:
        """A status with the hashtag; returns its id on this instance."""
        when = self.now - ago
        own = (int(when.timestamp() * 1000) << 16) + len(self.statuses)
        author = more.pop("by", "ann@other.example")
        name, _, home = author.partition("@")
        self.statuses[own] = {
            "id": str(own),
            "uri": f"https://{home}/users/{name}/statuses/{len(self.statuses)}",
            "url": f"https://{home}/@{name}/{len(self.statuses)}",
            "created_at": when.isoformat().replace("+00:00", "Z"),
            "edited_at": None,
            "in_reply_to_id": None,
            "content": f"<p>{text}</p>",
            "spoiler_text": "",
            "language": "en",
            "account": {
                "id": "1",
                "acct": author,
                "url": f"https://{home}/@{name}",
                "display_name": name.title(),
            },
            "replies_count": 1,
            "reblogs_count": 2,
            "favourites_count": 3,
            **more,
        }
        return own

    def listener(self) -> Listener:
        """A fresh listener, that knows nothing but what the state says."""
        return listener_of(self)

    def grow(self) -> None:
        """Three new statuses, now and then one that arrives an hour late, and an edit of a recent one."""
        self.now += timedelta(minutes=3)
        for _ in range(3):
            self._said += 1
            self.say(f"words {self._said}", ago=timedelta(minutes=60 if self._said % 4 == 0 else 0))
        recent = self.statuses[max(self.statuses)]
        recent["content"] = f"<p>{recent['content'][3:-4]}, edited</p>"
        recent["edited_at"] = self.now.isoformat()

    def said(self) -> set[str]:
        """The words as they stand."""
        return {status["content"][3:-4] for status in self.statuses.values()}

    def close(self) -> None:
        """Stop serving."""
        self.server.close()

    def _answer(self, asked: Asked) -> Reply:
        if not asked.path.startswith(("/api/v1/timelines/tag/", "/api/v1/statuses/")):
            return Reply(404, b'{"error": "Not Found"}')
        if self.on_request():
            return Reply(500, b"{}")
        if self.reply is not None:
            return self.reply
        if asked.path.startswith("/api/v1/statuses/"):
            status = self.statuses.get(int(asked.path.rpartition("/")[2]))
            return Reply(200, json.dumps(status).encode()) if status else Reply(404, b'{"error": "gone"}')
        after = int(asked.params.get("min_id", 0))
        rest = sorted(own for own in self.statuses if own > after)
        served = rest[: min(int(asked.params.get("limit", 20)), self._page)]
        page = [self.statuses[own] for own in reversed(served) if not self.statuses[own].get("hidden")]
        return Reply(200, json.dumps(page).encode(), {"content-type": "application/json"})
