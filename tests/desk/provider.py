"""An identity provider on loopback: real signed id tokens, PKCE and codes that are good once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from earnest.door_settings import Oidc
from tests.desk.larkspur import Clock
from tests.listeners.loopback import Asked, Loopback, Reply

SECRET = "what-the-provider-gave-the-desk"


@dataclass
class IdentityProvider:
    """Knows one person at a time: `claims`. What a test changes here, the next id token or answer has."""

    clock: Clock
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    described: dict[str, Any] = field(default_factory=dict)
    """Said over what the provider says of itself."""
    broken: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """What becomes of the id token's claims before they are signed."""

    def __post_init__(self) -> None:
        self.key = self.signing = ECKey.generate_key("P-256", auto_kid=True)
        self.codes: dict[str, dict[str, str]] = {}
        self._world = Loopback(self._answer)
        self.issuer = self._world.url

    @property
    def asked(self) -> list[Asked]:
        """Every request that came."""
        return self._world.asked

    def close(self) -> None:
        """Stop listening."""
        self._world.close()

    def settings(self, **more: Any) -> Oidc:
        """The part of desk.yaml that names it."""
        return Oidc.model_validate(
            {
                "issuer": self.issuer,
                "client_id": "earnest",
                "roles": {"care-leads": "lead", "care": "responder"},
                "allow": ["127.0.0.1"],
            }
            | more
        )

    def sign_in(self, address: str) -> str:
        """What the browser does there: the path and query it comes back to the desk with."""
        parts = urlsplit(address)
        wish = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/authorize"
        assert wish["response_type"] == "code"
        assert wish["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = wish
        there = urlsplit(wish["redirect_uri"])
        return f"{there.path}?{urlencode({'code': code, 'state': wish['state'], 'iss': self.issuer})}"

    def _answer(self, asked: Asked) -> Reply:
        match asked.path:
            case "/.well-known/openid-configuration":
                return _json(self._described())
            case "/keys":
                return _json(KeySet([self.key]).as_dict(private=False))
            case "/token":
                return self._token(asked)
            case "/userinfo":
                assert asked.headers["authorization"] == "Bearer access"
                return _json(self.userinfo or {})
        return Reply(404)

    def _described(self) -> dict[str, Any]:
        here = self.issuer
        told = {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
        }
        if self.userinfo is not None:
            told["userinfo_endpoint"] = f"{here}/userinfo"
        return told | self.described

    def _token(self, asked: Asked) -> Reply:
        form = dict(parse_qsl(asked.body.decode()))
        wish = self.codes.pop(form["code"], None)
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        known = base64.b64encode(f"earnest:{SECRET}".encode()).decode()
        assert asked.headers["authorization"] == f"Basic {known}"
        fits = wish and wish["code_challenge"] == challenge and wish["redirect_uri"] == form["redirect_uri"]
        if not fits or wish is None:
            return _json({"error": "invalid_grant"}, 400)
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "aud": "earnest", "sub": "7", "iat": now, "exp": now + 300}
        claims |= {"nonce": wish["nonce"]} | self.claims
        header = {"alg": "ES256", "kid": self.signing.kid or ""}
        said = jwt.encode(header, self.broken(claims), self.signing)
        return _json({"access_token": "access", "token_type": "Bearer", "id_token": said})


def _json(body: dict[str, Any] | Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"content-type": "application/json"})
