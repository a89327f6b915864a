"""One notice to one receiver by apprise: a chat, an e-mail, a phone.

This way out does not lead through the one door of listeners/http.py: apprise speaks HTTP and SMTP by
itself. The door keeps out addresses that strangers name, in posts, feeds and redirects. Here the
address comes from the operator alone, out of the environment of this process, and may well lie in
their own network; whoever can set it can start any program as this user anyway. What is kept all the
same: one address for each receiver, no redirects, a limit of time over everything, no file that is
attached or read, and no word of apprise in a log or message, as its words may hold the address, which
for most services is the key.
"""

from __future__ import annotations

import ipaddress
import logging
import queue
import re
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from earnest.telling.settings import Notice
from earnest.telling.webhooks import NotReady, Outcome

if TYPE_CHECKING:
    from apprise import NotifyBase

TIMEOUT = 20.0
"""Seconds for one notice, all in all; for connecting and each silence of the other side a part of it."""
CONNECT, SILENCE = 5.0, 10.0

_TALKATIVE = ("apprise", "urllib3")
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").propagate = False  # for good: what runs late may still talk
_STATUS = re.compile(r"error=(\d{3})\b")


class Channel:
    """A receiver of notices that is ready to be told."""

    def __init__(self, settings: Notice, secrets: Mapping[str, str]) -> None:
        """Take the address from `secrets` (the environment). Raises NotReady, never with the address."""
        self.settings = settings
        self._service = _service(settings, secrets)

    def send(self, title: str, body: str) -> Outcome:
        """Send it once. Nothing is raised: whatever goes wrong is the outcome."""
        from apprise import NotifyFormat  # noqa: PLC0415 - slow to load, and few need it

        began = time.perf_counter()
        with _hushed() as log:
            arrived = _in_time(
                lambda: self._service.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
            )
        took = round(time.perf_counter() - began, 3)
        if arrived:
            return Outcome(True, "", took)
        status = next((int(found[1]) for line in log if (found := _STATUS.search(line))), None)
        if status is not None:
            said = f"the service answered {status}" + (
                "; see that its address is still the right one" if status in {401, 403, 404, 410} else ""
            )
        elif arrived is None:
            said = f"no answer within {TIMEOUT:g} seconds"
        elif any("onnection error" in line for line in log):
            said = (
                "the service cannot be reached; see its host, port and encryption, and the sign-in of a mail"
            )
        else:
            said = "the service did not take it; see its address"
        return Outcome(False, said, took, status)


def address_of(settings: Notice, secrets: Mapping[str, str]) -> str:
    """The address of a receiver, from the environment. Raises NotReady where it is not set."""
    if settings.to not in secrets:
        raise NotReady(f"{settings.to} is not set; put the address of {settings.name} into the environment")
    return secrets[settings.to]


def _service(settings: Notice, secrets: Mapping[str, str]) -> NotifyBase:
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - slow to load, and few need it

    name, address = settings.to, address_of(settings, secrets)
    asset = AppriseAsset(
        app_id="Earnest", app_desc="Earnest", app_url="", async_mode=False, http_redirects=False
    )
    with _hushed():
        service = Apprise.instantiate(address, asset=asset)
    if service is None:
        raise NotReady(
            f"{name} holds no address that apprise knows; write one, such as slack://…, workflows://… or "
            "mailtos://…: github.com/caronc/apprise/wiki lists them"
        )
    service.redirects = False
    service.socket_connect_timeout = min(service.socket_connect_timeout, CONNECT)
    service.socket_read_timeout = min(service.socket_read_timeout, SILENCE)
    if settings.words and not _kept_secret(service):
        raise NotReady(
            f"{name}: words of people are not sent over a way that others can read; write the encrypted kind "
            "(jsons://, mailtos://) without verify=no, or set words: false"
        )
    return service


def _kept_secret(service: NotifyBase) -> bool:
    """Whether what is sent goes encrypted to a server that proves its name, or stays on this machine."""
    host = getattr(service, "smtp_host", "") or service.host or ""
    if host == "localhost" or _loopback(host):
        return True
    encrypted = service.secure or service.protocol is None
    encrypted = encrypted or getattr(service, "secure_mode", "insecure") != "insecure"
    return bool(encrypted and service.verify_certificate)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _in_time(work: Callable[[], bool]) -> bool | None:
    """What `work` gives, False where it breaks; None where it takes longer than TIMEOUT.

    In a thread of its own that nobody waits for: a server that answers a letter a second would else
    hold this process, as no limit of one read ends that.
    """
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(bool(work()))
        except Exception:  # its text may hold the address; that it failed is all there is to say
            answers.put(False)

    threading.Thread(target=run, daemon=True).start()
    try:
        return answers.get(timeout=TIMEOUT)
    except queue.Empty:
        return None


class _Kept(logging.Handler):
    """Holds what is said, for us alone."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@contextmanager
def _hushed() -> Iterator[list[str]]:
    """Keep what apprise and its HTTP say out of every log: their lines may hold the address. Gives them.

    And its own old imports out of the warnings: it loads every service it knows at once.
    """
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [(logger.level, logger.propagate, logger.handlers) for logger in loggers]
    kept = _Kept()
    for logger in loggers:
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        logger.handlers = [kept]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield kept.lines
    finally:
        for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate, logger.handlers = propagate, handlers
