"""The naive home of the index: plain Python over a list, which the real homes must agree with."""

from __future__ import annotations

from collections.abc import Iterable

from earnest.search.document import Document
from earnest.search.query import parse
from earnest.search.tree import All, AnyOf, Between, Is, Node, Not, Words


def matches(node: Node, document: Document) -> bool:
    """Whether `document` is among the results of `node`, read word for word."""
    match node:
        case Words(found, prefix):
            return _words(found, prefix, document.token_text().split())
        case Is(field, value, prefix):
            held = document.keywords()[field]
            return any(word.startswith(value) if prefix else word == value for word in held)
        case Between(start, end):
            when = document.created_at
            return (start is None or when >= start) and (end is None or when < end)
        case All(parts):
            return all(matches(part, document) for part in parts)
        case AnyOf(parts):
            return any(matches(part, document) for part in parts)
        case Not(part):
            return not matches(part, document)
        case _:
            return True


def _words(wanted: tuple[str, ...], prefix: bool, held: list[str]) -> bool:
    alternatives = [wanted]
    if len(wanted) == 1 and wanted[0][0].isalnum():
        alternatives += [("@" + wanted[0],), ("#" + wanted[0],)]
    return any(_phrase_at(option, prefix, held, i) for option in alternatives for i in range(len(held)))


def _phrase_at(wanted: tuple[str, ...], prefix: bool, held: list[str], start: int) -> bool:
    piece = held[start : start + len(wanted)]
    if len(piece) < len(wanted) or tuple(piece[:-1]) != wanted[:-1]:
        return False
    return piece[-1].startswith(wanted[-1]) if prefix else piece[-1] == wanted[-1]


def expected(query: str, documents: Iterable[Document]) -> list[str]:
    """Ids of the results of `query`, newest first."""
    node = parse(query)
    found = [d for d in documents if matches(node, d)]
    return [d.id for d in sorted(found, key=lambda d: (d.created_at, d.id), reverse=True)]
