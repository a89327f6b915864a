"""Posts from CSV: which column holds what is told by a map, a preset, or the columns' own names."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from earnest.importing_pieces import Opened, Piece, Unreadable
from listeners.post import Author, Kind, Post, SetAside
from listeners.x_read import unescape

_PIECE = 200  # rows to a piece
_FIELD_LIMIT = 1024 * 1024
_RAW_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; "" where there is none. Only the text is needed."""

    text: str = ""
    id: str = ""
    created_at: str = ""
    author: str = ""
    author_id: str = ""
    author_name: str = ""
    parent_id: str = ""
    conversation_id: str = ""
    url: str = ""
    title: str = ""
    language: str = ""

    @classmethod
    def parse(cls, written: str) -> Columns:
        """From `text=tweet,id=tweet_id`. Raises Unreadable for a name that is not known."""
        known = [field.name for field in fields(cls)]
        found: dict[str, str] = {}
        for part in filter(str.strip, written.split(",")):
            name, equals, column = (piece.strip() for piece in part.partition("="))
            if not equals or not column:
                raise Unreadable(
                    f"--map {part.strip()!r} is not name=column", "write it as text=tweet,id=tweet_id"
                )
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                mend = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise Unreadable(f"--map does not know {name!r}", mend)
            found[name] = column
        return cls(**found)


@dataclass(frozen=True, slots=True)
class _Table:
    """How to read the rows of one file.

    collection: put before ids that no network gave; collections number their posts anew, and tables
    with the same columns are taken for one. undated: the time of rows where no column holds one.
    """

    columns: Columns
    source: str
    collection: str
    undated: datetime


# Ids that X or Reddit gave: the same post heard on the network is the same post here.
_NETWORKS_OWN = re.compile(r"\d{11,20}|t[13]_[a-z0-9]+")

# The columns of the public "Customer Support on Twitter" collection.
_TWCS = Columns(
    text="text",
    id="tweet_id",
    created_at="created_at",
    author="author_id",
    parent_id="in_response_to_tweet_id",
)
_TWCS_HEADER = {"tweet_id", "author_id", "inbound", "created_at", "text", "in_response_to_tweet_id"}

_SYNONYMS: Mapping[str, Sequence[str]] = {
    "text": ("text", "full_text", "tweet", "body", "content", "message", "comment"),
    "id": ("id", "tweet_id", "post_id", "status_id", "id_str"),
    "created_at": ("created_at", "date", "time", "timestamp", "created", "published"),
    "author": ("author", "username", "screen_name", "handle", "user"),
    "author_id": ("author_id", "user_id"),
    "author_name": ("author_name", "name", "display_name"),
    "parent_id": ("parent_id", "in_reply_to_id", "in_response_to_tweet_id", "in_reply_to_status_id"),
    "conversation_id": ("conversation_id", "thread_id"),
    "url": ("url", "link", "permalink"),
    "title": ("title", "subject", "headline"),
    "language": ("language", "lang"),
}


