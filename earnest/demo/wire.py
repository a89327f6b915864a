"""What the networks of the world share: a request, a reply, and a limit on how often one may ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request. query: decoded, the last of repeated names. headers: names in small letters."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(payload: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with a JSON body, as both X and Reddit send it."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


class Allowance:
    """How many requests a window of time still holds; the window begins with its first request."""

    def __init__(self, most: int, seconds: int) -> None:
        """most: requests in `seconds`."""
        self.most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._reset = 0.0
        self._used = 0

    def take(self, now: datetime) -> tuple[bool, int, int]:
        """Use one request: whether it was allowed, how many remain, and the reset in Unix seconds."""
        with self._lock:
            if now.timestamp() >= self._reset:
                self._reset, self._used = now.timestamp() + self._seconds, 0
            allowed = self._used < self.most
            self._used += allowed
            return allowed, self.most - self._used, int(self._reset)
