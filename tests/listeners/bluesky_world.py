"""A small Jetstream (v2) and the bit of Bluesky's API beside it, over loopback."""

from __future__ import annotations

import http
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from listeners.listener import Listener
from listeners.sources import BlueskySource
from tests.listeners.harness import listener_of
from tests.listeners.loopback import Asked, Loopback, Reply

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_TYPE = "network.bsky.jetstream.subscribeEvents"


def did(name: str) -> str:
    """A person's did."""
    return f"did:plc:{name}"


class BlueskyWorld:
    """Events numbered in order; the server sends those from the cursor on and then hangs up.

    Hanging up ends a poll whatever the machine's load; `silent` makes the server stay instead.
    """

    secrets: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.now = NOW
        self.events: list[dict[str, Any]] = []
        self.extra_frames: list[str] = []
        self.floor = 0  # the oldest event the stream still has
        self.silent = False
        self.refuse: tuple[int, str] | None = None
        self.connections: list[dict[str, list[str]]] = []
        self.on_request: Callable[[], bool] = lambda: False
        self.views: dict[str, dict[str, Any]] = {}
        self._said = 0
        self._texts: dict[str, str] = {}
        self._stream = serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=["xrpc.v1.json"],  # type: ignore[list-item]
            process_request=self._judge,
            close_timeout=0.1,
        )
        self._thread = threading.Thread(target=self._stream.serve_forever, daemon=True)
        self._thread.start()
        self._api = Loopback(self._answer)
        port = self._stream.socket.getsockname()[1]
        self.source = BlueskySource.model_validate(
            {
                "kind": "bluesky",
                "name": "b",
                "base_url": f"ws://127.0.0.1:{port}/xrpc",
                "profiles_url": self._api.url,
                "allow": ["127.0.0.1"],
                "quiet_seconds": 10,
            }
        )

    def clock(self) -> datetime:
        """The world's time; a little ahead of the newest event, so that no event ends a poll."""
        return self.now + timedelta(seconds=1)

    def event(self, kind: str, **more: Any) -> dict[str, Any]:
        """Something happens; returns it."""
        self.now += timedelta(seconds=1)
        stamp = self.now.isoformat().replace("+00:00", "Z")
        event = {"$type": f"{_TYPE}#{kind}", "seq": len(self.events) + 1, "time": stamp, **more}
        self.events.append(event)
        return event

    def commit(self, by: str, rkey: str, operation: str = "create", **more: Any) -> dict[str, Any]:
        """A record of somebody is made, changed or deleted."""
        named = {"did": did(by), "rkey": rkey, "collection": "app.bsky.feed.post", "operation": operation}
        return self.event("commit", rev="3l", **named, **more)

    def say(
        self, text: str, *, by: str = "ann", rkey: str = "", operation: str = "create", **record: Any
    ) -> str:
        """A post; returns its address."""
        rkey = rkey or f"r{len(self.events)}"
        body = {"$type": "app.bsky.feed.post", "text": text, "langs": ["en"], **record}
        body.setdefault("createdAt", self.now.isoformat())
        self.commit(by, rkey, operation, cid=f"cid{len(self.events)}", record=body)
        return f"at://{did(by)}/app.bsky.feed.post/{rkey}"

    def listener(self) -> Listener:
        """A fresh listener, that knows nothing but what the state says."""
        return listener_of(self)

    def grow(self) -> None:
        """Posts about the brand among others, an edit now and then, and other people's deletions."""
        for _ in range(3):
            self._said += 1
            self.say("nothing of interest")
            uri = self.say(f"larkspur {self._said}")
            self._texts[uri] = f"larkspur {self._said}"
        self.commit("somebody", "else", "delete")
        uri = next(reversed(self._texts))
        self._texts[uri] += " edited"
        name, rkey = uri.split("/")[2].rpartition(":")[2], uri.rpartition("/")[2]
        self.say(self._texts[uri], by=name, rkey=rkey, operation="update")

    def said(self) -> set[str]:
        """The words as they stand."""
        return set(self._texts.values())

    def close(self) -> None:
        """Stop serving."""
        self._stream.shutdown()
        self._thread.join()
        self._api.close()

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        asked = parse_qs(urlsplit(request.path).query)
        self.connections.append(asked)
        cursor = int(asked.get("cursor", ["0"])[0])
        if self.on_request():
            return connection.respond(http.HTTPStatus(500), "broken")
        if self.refuse is not None:
            return connection.respond(http.HTTPStatus(self.refuse[0]), self.refuse[1])
        if cursor < 10**15 and cursor < self.floor:
            return connection.respond(
                http.HTTPStatus(400), json.dumps({"error": "CursorTooOld", "message": "x"})
            )
        return None

    def _serve(self, connection: ServerConnection) -> None:
        cursor = int(parse_qs(urlsplit(connection.request.path).query).get("cursor", ["0"])[0])  # type: ignore[union-attr]
        try:
            if cursor >= 10**15:
                begin = datetime.fromtimestamp(cursor / 1e6, UTC)
                events = [event for event in self.events if datetime.fromisoformat(event["time"]) >= begin]
                if events and events[0]["seq"] < self.floor:
                    self._send(connection, {"$type": f"{_TYPE}#info", "name": "OutdatedCursor"})
            elif cursor > len(self.events) + 1:
                self._send(connection, {"$type": f"{_TYPE}#info", "name": "FutureCursor"})
                events = []
            else:
                events = [event for event in self.events if event["seq"] >= cursor]
            for event in events:
                if event["seq"] >= self.floor:
                    self._send(connection, event)
            for frame in self.extra_frames:
                connection.send(frame)
            if self.silent:
                connection.recv()  # until the client leaves
        except (ConnectionClosed, EOFError):
            return

    def _send(self, connection: ServerConnection, payload: dict[str, Any]) -> None:
        connection.send(json.dumps({"$type": "message", "payload": payload}))

    def _answer(self, asked: Asked) -> Reply:
        if self.on_request():
            return Reply(500)
        query = {key: [value] for key, value in asked.params.items()}
        if asked.path.endswith("getProfiles"):
            people = [
                {"did": one, "handle": f"{one.rpartition(':')[2]}.example", "displayName": "Somebody"}
                for one in query.get("actors", [])
            ]
            return Reply(200, json.dumps({"profiles": people}).encode())
        if asked.path.endswith("getPosts"):
            found = [self.views[uri] for uri in query.get("uris", []) if uri in self.views]
            return Reply(200, json.dumps({"posts": found}).encode())
        return Reply(404)
