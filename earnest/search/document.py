"""What the mentions index holds: one document per (post, brand)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from earnest.search.tokens import document_tokens, tokens
from routing.case import OPEN as OPEN_STATES

OPEN = frozenset(state.value for state in OPEN_STATES)

_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class Document:
    """One mention as analysts find it. Times are UTC.

    version: grows with every change of the mention or its case; an older version never replaces a
    newer one. author: the handle. complaint: probability, None where no model read it. severity: the
    level's name in lower case. urgency: 0 to 3. status: the case's state where there is a case, else
    dismissed or unrouted. echoes: reposts and near-copies.
    """

    source: str
    post_id: str
    brand: str
    version: int
    text: str
    created_at: datetime
    title: str = ""
    url: str = ""
    author: str = ""
    author_name: str = ""
    language: str = "und"
    topics: tuple[str, ...] = ()
    severity: str = "none"
    urgency: int = 0
    complaint: float | None = None
    is_complaint: bool = False
    own_voice: bool = False
    kind: str = "post"
    echoes: int = 0
    status: str = "unrouted"
    queue: str = ""
    priority: int = 0
    case_id: int | None = None

    @property
    def id(self) -> str:
        """The stable name of the document in every home."""
        return document_id(self.source, self.post_id, self.brand)

    def keywords(self) -> dict[str, tuple[str, ...]]:
        """Field → case-folded values, for every field of the query language but `date`."""
        found = tokens(f"{self.title} {self.text}")
        values: dict[str, tuple[str, ...]] = {
            "brand": (self.brand,),
            "source": (self.source,),
            "author": (self.author,),
            "lang": (self.language,),
            "topic": self.topics,
            "severity": (self.severity,),
            "status": (self.status, *(("open",) if self.status in OPEN else ())),
            "queue": (self.queue,),
            "complaint": ("yes" if self.is_complaint else "no",),
            "handle": tuple(dict.fromkeys(t[1:] for t in found if t.startswith("@"))),
            "tag": tuple(dict.fromkeys(t[1:] for t in found if t.startswith("#"))),
            "domain": _domains(self.text),
        }
        return {
            field: tuple(word.strip().casefold() for word in words if word.strip())
            for field, words in values.items()
        }

    def token_text(self) -> str:
        """The searchable tokens, joined by spaces."""
        return document_tokens(self.title, self.text)

    def stored(self) -> dict[str, Any]:
        """What a result shows, as plain JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return values | {"created_at": self.created_at.isoformat(), "topics": list(self.topics)}

    @classmethod
    def from_stored(cls, values: dict[str, Any]) -> Document:
        """Read what `stored` wrote; keys that a newer version added are passed over."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        known["created_at"] = datetime.fromisoformat(known["created_at"]).astimezone(UTC)
        known["topics"] = tuple(known.get("topics", ()))
        return cls(**known)


def document_id(source: str, post_id: str, brand: str) -> str:
    """The name of a mention in search: stable, and of one length whatever the network's ids are."""
    named = "\x00".join((source, post_id, brand)).encode("utf-8", "replace")
    return hashlib.blake2b(named, digest_size=16).hexdigest()


def _domains(text: str) -> tuple[str, ...]:
    hosts: dict[str, None] = {}
    for match in _LINK.finditer(text):
        try:
            host = urlsplit(match.group()).hostname
        except ValueError:  # a link as people mistype it, such as http://[oops
            continue
        if host:
            hosts[host.removeprefix("www.")] = None
    return tuple(hosts)
