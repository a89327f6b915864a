"""Labelled posts from CSV: the form that training, evaluation and the desk's labels share.

Columns: `tweet`, `label` (1 complaint, 0 not); if there, `severity` (0 to 4, or empty) and `domain`.
Other columns are left alone.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.mention import Severity

_LONGEST_FIELD = 10_000_000  # characters; csv's own limit is less than one long article


class BadFile(ValueError):
    """A file of labelled posts that cannot be read; the message names the line and the column."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One post and what people said of it. severity and domain are None where the file is silent."""

    text: str
    complaint: bool
    severity: Severity | None = None
    domain: str | None = None


def read_labelled(path: Path) -> list[Labelled]:
    """The posts of `path`, in order. Raises BadFile."""
    csv.field_size_limit(min(sys.maxsize, _LONGEST_FIELD))
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            posts = list(_rows(path, lines))
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except IsADirectoryError:
        raise BadFile(f"{path}: is a folder, not a CSV file") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    if not posts:
        raise BadFile(f"{path}: no rows under the heading")
    return posts


def _rows(path: Path, lines: Iterator[str]) -> Iterator[Labelled]:
    reader = csv.DictReader(lines, strict=True)
    try:
        columns = reader.fieldnames or []
        missing = [name for name in ("tweet", "label") if name not in columns]
        if missing:
            there = ", ".join(map(repr, columns)) or "nothing"
            raise BadFile(f"{path}, line 1: no column {missing[0]!r}; the heading has {there}")
        for row in reader:
            yield _post(f"{path}, line {reader.line_num}", row)
    except csv.Error as error:
        raise BadFile(f"{path}, line {reader.line_num}: not CSV ({error})") from None


def _post(place: str, row: dict[str, str | None]) -> Labelled:
    if None in row:
        raise BadFile(f"{place}: more fields than the heading has columns; quote texts that hold a comma")
    if row["tweet"] is None or row["label"] is None:
        raise BadFile(f"{place}, column 'label': the row ends before it")
    label = row["label"].strip()
    if label not in {"0", "1"}:
        raise BadFile(f"{place}, column 'label': {label[:40]!r} is neither 1 (complaint) nor 0")
    level = (row.get("severity") or "").strip()
    if level and level not in {"0", "1", "2", "3", "4"}:
        raise BadFile(f"{place}, column 'severity': {level[:40]!r} is not one of 0, 1, 2, 3, 4")
    if level and (level != "0") != (label == "1"):
        raise BadFile(f"{place}, column 'severity': {level} does not go with label {label}")
    return Labelled(
        text=row["tweet"],
        complaint=label == "1",
        severity=Severity(int(level)) if level else None,
        domain=(row.get("domain") or "").strip() or None,
    )


def has_severity(posts: Sequence[Labelled]) -> bool:
    """Whether any complaint among `posts` carries a level."""
    return any(post.complaint and post.severity for post in posts)
