"""Signing in at an identity provider: OpenID Connect's code flow with PKCE, by Authlib.

The provider is the operator's word, its endpoints are the provider's: everything is asked through the
listeners' door, which speaks to no private address that `allow` does not name, follows no redirect,
and gives up in time. What comes back is believed only with the provider's own signature on it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from earnest.door_settings import LOOPBACK, VARIABLE, Oidc
from listeners.http import MIB, Door
from listeners.listener import Clock, ListenError

TIMEOUT = 8.0
"""Seconds for one question to the provider, from the name lookup to the last byte."""
FRESH = timedelta(hours=1)
"""How long the provider's description and keys are taken as read; a new key has them asked at once."""
LEEWAY = 60
"""Seconds that the provider's clock may differ from ours."""
SIGNED_BY = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures that are believed: only with a key of the provider's own. Shared secrets sign nothing here."""

Kept = TypeVar("Kept")


class NotSignedIn(Exception):
    """Nobody came in. The message is for the person; `why` goes into the audit."""

    def __init__(self, words: str, why: str = "", *, subject: str = "") -> None:
        """Keep the reason beside the words."""
        super().__init__(words)
        self.why = why or words
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun: where the browser goes, and what must fit when it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whom the provider knows: by its subject alone, and the name and role that follow from its claims."""

    subject: str
    name: str
    role: str


class Provider:
    """One identity provider, and this desk's place at it."""

    def __init__(self, settings: Oidc, secret: str, *, clock: Clock) -> None:
        """secret: "" for a public client, which PKCE alone protects. Nothing is asked yet."""
        self.settings = settings
        self._secret = secret
        self._clock = clock
        self._door = Door(
            settings.allow,
            timeout=TIMEOUT,
            max_raw=MIB,
            max_body=MIB,
            max_redirects=0,
            user_agent="Earnest (sign-in)",
        )
        self._lock = threading.Lock()
        self._described: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    @classmethod
    def of(
        cls, settings: Oidc | None, *, clock: Clock, env: Mapping[str, str] = os.environ
    ) -> Provider | None:
        """The provider of a desk, with the secret from the environment; None where there is none."""
        return None if settings is None else cls(settings, env.get(VARIABLE, "").strip(), clock=clock)

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Provider({self.settings.issuer!r})"

    def described(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises NotSignedIn where it does not answer or is another."""
        with self._lock:
            kept = self._fresh(self._described)
        if kept is not None:
            return kept
        address = get_well_known_url(self.settings.issuer, external=True)
        told = self._json(lambda: self._door.fetch(address))
        if told.get("issuer") != self.settings.issuer:
            named = str(told.get("issuer"))[:200]
            raise _unfit(
                f"it names itself {named!r}, not {self.settings.issuer!r}: write desk.yaml as it does"
            )
        for key in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _endpoint(told, key)
        with self._lock:
            self._described = self._clock(), told
        return told

    def check(self) -> None:
        """Ask for what a sign-in needs, its description and keys. Raises NotSignedIn with what is wrong."""
        self.described()
        self._key_set()

    def begin(self, back: str) -> Begun:
        """Where to send a browser; it comes back to `back`. Raises NotSignedIn."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        client = self._client(back)
        address, _ = client.create_authorization_url(
            _endpoint(self.described(), "authorization_endpoint"),
            state=state,
            nonce=nonce,
            code_verifier=verifier,
        )
        return Begun(address, state, nonce, verifier)

    def finish(self, code: str, *, nonce: str, verifier: str, back: str) -> Newcomer:
        """Who came back with this code. Raises NotSignedIn with words for them."""
        client = self._client(back)
        try:
            token = client.fetch_token(
                _endpoint(self.described(), "token_endpoint"),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
        except ListenError as error:
            raise _silent(error) from error
        except OAuth2Error as error:
            raise _unfit(f"it refused the code ({str(error.error)[:60]})") from error
        except (ValueError, httpx.HTTPError) as error:
            raise _unfit("its answer to the code could not be read") from error
        claims = self._claims(token, nonce)
        return self._judged(self._completed(claims, token))

    def _client(self, back: str) -> OAuth2Client:
        offered = self.described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return OAuth2Client(
            _ThroughTheDoor(self._door),
            client_id=self.settings.client_id,
            client_secret=self._secret or None,
            token_endpoint_auth_method=method if self._secret else "none",
            scope=" ".join(self.settings.scopes),
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The id token's claims: signed by the provider, for this desk, for this sign-in, now."""
        said = token.get("id_token")
        if not isinstance(said, str):
            raise _unfit("it sent no id token; openid must be among the scopes it allows")
        try:
            try:
                read = jwt.decode(said, self._key_set(), algorithms=SIGNED_BY)
            except (InvalidKeyIdError, ValueError):  # a key that is newer than what we have read
                read = jwt.decode(said, self._key_set(anew=True), algorithms=SIGNED_BY)
            claims = CodeIDToken(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                    **{name: {"essential": True} for name in ("sub", "exp", "iat", "nonce")},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.settings.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY)
        except ExpiredTokenError as error:
            raise _unfit("its id token ran out before it arrived; do both clocks stand right?") from error
        except (JoseError, ValueError, TypeError) as error:
            raise _unfit(f"its id token does not hold ({error})") from error
        return dict(claims)

    def _completed(self, claims: dict[str, Any], token: Mapping[str, Any]) -> dict[str, Any]:
        """With what only the provider's userinfo tells, where the id token lacks something we ask for."""
        asked = (self.settings.claim, self.settings.name)
        address = self.described().get("userinfo_endpoint")
        if all(_value(claims, name) is not None for name in asked) or not address:
            return claims
        headers = {"authorization": f"Bearer {token.get('access_token')}"}
        told = self._json(
            lambda: self._door.fetch(_endpoint(self.described(), "userinfo_endpoint"), headers=headers)
        )
        if told.get("sub") != claims["sub"]:
            raise _unfit("its userinfo is about somebody else")
        return {**told, **claims}

    def _judged(self, claims: Mapping[str, Any]) -> Newcomer:
        """Name and role by desk.yaml. Raises NotSignedIn where nothing says that they may come in."""
        subject = str(claims["sub"])[:255]
        held = _value(claims, self.settings.claim)
        values = {str(v) for v in held} if isinstance(held, list) else {str(held)}
        role = next((role for value, role in self.settings.roles.items() if value in values), None)
        unproven = self.settings.claim == "email" and claims.get("email_verified") is not True
        if role is None or unproven:
            raise NotSignedIn(
                "The provider knows you, but nothing it says lets you come to this desk. "
                "Ask an admin of the desk, or whoever keeps the groups there.",
                "the mail address is not verified there" if unproven else f"no role by {self.settings.claim}",
                subject=subject,
            )
        name = _value(claims, self.settings.name) or claims.get("preferred_username")
        return Newcomer(subject, name if isinstance(name, str) else "", role)

    def _key_set(self, *, anew: bool = False) -> KeySet:
        with self._lock:
            kept = None if anew else self._fresh(self._keys)
        if kept is not None:
            return kept
        told = self._json(lambda: self._door.fetch(_endpoint(self.described(), "jwks_uri")))
        try:
            keys = KeySet.import_key_set(_known_keys(told))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _unfit("its keys could not be read") from error
        with self._lock:
            self._keys = self._clock(), keys
        return keys

    def _fresh(self, kept: tuple[datetime, Kept] | None) -> Kept | None:
        return kept[1] if kept is not None and self._clock() - kept[0] < FRESH else None

    def _json(self, ask: Callable[[], Any]) -> dict[str, Any]:
        """A JSON object the provider answers with. Raises NotSignedIn."""
        try:
            answer = ask()
        except ListenError as error:
            raise _silent(error) from error
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if answer.status != 200 or not isinstance(told, dict):
            raise _unfit(
                f"{answer.url.split('?')[0]} answered {answer.status} without what OpenID Connect asks for"
            )
        return told


class _ThroughTheDoor:
    """What Authlib's client sends with; the door keeps caps, deadline and its judgement of addresses."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any
    ) -> httpx.Response:
        address, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        answer = self._door.send(address, body.encode(), headers=sent)
        return httpx.Response(answer.status, content=answer.body, request=httpx.Request("POST", url))


def _endpoint(told: Mapping[str, Any], key: str) -> str:
    """An address the provider names; https, but for a provider on this machine."""
    try:
        address = httpx.URL(told.get(key, ""))
    except (httpx.InvalidURL, TypeError, ValueError):
        address = httpx.URL("")
    if address.scheme != "https" and not (address.scheme == "http" and address.host in LOOPBACK):
        raise _unfit(f"it names no https address as {key}")
    return str(address)


def _known_keys(told: Mapping[str, Any]) -> dict[str, Any]:
    """Its public signing keys; of other kinds we read none."""
    keys = [key for key in told.get("keys") or [] if key.get("kty") in {"RSA", "EC", "OKP"}]
    return {"keys": [key for key in keys if key.get("use", "sig") == "sig"]}


def _value(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with dots between, such as realm_access.roles."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _unfit(why: str) -> NotSignedIn:
    return NotSignedIn(f"The identity provider could not say who you are: {why}.", why)


def _silent(error: ListenError) -> NotSignedIn:
    return NotSignedIn(
        f"The identity provider does not answer: {error}. Try again, or tell an admin.", str(error)
    )