def read_csv(opened: Opened, columns: Columns | None, source: str) -> Iterator[Piece]:
    """Rows as posts of `source`, in pieces. Raises Unreadable where no column can be the text."""
    # Bytes that are no UTF-8 pass through as surrogates and are settled row by row.
    text = io.TextIOWrapper(opened.stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _read(text, opened, columns, source)
    finally:
        text.detach()  # whoever opened the file closes it


def _read(text: io.TextIOWrapper, opened: Opened, columns: Columns | None, source: str) -> Iterator[Piece]:
    header_line = text.readline()
    if not header_line.strip():
        return
    delimiter = max(",;\t|", key=header_line.count)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    chosen = _columns(columns, header, opened)
    marks = hashlib.blake2s(header_line.encode("utf-8", "replace"), digest_size=4).hexdigest()
    changed = datetime.fromtimestamp(opened.path.stat().st_mtime, tz=UTC).replace(microsecond=0)
    table = _Table(chosen, source, "twcs" if chosen is _TWCS else marks, changed)
    posts: list[Post] = []
    aside: list[SetAside] = []
    record = 0
    for record, (line, row, broken) in enumerate(_rows(text, delimiter), 1):
        if record <= opened.skip or (not row and not broken):
            continue
        try:
            if broken or len(row) != len(header):
                raise ValueError(broken or f"{len(row)} columns instead of {len(header)}")
            cells = {name: _settled(cell) for name, cell in zip(header, row, strict=True)}
            posts.append(_post(cells, table, line))
        except (ValueError, OverflowError) as error:
            raw = _settled(delimiter.join(row))[:_RAW_LIMIT]
            aside.append(SetAside(source, raw, str(error), opened.place(line)))
        if len(posts) + len(aside) >= _PIECE:
            yield Piece(record, tuple(posts), set_aside=tuple(aside))
            posts, aside = [], []
    if posts or aside:
        yield Piece(record, tuple(posts), set_aside=tuple(aside))


def _rows(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Each row with the line it begins in (the header is line 1), and what the parser has against it."""
    csv.field_size_limit(_FIELD_LIMIT)
    rows = csv.reader(text, delimiter=delimiter)
    while True:
        line = rows.line_num + 2
        try:
            yield line, next(rows), ""
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], str(error)


def _columns(given: Columns | None, header: Sequence[str], opened: Opened) -> Columns:
    """The map to use, checked against the header."""
    if given is None and set(header) >= _TWCS_HEADER:
        return _TWCS
    lower = {name.casefold(): name for name in header}
    found = {
        field: next((lower[name] for name in names if name in lower), "")
        for field, names in _SYNONYMS.items()
    }
    chosen = Columns(**found) if given is None else given
    have = f"its columns are {', '.join(header)[:120]}"
    if not chosen.text:
        raise Unreadable(
            f"{opened.path}: no column is known to hold the text", f"name it with --map text=…; {have}"
        )
    for field in fields(chosen):
        column = getattr(chosen, field.name)
        if column and column not in header:
            near = difflib.get_close_matches(column, header, 1)
            mend = f"did you mean {near[0]!r}?" if near else have
            raise Unreadable(f"{opened.path}: no column is called {column!r} (--map {field.name}=…)", mend)
    return chosen


def _post(cells: Mapping[str, str], table: _Table, line: int) -> Post:
    at = table.columns

    def named(column: str) -> str:
        own = _whole(cell(column))
        return own if not own or _NETWORKS_OWN.fullmatch(own) else f"{table.collection}-{own}"

    def cell(column: str) -> str:
        return cells[column].strip() if column else ""

    words = cells[at.text]
    if not words.strip():
        raise ValueError("no text")
    if at is _TWCS:
        words = unescape(words)
    handle, author_id = cell(at.author).lstrip("@"), _whole(cell(at.author_id))
    if at.id and not cell(at.id):
        raise ValueError("no id")
    parent = named(at.parent_id)
    digest = hashlib.blake2s(words.encode(), digest_size=8).hexdigest()
    return Post(
        source=table.source,
        id=named(at.id) or f"{table.collection}-{line}-{digest}",
        kind=Kind.REPLY if parent else Kind.POST,
        text=words,
        created_at=_time(cell(at.created_at)) if at.created_at else table.undated,
        author=Author(author_id or handle, handle, cell(at.author_name)) if author_id or handle else None,
        revision=digest,
        url=cell(at.url),
        title=cell(at.title),
        language=cell(at.language) or None,
        conversation_id=named(at.conversation_id) or None,
        parent_id=parent or None,
    )


def _whole(number: str) -> str:
    """`3.0`, as tables write ids once some are missing, is 3."""
    return number[:-2] if number.endswith(".0") and number[:-2].isdigit() else number


def _time(written: str) -> datetime:
    """ISO 8601, X's older format, RFC 2822, or seconds since 1970. A time without a zone is UTC."""
    if not written:
        raise ValueError("no time")
    if written.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(written), tz=UTC)
    for read in (datetime.fromisoformat, _old_time, parsedate_to_datetime):
        try:
            when = read(written)
        except ValueError:
            continue
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    raise ValueError(f"not a time: {written[:40]!r}")


def _old_time(written: str) -> datetime:
    return datetime.strptime(written, "%a %b %d %H:%M:%S %z %Y")


def _settled(cell: str) -> str:
    """A cell whose bytes are no UTF-8 is read as Windows-1252, which is what such files nearly always are."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return cell
