"""The `tell` part of desk.yaml: who is told of what. Secrets stand in the environment, by name."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

import httpx
from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from listeners.brand import Strict
from routing.conditions import SeverityLevel

Topic = Literal["opened", "urgent", "overdue", "resolved", "reopened", "came_back", "withdrawn"]
ALL: tuple[Topic, ...] = get_args(Topic)
Happening = Literal[
    "opened", "urgent", "overdue", "resolved", "reopened", "came_back", "withdrawn",
    "handed_over", "called", "fuse", "deaf", "heard_again",
]  # fmt: skip
"""What people may be told of: of cases, of work for one of them, and of the desk itself."""
PRESSING: tuple[Happening, ...] = ("urgent", "overdue", "fuse", "deaf", "heard_again")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,38}$")]


def _variable(prefix: str) -> Any:
    """The name of an environment variable. Its check shows no value: it might be the secret itself."""
    shape = rf"^{prefix}[A-Z0-9_]{{1,80}}$"

    def check(name: str) -> str:
        if not re.fullmatch(shape, name):
            raise ValueError(
                f"is not the name of an environment variable like {prefix}…; the value itself stands in the "
                "environment, never in a file"
            )
        return name

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": shape})


Variable = Annotated[str, *_variable("EARNEST_SECRET_")]
"""The name of an environment variable that holds a secret."""
Address = Annotated[str, *_variable("EARNEST_NOTIFY_")]
"""The name of an environment variable that holds the address of one receiver of notices."""


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


class Notice(Strict):
    """People who are told in a chat, by e-mail or on a phone: one receiver, by an address of apprise."""

    name: Name = Field(description="what it is called in status and log: lower-case letters, digits, -")
    to: Address = Field(description="the environment variable that holds its address: slack://…, mailtos://…")
    topics: tuple[Happening, ...] = Field(default=PRESSING, description="what it is told of")
    queues: tuple[str, ...] = Field(default=(), description="of cases only those of these queues")
    severity_at_least: SeverityLevel | None = Field(default=None, description="of cases only such, or worse")
    urgency_at_least: int = Field(default=0, ge=0, le=3, description="of cases only those so urgent")
    colleagues: tuple[str, ...] = Field(
        default=(), description="hand-overs and calls: only those to these people"
    )
    hours: str = Field(
        default="always", description="when it is told: a name under calendars in routing.yaml"
    )
    at_any_hour: tuple[Happening, ...] = Field(
        default=(), description="topics that do not wait for the hours"
    )
    digest: str = Field(
        default="",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$",
        description='what waits, once a day on which the hours open: "09:00"',
    )
    words: bool = Field(default=False, description="also queue, person and words; else numbers and links")

    @model_validator(mode="after")
    def _something(self) -> Notice:
        if not self.topics and not self.digest:
            raise ValueError("this receiver is told nothing; give it topics or a digest")
        if strange := sorted(set(self.at_any_hour) - set(self.topics)):
            raise ValueError(f'at_any_hour names "{strange[0]}", which is not under its topics')
        return self


class Telling(Strict):
    """desk.yaml, tell: who is told what happens to cases. Nobody, where it is left out."""

    webhooks: tuple[Webhook, ...] = Field(default=(), description="other systems, one after a dash each")
    notices: tuple[Notice, ...] = Field(default=(), description="people, one receiver after a dash each")

    @property
    def somebody(self) -> bool:
        """Whether anybody is told at all."""
        return bool(self.webhooks or self.notices)

    @property
    def names(self) -> list[str]:
        """Every receiver, by name."""
        return [*(hook.name for hook in self.webhooks), *(notice.name for notice in self.notices)]

    @model_validator(mode="after")
    def _apart(self) -> Telling:
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f'two receivers are named "{twice[0]}"; give each its own name')
        return self
