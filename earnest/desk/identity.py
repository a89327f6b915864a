"""Who is at the desk: a visit in a signed cookie, and the forms' token.

Where nobody signs in, the visit holds the name somebody chose; it proves only that this desk wrote it.
That is enough on loopback, where `serve` keeps it, and not more. Where people sign in, name and number
of the visit are those of their session (`doorkeeper`), whatever the cookie says. The forms' token is
bound to the visit's number, so a form made on another site, or for another session, cannot carry it.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, HTTPException, Request
from starlette.responses import Response

from earnest.ledger.doors import Session

COOKIE = "earnest_desk"
NAME_LENGTH = 60
ANYBODY, NOBODY = "anybody", "nobody"
"""In place of a role: who may do everything since nobody signs in, and who has not signed in."""
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser at the desk. responder: "" until they said who they are. keys: shortcuts are on."""

    id: str
    responder: str = ""
    keys: bool = True
    told: str = ""
    """A message for the next page, shown once."""
    undo: int = 0
    """The case whose last change the next page offers to take back, 0 for none."""
    back: str = ""
    """Where the next page offers to take the last step back, where that was no step of a case."""


class Seal:
    """Signs cookies and makes form tokens with one secret key of 32 bytes or more."""

    def __init__(self, key: bytes) -> None:
        """Refuse a short key with ValueError."""
        if len(key) < 32:
            raise ValueError("the desk's key must have at least 32 bytes")
        self._key = key

    def __repr__(self) -> str:
        """Never the key."""
        return "Seal(…)"

    @classmethod
    def kept_in(cls, folder: Path, env: Mapping[str, str] = os.environ) -> Seal:
        """The seal whose key EARNEST_DESK_KEY holds, else `folder/desk.key`, made when missing (0600)."""
        if named := env.get("EARNEST_DESK_KEY"):
            return cls(named.encode())
        path = folder / "desk.key"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_hex(32).encode())
        except FileExistsError:
            pass
        return cls(path.read_bytes())

    def sign(self, visit: Visit) -> str:
        """The cookie's value for `visit`."""
        body = {"i": visit.id, "r": visit.responder, "k": visit.keys, "t": visit.told, "u": visit.undo}
        if visit.back:
            body["b"] = visit.back
        text = _b64(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
        return f"{text}.{self._mac('cookie', text)}"

    def read(self, value: str) -> Visit | None:
        """The visit in a cookie of ours; None for any other value."""
        text, _, mac = value.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac("cookie", text).encode()):
            return None
        body: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return Visit(body["i"], body["r"], body["k"], body["t"], body["u"], body.get("b", ""))

    def wrap(self, purpose: str, body: Mapping[str, str]) -> str:
        """Words that come back as they were given out, or not at all: see `unwrap`. They can be read."""
        text = _b64(json.dumps(dict(body), ensure_ascii=False).encode())
        return f"{text}.{self._mac(purpose, text)}"

    def unwrap(self, purpose: str, value: str) -> dict[str, str] | None:
        """What `wrap` was given for this purpose; None for any other value."""
        text, _, mac = value.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(purpose, text).encode()):
            return None
        body: dict[str, str] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return body

    def token(self, visit: Visit) -> str:
        """The token every form of this visit carries."""
        return self._mac("form", visit.id)

    def fits(self, visit: Visit, token: str) -> bool:
        """Whether `token` belongs to this visit, in constant time."""
        return hmac.compare_digest(self.token(visit).encode(), token.encode())

    def _mac(self, purpose: str, text: str) -> str:
        return _b64(hmac.digest(self._key, f"{purpose}:{text}".encode(), "sha256"))


def visit_of(request: Request) -> Visit:
    """The visit of this request: from its cookie, or a fresh one that the answer will set."""
    kept = getattr(request.state, "visit", None)
    if isinstance(kept, Visit):
        return kept
    seal: Seal = request.app.state.seal
    visit = seal.read(request.cookies.get(COOKIE, "")) or Visit(secrets.token_urlsafe(16))
    session: Session | None = getattr(request.state, "session", None)
    if session is not None:
        visit = replace(visit, id=session.token or f"session-{session.id}", responder=session.name)
    elif getattr(request.state, "sign_in", False):
        visit = replace(visit, responder="", told="", undo=0, back="")
    request.state.visit = visit
    return visit


def role_of(request: Request) -> str:
    """The role of who asks; ANYBODY where nobody signs in, NOBODY where one has not."""
    session: Session | None = getattr(request.state, "session", None)
    if session is not None:
        return session.role
    return NOBODY if getattr(request.state, "sign_in", False) else ANYBODY


def keep(request: Request, response: Response, visit: Visit) -> None:
    """Write `visit` into the answer's cookie where it is not what the browser already holds."""
    seal: Seal = request.app.state.seal
    value = seal.sign(visit)
    if request.cookies.get(COOKIE) != value:
        # lax, not strict: a link to a case in a colleague's message must arrive as oneself.
        response.set_cookie(
            COOKIE,
            value,
            max_age=_YEAR,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def tell(visit: Visit, message: str, *, undo: int = 0, back: str = "") -> Visit:
    """`visit` with a message for the next page, and what that page may offer to take back.

    undo: the case whose last step; back: the address of any other way back.
    """
    return replace(visit, told=message[:300], undo=undo, back=back)


def require_token(request: Request, token: str) -> Visit:
    """The visit of a form that carries its own token; 403 otherwise."""
    visit = visit_of(request)
    seal: Seal = request.app.state.seal
    if not seal.fits(visit, token):
        raise HTTPException(
            403, "This form was made for another visit. Go back, reload the page, and send again."
        )
    return visit


def posted_by(request: Request, token: Annotated[str, Form()]) -> Visit:
    """The visit behind a form whose only field is its token; 403 for another's token or without a name."""
    visit = require_token(request, token)
    if not visit.responder:
        raise HTTPException(403, "Say who you are first; the link is at the top of every page.")
    return visit


def clean_name(name: str) -> str:
    """A responder's name fit to show: printable, single spaces, at most NAME_LENGTH characters."""
    return " ".join("".join(c for c in name if c.isprintable()).split())[:NAME_LENGTH]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
