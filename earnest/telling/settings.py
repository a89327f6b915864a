"""The `tell` part of desk.yaml: who is told of what. Secrets stand in the environment, by name."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import httpx
from pydantic import Field, StringConstraints, field_validator, model_validator

from listeners.brand import Strict

Topic = Literal["opened", "urgent", "overdue", "resolved", "reopened", "came_back", "withdrawn"]
ALL: tuple[Topic, ...] = get_args(Topic)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,38}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^EARNEST_SECRET_[A-Z0-9_]{1,80}$")]
"""The name of an environment variable that holds a secret."""


class Webhook(Strict):
    """Another system that is told by HTTP, signed by Standard Webhooks."""

    name: Name = Field(description="what it is called in status and log: lower-case letters, digits, -")
    url: str = Field(description="https://…; http:// only to what allow names")
    signed_with: Variable = Field(description="the environment variable of the signing secret (whsec_…)")
    topics: tuple[Topic, ...] = Field(default=ALL, min_length=1, description="what it is told of")
    words: bool = Field(default=False, description="also brand, queue, person and words; else only numbers")
    allow: tuple[str, ...] = Field(default=(), description="hosts or networks of your own that it may be in")

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise ValueError("is not a web address; write it as https://host/path") from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise ValueError("is not an http or https address; write it as https://host/path")
        if parsed.userinfo:
            raise ValueError("carries a user name; take it out, the signature says who sends")
        return url

    @model_validator(mode="after")
    def _safe(self) -> Webhook:
        if self.url.startswith("http://") and not self.allow:
            raise ValueError("plain http can be read on the way: write https, or name your own host in allow")
        return self


class Telling(Strict):
    """desk.yaml, tell: who is told what happens to cases. Nobody, where it is left out."""

    webhooks: tuple[Webhook, ...] = Field(default=(), description="other systems, one after a dash each")

    @property
    def somebody(self) -> bool:
        """Whether anybody is told at all."""
        return bool(self.webhooks)

    @model_validator(mode="after")
    def _apart(self) -> Telling:
        names = [one.name for one in self.webhooks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f'two receivers are named "{twice[0]}"; give each its own name')
        return self
