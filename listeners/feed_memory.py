"""What is remembered of a feed between two polls: its cursor, as small versioned JSON.

A feed has no cursor of its own. What stands for one is the pair of validators (ETag,
Last-Modified) and the fingerprints of the entries seen; both are committed with the entries, so a
crash before the commit makes the feed be read again and never lets a 304 hide what was lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from listeners.http import Answer
from listeners.listener import State

VERSION = 1
_REMEMBER = 1000
_AT_MOST = 20_000  # about a megabyte; entries beyond it come again and are stored once
_HEADER_LIMIT = 1000


@dataclass(slots=True)
class Seen:
    """An entry as it last was.

    revision: fingerprint of its content. since: when it was first met, kept only where its own date
    is no use. edits: how often it changed, so that words taken back make a revision of their own.
    """

    revision: str
    since: datetime | None = None
    edits: int = 0


@dataclass(slots=True)
class Memory:
    """The state of one feed, read and written whole.

    url: where the feed lives now ("" until it moved for good). etag, modified: validators of the
    last whole answer, sent only to `asked`, the address that gave them. digest: of its body.
    whole_at: when that was. newest: the latest entry time met. pace, ttl: seconds between entries,
    and between polls as the feed wishes. ambiguous: fingerprints of native ids that several entries
    share. seen: by fingerprint, the longest untouched first.
    """

    url: str = ""
    asked: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    whole_at: datetime | None = None
    newest: datetime | None = None
    pace: float | None = None
    ttl: float | None = None
    ambiguous: set[str] = field(default_factory=set)
    seen: dict[str, Seen] = field(default_factory=dict)

    @classmethod
    def load(cls, state: State) -> Memory:
        """Read a stored state; {} or one of a version unknown here begins anew."""
        if state.get("v") != VERSION:
            return cls()
        return cls(
            url=state.get("url", ""),
            asked=state.get("asked", ""),
            etag=state.get("etag", ""),
            modified=state.get("modified", ""),
            digest=state.get("digest", ""),
            whole_at=_time(state.get("whole_at")),
            newest=_time(state.get("newest")),
            pace=state.get("pace"),
            ttl=state.get("ttl"),
            ambiguous=set(state.get("ambiguous", ())),
            seen={key: Seen(rev, _time(at), edits) for key, rev, at, edits in state.get("seen", ())},
        )

    def dump(self, *, next_poll: datetime) -> State:
        """The state to commit. next_poll: when the feed is due again, for people and schedulers."""
        state: dict[str, Any] = {
            "v": VERSION,
            "url": self.url,
            "asked": self.asked,
            "etag": self.etag[:_HEADER_LIMIT],
            "modified": self.modified[:_HEADER_LIMIT],
            "digest": self.digest,
            "whole_at": _seconds(self.whole_at),
            "newest": _seconds(self.newest),
            "pace": self.pace,
            "ttl": self.ttl,
            "ambiguous": sorted(self.ambiguous),
            "seen": [[key, it.revision, _seconds(it.since), it.edits] for key, it in self.seen.items()],
            "next_poll": next_poll.isoformat(),
        }
        return {key: value for key, value in state.items() if value or key == "v"}

    def knows(self, answer: Answer) -> bool:
        """Whether this is, byte by byte, the last whole answer again (many servers send no ETag)."""
        return fingerprint(answer.body) == self.digest

    def remember(self, answer: Answer, *, asked: str, now: datetime) -> None:
        """Keep the validators of a whole answer that was read to its end; asked: its address."""
        self.asked, self.digest, self.whole_at = asked, fingerprint(answer.body), now
        self.etag = answer.headers.get("etag", "")
        self.modified = answer.headers.get("last-modified", "")

    def touch(self, key: str, revision: str, *, since: datetime | None = None) -> Seen:
        """Remember an entry as the one met last."""
        known = self.seen.pop(key, None)
        edits = 0 if known is None else known.edits + (known.revision != revision)
        self.seen[key] = Seen(revision, since, edits)
        return self.seen[key]

    def forget_old(self, present: Sequence[str]) -> None:
        """Keep the entries of the last answer and some that left it: they may come back.

        present: their fingerprints, the newest first; of too many the newest are kept.
        """
        here = {key: self.seen.pop(key) for key in reversed(present) if key in self.seen}
        left = list(self.seen.items())[-_REMEMBER:]
        self.seen = dict([*left, *here.items()][-_AT_MOST:])


def fingerprint(*parts: str | bytes) -> str:
    """Sixteen hex digits that stand for the parts, in their order."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()


def _time(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(float(value), UTC)


def _seconds(when: datetime | None) -> float | None:
    return None if when is None else when.timestamp()
