"""One message to one other system: a small JSON body, signed by Standard Webhooks, through the safe door."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from standardwebhooks import Webhook as Signer

from earnest.ledger import Ledger
from earnest.ledger.outbox import Message
from earnest.telling.settings import Webhook
from listeners.feed_schedule import retry_after
from listeners.http import MIB, Door
from listeners.listener import ListenError

BACKOFF = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Waits between tries, as standard-webhooks.com recommends; after the tenth try a message is dead."""
TIMEOUT = 15.0
"""Seconds for one try, from the name lookup to the last byte of the answer."""
KEY_BYTES = 24
"""The shortest signing key that Standard Webhooks allows."""


class NotReady(Exception):
    """A receiver cannot be told as things are; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went. again: how long to wait before the next one; None where there is none."""

    arrived: bool
    said: str
    seconds: float
    status: int | None = None
    again: timedelta | None = None


class Hook:
    """A webhook that is ready to send."""

    def __init__(self, settings: Webhook, secrets: Mapping[str, str]) -> None:
        """Take the signing secret from `secrets` (the environment). Raises NotReady with the mend."""
        self.settings = settings
        self._signer = _signer(settings, secrets)
        self._door = Door(settings.allow, timeout=TIMEOUT, max_raw=MIB, max_body=MIB, user_agent="Earnest")

    def send(self, message: Message, ledger: Ledger) -> Outcome:
        """Send it once. Nothing is raised: whatever goes wrong is the outcome."""
        began = time.perf_counter()
        now = ledger.clock()
        body = json.dumps(payload(message, ledger, words=self.settings.words), ensure_ascii=False)
        name = f"msg_{message.key}"
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(name, now, body),
        }
        try:
            answer = self._door.send(self.settings.url, body.encode(), headers=headers)
        except ListenError as error:
            # Also what our own door refuses is tried again: its mend is in desk.yaml.
            return Outcome(False, str(error), _since(began), again=wait_after(message.tries))
        status = answer.status
        if 200 <= status < 300:
            return Outcome(True, "", _since(began), status)
        if status == 410:
            said = "the receiver wants no more (410): take it out of desk.yaml, or mend it there"
            return Outcome(False, said, _since(began), status)
        wait = wait_after(message.tries)
        asked = retry_after(answer.headers, now=now)
        if wait is not None and asked is not None:
            wait = max(wait, timedelta(seconds=min(asked, BACKOFF[-1].total_seconds())))
        return Outcome(False, f"the receiver answered {status}", _since(began), status, wait)


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed; None: enough."""
    return BACKOFF[tries - 1] if tries <= len(BACKOFF) else None


def payload(message: Message, ledger: Ledger, *, words: bool) -> dict[str, Any]:
    """What is sent: the topic, when, and the case's number; with `words` how the case stands now.

    The words are read when they are sent, so that what was erased since is not among them; of
    people who asked to be left alone there are none.
    """
    assert message.case_id is not None, "webhooks are told of cases only"
    data: dict[str, Any] = {"case": message.case_id}
    if words:
        row = ledger.case(message.case_id).case
        data |= {
            "brand": row.brand,
            "source": row.source,
            "state": row.state.value,
            "queue": row.queue,
            "priority": row.priority,
            "severity": row.severity,
            "urgency": row.urgency,
            "topics": list(row.topics),
            "due": _iso(row.due),
            "waiting_since": _iso(row.waiting_since),
        }
        if not row.left_alone:
            data |= {"post": row.post_id, "url": row.url, "handle": row.handle, "text": row.text}
    return {"type": f"case.{message.topic}", "timestamp": _iso(message.at), "data": data}


def _signer(settings: Webhook, secrets: Mapping[str, str]) -> Signer:
    name = settings.signed_with
    if name not in secrets:
        raise NotReady(f"{name} is not set; put the signing secret (whsec_…) into the environment")
    try:
        key = base64.b64decode(secrets[name].removeprefix("whsec_") + "==")
    except ValueError:  # told without its cause, which would hold part of the secret
        key = b""
    if len(key) < KEY_BYTES:
        raise NotReady(
            f"{name} holds no signing secret: it is whsec_ and base64 of at least {KEY_BYTES} bytes; "
            'make one: echo "whsec_$(openssl rand -base64 32)"'
        )
    return Signer(key)


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat().replace("+00:00", "Z")
