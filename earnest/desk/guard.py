"""The desk's front door: who may speak to it, from where, how much, and what every answer carries.

One ASGI layer around the whole application, so that no page can forget it:

- the `Host` must be one the desk answers to (a page on another name cannot reach it by DNS rebinding);
- a request that changes something must come from the desk's own pages (`Sec-Fetch-Site`, else `Origin`);
  the form's token is checked beside this, in `identity`;
- a body has a ceiling;
- every answer carries the security headers, and pages are never kept by a cache.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 256 * 1024
"""Bytes a request may bring. The longest thing a responder sends is a note or a drafted reply."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # same-origin, not no-referrer: with the latter a form's Origin would be "null" and its check blind.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Wraps `app`; `hosts` are the names (no port) the desk answers to."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], *, behind_tls: str = "") -> None:
        """Keep the inner application and the names.

        behind_tls: the https address under which a proxy shows the desk, "" where there is none; the desk
        then answers to its name too, and to nobody who came without TLS.
        """
        self.app = app
        self.behind_tls = behind_tls
        named = urlsplit(behind_tls).hostname
        self.hosts = frozenset({*(host.lower() for host in hosts), *((named,) if named else ())})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then pass it on with the answer's headers set."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if self.behind_tls:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, dressed)
            return
        await self.app(scope, _limited(receive), dressed)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in self.hosts:
            there = self.behind_tls or f"http://{sorted(self.hosts)[0]}"
            return PlainTextResponse(f"This desk does not answer to that name. Open it at {there}.\n", 421)
        if self.behind_tls and scope["scheme"] != "https":
            return PlainTextResponse(
                f"This desk is open behind TLS only: {self.behind_tls}. (If you came that way, the proxy "
                "must send X-Forwarded-Proto, and desk.yaml must name the proxy's address under proxies.)\n",
                421,
            )
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return PlainTextResponse("That is more than the desk takes in one piece.\n", 413)
        if scope["method"] not in _SAFE and not _own_page(headers, host):
            return PlainTextResponse("This request came from another site and was refused.\n", 403)
        return None


def _name(host: str) -> str:
    """The host's name without its port, lower-case; "" where it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _own_page(headers: Headers, host: str) -> bool:
    """Whether a changing request comes from the desk's own pages.

    Every browser names the origin of such a request in one header or the other. A program that names
    neither carries no browser's cookie by accident; with a cookie it is refused all the same.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is not None:
        return origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}
    return "cookie" not in headers


def _limited(receive: Receive) -> Receive:
    """`receive` that ends the request once its body passes MAX_BODY, whatever its header said."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                return {"type": "http.disconnect"}
        return message

    return limited
