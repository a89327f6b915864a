"""The parts of desk.yaml about the door: signing in elsewhere (OIDC), and how much anybody may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import httpx
from pydantic import Field, StringConstraints, field_validator, model_validator

from listeners.brand import Strict

VARIABLE = "EARNEST_OIDC_SECRET"
"""The environment variable that holds the desk's secret at the identity provider."""

Role = Literal["viewer", "responder", "lead", "admin", "auditor"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Oidc(Strict):
    """desk.yaml, oidc: an identity provider whose people may come in. Nobody, where it is left out."""

    issuer: str = Field(description="the provider's address as it names itself, https://…")
    client_id: Text = Field(description="what the provider calls this desk")
    button: str = Field(
        default="Sign in with your company's account",
        min_length=1,
        max_length=60,
        description="what the button on the sign-in page says",
    )
    scopes: tuple[Text, ...] = Field(
        default=("openid", "profile", "email"), max_length=20, description="what is asked of the provider"
    )
    name: Text = Field(default="name", description="the claim with the name colleagues know them by")
    claim: Text = Field(default="groups", description="the claim that says who may come in, and as what")
    roles: Mapping[str, Role] = Field(
        min_length=1,
        description="a value of that claim: the role it gives; the first that fits counts",
    )
    allow: tuple[str, ...] = Field(default=(), description="hosts or networks of your own that it may be in")

    @field_validator("issuer")
    @classmethod
    def _address(cls, issuer: str) -> str:
        try:
            parsed = httpx.URL(issuer)
        except (httpx.InvalidURL, ValueError):
            raise ValueError("is not a web address; write it as https://host/path") from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise ValueError("is not an https address; write it as https://host/path")
        if parsed.userinfo or parsed.query or parsed.fragment:
            raise ValueError("is more than the provider's address; leave out user name, ? and #")
        if parsed.scheme == "http" and parsed.host not in LOOPBACK:
            raise ValueError("plain http can be read on the way: write https")
        return issuer

    @model_validator(mode="after")
    def _whole(self) -> Oidc:
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid among them: without it nobody is told who signs in")
        return self


class Limits(Strict):
    """desk.yaml, limits: how much one person or token may ask for, where people sign in."""

    calls_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="calls of the API, by one person or token"
    )
    costly_per_minute: int = Field(
        default=60, ge=1, le=1_000_000, description="searches, exports and other slow pages and calls"
    )
