"""The desk's labels: what people said of posts, as a set with a version that a model can learn from.

Whether a post is a complaint follows from what was said of it last. Reasons that tell nothing of the words
("already solved", "not about us") are handed out and not learnt from. A set's version is the hash of what
it says, so that the same labels always have the same name.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from earnest.ledger.judgements import SOLVED, Said
from nlp.labelled import BadFile, Labelled, read_labelled
from nlp.mention import Severity
from nlp.reading import Reading

COMPLAINT: Final = frozenset({"complaint", SOLVED})
NO_COMPLAINT: Final = frozenset({"none", "praise", "spam"})
SEVERITY, TOPIC = "severity:", "topic"
"""Labels that correct a judgement: "severity:2"; "topic:billing" or "topics:billing,staff"."""
COLUMNS: Final = (
    "tweet",
    "label",
    "severity",
    "domain",
    "said",
    "topics",
    "source",
    "post_id",
    "at",
    "model",
)
"""Of the CSV. The first four are those that `earnest evaluate` and `earnest train` read."""


@dataclass(frozen=True, slots=True)
class DeskLabel:
    """What stands of one post's mention of a brand, after everything that was said of it.

    complaint: None where nothing said whether it is one. said: the last word on that, as stored. model: the
    version that had judged the post when it was first spoken of.
    """

    source: str
    post_id: str
    brand: str
    text: str
    complaint: bool | None
    said: str
    severity: int | None
    topics: tuple[str, ...]
    readable: bool
    model: str
    at: datetime

    @property
    def teaches(self) -> bool:
        """Whether the complaint model can learn from it."""
        return self.complaint is not None and self.readable and bool(self.text.strip())

    def labelled(self) -> Labelled:
        """As training reads it."""
        level = Severity(self.severity) if self.severity and self.complaint else None
        return Labelled(self.text, bool(self.complaint), level, self.brand or None)


def settled(every: Iterable[Said]) -> list[DeskLabel]:
    """One label per mention, in the order of (source, post, brand); `every` is oldest first."""
    by_mention: dict[tuple[str, str, str], list[Said]] = {}
    for one in every:
        by_mention.setdefault((one.source, one.post_id, one.brand), []).append(one)
    return [_settle(several) for _, several in sorted(by_mention.items())]


def _settle(several: Sequence[Said]) -> DeskLabel:
    complaint: bool | None = None
    severity: int | None = None
    topics: tuple[str, ...] = ()
    word = several[-1].what
    for one in several:
        name, _, value = one.what.partition(":")
        if one.what in COMPLAINT | NO_COMPLAINT:
            complaint, word = one.what in COMPLAINT, one.what
        elif one.what.startswith(SEVERITY) and value.isdigit() and int(value) <= max(Severity):
            severity, complaint, word = int(value), int(value) > 0, one.what
        elif name.startswith(TOPIC) and value:
            topics = tuple(sorted(topic.strip() for topic in value.split(",") if topic.strip()))
        else:
            complaint, word = None, one.what
    last = several[-1]
    return DeskLabel(
        source=last.source,
        post_id=last.post_id,
        brand=last.brand,
        text=Reading(last.title, last.text).text,
        complaint=complaint,
        said=word,
        severity=severity,
        topics=topics,
        readable=last.readable,
        model=several[0].model,
        at=last.at,
    )


def version(labels: Sequence[DeskLabel]) -> str:
    """Twelve hex digits that name what the labels say, whoever said it and whenever it was handed out."""
    digest = hashlib.sha256()
    for one in labels:
        told = [
            one.source,
            one.post_id,
            one.brand,
            one.text,
            one.complaint,
            one.severity,
            one.topics,
            one.said,
        ]
        digest.update(json.dumps(told).encode() + b"\n")
    return digest.hexdigest()[:12]


def summary(labels: Sequence[DeskLabel]) -> dict[str, Any]:
    """How many, of what sort, since when, and by which model the posts had been judged."""
    teaching = [one for one in labels if one.teaches]
    return {
        "labels": len(labels),
        "version": version(labels),
        "learnt_from": len(teaching),
        "complaints": sum(one.complaint is True for one in teaching),
        "no_complaints": sum(one.complaint is False for one in teaching),
        "first": min((one.at for one in labels), default=None),
        "last": max((one.at for one in labels), default=None),
        "said": dict(Counter(one.said for one in labels).most_common()),
        "severities": sum(one.severity is not None for one in labels),
        "topics": sum(bool(one.topics) for one in labels),
        "models": dict(Counter(one.model or "none" for one in labels).most_common()),
    }


def write(labels: Sequence[DeskLabel], file: Path) -> int:
    """Write to `file`, readable by its owner only; how many were written.

    .jsonl: every label, after a line that names the set. Otherwise CSV: those that a model can learn from.
    """
    whole = file.suffix.lower() in {".jsonl", ".ndjson"}
    kept = [one for one in labels if whole or one.teaches]
    part = file.with_name(f".{file.name}.part")
    part.touch(mode=0o600)
    with part.open("w", encoding="utf-8", newline="") as lines:
        if whole:
            head = {"version": version(labels), "labels": len(labels)}
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in (head, *map(_row, kept)))
        else:
            table = csv.DictWriter(lines, COLUMNS)
            table.writeheader()
            table.writerows(_row(one) | {"topics": ",".join(one.topics)} for one in kept)
    part.replace(file)
    return len(kept)


def _row(one: DeskLabel) -> dict[str, Any]:
    return {
        "tweet": one.text,
        "label": None if one.complaint is None else int(one.complaint),
        "severity": one.severity if one.complaint and one.severity else None,
        "domain": one.brand,
        "said": one.said,
        "topics": list(one.topics),
        "source": one.source,
        "post_id": one.post_id,
        "at": one.at.isoformat(timespec="seconds"),
        "model": one.model,
    }


def read(file: Path) -> Iterator[tuple[tuple[str, str], Labelled]]:
    """The posts of a CSV that was handed out, each with (source, id), empty where it names none.

    Raises nlp.labelled.BadFile.
    """
    posts = read_labelled(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if len(rows) != len(posts):
        raise BadFile(f"{file}: changed while it was read")
    for row, post in zip(rows, posts, strict=True):
        yield ((row.get("source") or "", row.get("post_id") or ""), post)
