"""Archives in JSON: X API v2 lines and pages, compliance results, Reddit listings, and recorded exchanges.

A file is read line by line where every line is JSON, and whole where it is one document. What a line
holds is told by its shape, so one file may hold several kinds.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from earnest.importing_pieces import Opened, Piece, Unreadable
from listeners.listener import Clock
from listeners.post import SetAside
from listeners.reddit_read import is_listing, read_listing
from listeners.x_read import is_compliance, read_compliance, read_page

RAW_LIMIT = 64 * 1024
_DOCUMENT_LIMIT = 512 * 1024 * 1024


def read_json(opened: Opened) -> Iterator[Piece]:
    """A file of JSON lines, or one JSON document."""
    stream = opened.stream
    skipped, first = next(((number, line) for number, line in enumerate(stream) if line.strip()), (0, b""))
    try:
        json.loads(first)
    except ValueError:
        if first.lstrip()[:1] in (b"{", b"["):
            try:
                document = json.loads(first + stream.read(_DOCUMENT_LIMIT))
            except ValueError:
                pass  # neither one document nor one a line: the broken lines are set aside below
            else:
                yield from _document(document, opened)
                return
            stream.seek(0)
            skipped, first = -1, b""
    for number, line in enumerate(itertools.chain((first,), stream), skipped + 1):
        if number <= opened.skip or not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raw = line.decode("utf-8", "replace")[:RAW_LIMIT]
            yield Piece(number, set_aside=(_aside(raw, f"not JSON: {error}", opened.place(number)),))
            continue
        yield from _numbered(value, number, opened)


def read_recordings(opened: Opened) -> Iterator[Piece]:
    """Exchanges recorded by VCR as YAML."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(opened.stream.read(_DOCUMENT_LIMIT), Loader=loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise Unreadable(
            f"{opened.path}: not YAML: {error}", "only recorded exchanges are read from YAML"
        ) from None
    if not isinstance(document, Mapping) or not isinstance(document.get("interactions"), list):
        raise Unreadable(f"{opened.path}: no recorded exchanges in it", "export it as JSON lines or CSV")
    yield from _document(document, opened)


def _document(document: Any, opened: Opened) -> Iterator[Piece]:
    """One document: its exchanges one after another, or itself."""
    exchanges = document.get("interactions") if isinstance(document, Mapping) else None
    exchanges = exchanges if isinstance(exchanges, list) else None
    if exchanges is None and isinstance(document, list) and not is_listing(document):
        exchanges = document  # a plain list of posts or pages
    for number, one in enumerate([document] if exchanges is None else exchanges, 1):
        if number > opened.skip:
            yield from _numbered(one, number, opened)


def _numbered(value: Any, number: int, opened: Opened) -> Iterator[Piece]:
    """One record; a recorded file of one line holds many exchanges, which count as one record."""
    inside = value.get("interactions") if isinstance(value, Mapping) else None
    for one in inside if isinstance(inside, list) else [value]:
        yield read_value(one, number, opened.place(number), opened.clock)


def read_value(value: Any, number: int, place: str, clock: Clock) -> Piece:
    """One JSON value, told by its shape: a page or post of X, a listing of Reddit, a recorded exchange."""
    if isinstance(value, Mapping) and "request" in value and "response" in value:
        return _exchange(value, number, place, clock)
    now = clock()
    if isinstance(value, Mapping) and (pushed := _pushed(value)) is not None:
        value = pushed
    if is_listing(value):
        listing = read_listing(value, seen_at=now, place=place)
        return Piece(number, listing.posts, (), listing.deletions, listing.set_aside, listing.others)
    if isinstance(value, Mapping):
        if is_compliance(value):
            deletion = read_compliance(value, seen_at=now)
            return Piece(number, deletions=(deletion,)) if deletion else Piece(number, others=1)
        if _is_counts(value) or "access_token" in value:
            return Piece(number)
        page = _as_page(value)
        if page is not None:
            read = read_page(page, seen_at=now, place=place)
            return Piece(number, read.posts, read.context, read.deletions, read.set_aside)
    raw = json.dumps(value, ensure_ascii=False, default=str)[:RAW_LIMIT]
    return Piece(number, set_aside=(_aside(raw, "not a post, a page or a listing that is known", place),))


def _as_page(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A page of X, also from a single post with its author inside, as twarc flattens them."""
    if any(key in value for key in ("data", "includes", "errors")) and "kind" not in value:
        return value
    if "id" in value and "text" in value:
        author = value.get("author")
        users = [author] if isinstance(author, Mapping) else []
        return {"data": [value], "includes": {"users": users}}
    return None


def _is_counts(value: Mapping[str, Any]) -> bool:
    """Whether it is an answer of X's counts endpoint."""
    data = value.get("data")
    return (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(o, Mapping) and "tweet_count" in o for o in data)
    )


def _pushed(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A comment or submission without its wrapping, as public dumps of Reddit keep them."""
    if "kind" in value or "created_utc" not in value:
        return None
    kind = "t1" if "body" in value and "link_id" in value else "t3" if "title" in value else None
    if kind is None:
        return None
    made = value["created_utc"]
    return {"kind": kind, "data": {**value, "created_utc": float(made) if isinstance(made, str) else made}}


def _exchange(value: Mapping[str, Any], number: int, place: str, clock: Clock) -> Piece:
    """One recorded request with its answer."""
    request, response = value["request"], value["response"]
    uri = str(request.get("uri") or request.get("url") or "") if isinstance(request, Mapping) else ""
    where = f"{place} {uri.partition('?')[0]}".strip()
    try:
        status = response["status"]["code"]
        body = _body(response["body"])
        payload = json.loads(body) if body else None
    except (KeyError, TypeError, ValueError, OSError, zlib.error) as error:
        raw = json.dumps(value, ensure_ascii=False, default=str)[:RAW_LIMIT]
        why = f"a recorded exchange that cannot be read: {type(error).__name__}"
        return Piece(number, set_aside=(_aside(raw, why, where),))
    if not 200 <= status < 300 or payload is None:
        return Piece(number)
    return read_value(payload, number, where, clock)


def _body(body: Any) -> bytes:
    """The answer's bytes, unpacked: recorders keep them as they came, or decoded, or in base 64."""
    if isinstance(body, Mapping):
        held = body.get("string", body.get("base64_string"))
        packed = base64.b64decode(held) if "string" not in body and isinstance(held, str) else held
    else:
        packed = body
    raw = packed.encode() if isinstance(packed, str) else bytes(packed or b"")
    if raw[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(raw)
        except EOFError:  # a recorder that dropped the last bytes
            return zlib.decompressobj(wbits=31).decompress(raw)
    return raw


def _aside(raw: str, why: str, place: str) -> SetAside:
    return SetAside("import", raw, why, place)
