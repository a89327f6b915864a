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
import re
import time
import warnings
from collections.abc import Iterator, Mapping
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
_STATUS = re.compile(r"error=(\d{3})\b")


class Channel:
    """A receiver of notices that is ready to be told."""

    def __init__(self, settings: Notice, secrets: Mapping[str, str]) -> None:
        """Take the address from `secrets` (the environment). Raises NotReady, never with the address."""
        self.settings = settings
        self._service = _service(settings, secrets)

    def send(self, title: str, body: str) -> Outcome:
        """Send it once. Nothing is raised: whatever goes wrong is the outcome."""
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - slow to load, and few need it
        from apprise.result import AppriseResultStatus  # noqa: PLC0415

        began = time.perf_counter()
        told = Apprise(asset=self._service.asset)
        told.add(self._service)
        with _hushed():
            result = told.notify(body=body, title=title, body_format=NotifyFormat.TEXT, timeout=TIMEOUT)
            log = " ".join(entry.message for entry in result.logs())
        took = round(time.perf_counter() - began, 3)
        if result:
            return Outcome(True, "", took)
        status = int(found[1]) if (found := _STATUS.search(log)) else None
        if status is not None:
            said = f"the service answered {status}" + (
                "; see that its address is still the right one" if status in {401, 403, 404, 410} else ""
            )
        elif result.status is AppriseResultStatus.TIMEOUT:
            said = f"no answer within {TIMEOUT:g} seconds"
        elif "onnection error" in log:
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


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep what apprise and its HTTP say out of every log: their lines may hold the address.

    And its own old imports out of the warnings: it loads every service it knows at once.
    """
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [(logger.level, logger.propagate) for logger in loggers]
    silent = logging.NullHandler()
    for logger in loggers:
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        logger.addHandler(silent)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(silent)
            logger.setLevel(level)
            logger.propagate = propagate
