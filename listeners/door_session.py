"""Lets a client that is built on requests go through our door.

The client keeps its own ways with parameters and payloads; the door keeps its caps, its deadline and
its judgement of addresses. What the door raises, the caller finds again with `heard_from_door`.
"""

from __future__ import annotations

import io
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.response import HTTPResponse

from listeners.http import Door
from listeners.listener import ListenError, Refused


class _DoorAdapter(BaseAdapter):
    """Answers a prepared request with what the door brings."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """GET only: a listener never changes anything on a network."""
        if request.method != "GET" or request.url is None:
            raise Refused(f"listening only reads; {request.method} is not sent")
        answer = self._door.fetch(request.url, headers={"accept": "application/json"})
        response = requests.Response()
        response.status_code = answer.status
        response.url = answer.url
        response.request = request
        headers = {k: v for k, v in answer.headers.items() if k not in _UNPACKED}
        response.headers = CaseInsensitiveDict(headers)
        response.raw = HTTPResponse(io.BytesIO(answer.body), preload_content=False)
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """The door holds nothing open."""


_UNPACKED = {"content-encoding", "content-length", "transfer-encoding"}


def door_session(door: Door) -> requests.Session:
    """A session whose every request goes through `door`, redirects included."""
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxy from the environment
    for scheme in ("http://", "https://"):
        session.mount(scheme, _DoorAdapter(door))
    return session


def heard_from_door(error: BaseException) -> ListenError | None:
    """The door's own error behind a client's, however often that was wrapped; None where it is none."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if isinstance(current, ListenError):
            return current
        seen.add(id(current))
        current = current.__cause__ or current.__context__
    return None
