"""One connection to Bluesky's Jetstream, read until told to stop: no reconnecting, no hidden sleeps.

atproto's client brings the protocol; this gives it a poll's manners. It connects to an address that
was judged (listeners/addresses.py), ends when the stream is quiet for a while, and raises our errors.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from atproto_client.models.common import XrpcError
from atproto_core.exceptions import AtProtocolError
from atproto_jetstream import JetstreamClient
from atproto_jetstream.exceptions import (
    JetstreamConsumerTooSlowError,
    JetstreamCursorTooOldError,
    JetstreamDecodingError,
    JetstreamError,
)
from atproto_jetstream.models import ErrorFrame, parse_frame
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from listeners.addresses import Guard
from listeners.errors import translate
from listeners.listener import Malformed, Refused

Payload = dict[str, Any]
"""One event as Jetstream sends it; `$type` ends in #commit, #account, #info, …"""


class CursorTooOld(Exception):
    """The stream does not reach back to the cursor any more."""


class Stream(JetstreamClient):  # type: ignore[misc]  # atproto ships no types
    """A connection that hands each event to `read`'s caller and ends when that says so."""

    def __init__(self, base_url: str, *, cursor: int, quiet: float, timeout: float, guard: Guard) -> None:
        """cursor: a seq, or microseconds since 1970. quiet: seconds without an event that end it."""
        # Uncompressed: a dictionary would have to be fetched for every poll.
        super().__init__(
            {"collections": ["app.bsky.feed.post"], "kinds": ["commit", "account"], "cursor": cursor},
            base_uri=base_url.rstrip("/"),
            recv_timeout=quiet,
            compress=False,
        )
        self._url = base_url
        self._guard = guard
        self._timeout = timeout
        self._failure: BaseException | None = None
        self.broken: list[tuple[str, str]] = []
        """Frames that could not be read, with the reason."""

    def read(self, take: Callable[[Payload], bool]) -> None:
        """Hand events to `take` until it gives False, the stream is quiet, or the server ends it.

        Raises CursorTooOld, or one of our errors; what `take` raises passes as it is.
        """

        def on_message(payload: Payload) -> None:
            if not take(payload):
                self.stop()

        def on_error(error: BaseException) -> None:
            self._failure = error
            self.stop()

        try:
            self.start(on_message, on_error)
        except JetstreamCursorTooOldError as error:
            raise CursorTooOld from error
        except (AtProtocolError, WebSocketException, OSError) as error:
            raise self._ours(error) from None
        if self._failure is not None:
            raise self._failure

    def _get_client(self) -> ClientConnection:
        """Connect to a judged address, whatever the name would resolve to by now."""
        parts = urlsplit(self._url)
        scheme = {"wss": "https", "ws": "http"}[parts.scheme]
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        addresses = self._guard.addresses(scheme, parts.hostname or "", port, timeout=self._timeout)
        wire = socket.create_connection((addresses[0], port), timeout=self._timeout)
        try:
            options: dict[str, Any] = self._get_connect_kwargs()
            uri: str = self._websocket_uri
            made: ClientConnection = connect(
                uri, sock=wire, proxy=None, open_timeout=self._timeout, **options
            )
            return made
        except BaseException:
            wire.close()
            raise

    def _decode_frame(self, raw_frame: str | bytes) -> Payload | None:
        """The payload as it came; what cannot be read is kept beside, with the reason."""
        try:
            frame = parse_frame(raw_frame)
        except JetstreamDecodingError as error:
            text = raw_frame if isinstance(raw_frame, str) else bytes(raw_frame).decode("utf-8", "replace")
            self.broken.append((text, str(error)))
            return None
        if isinstance(frame, ErrorFrame):
            if frame.error == "ConsumerTooSlow":
                raise JetstreamConsumerTooSlowError(XrpcError(frame.error, frame.message))
            raise JetstreamError(XrpcError(frame.error, frame.message))
        payload: Payload = frame.payload
        return payload

    def _handle_websocket_error_or_stop(self, exception: Exception) -> bool:
        """True ends the reading in peace: quiet, closed, or too slow for the server. Never reconnects."""
        if isinstance(exception, (TimeoutError, ConnectionClosed, JetstreamConsumerTooSlowError)):
            return True
        if isinstance(exception, InvalidStatus):
            super()._handle_websocket_error_or_stop(exception)  # raises where the server refuses for good
        raise exception

    def _ours(self, error: Exception) -> Exception:
        doing = f"listening to {self._url}"
        cause = error.__cause__
        if isinstance(cause, InvalidStatus) and cause.response.status_code in (401, 403, 404, 410):
            return Refused(f"{doing}: refused ({cause.response.status_code}); check base_url")
        return translate(error, doing=doing) or Malformed(f"{doing}: {type(error).__name__}")
