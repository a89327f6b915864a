"""From a query's tree to what SQLite answers: one FTS5 expression and a range of rows, where that will do.

Fields are tokens too (`=status=open`), so that whatever has no dates inside brackets is one expression:
FTS5 then goes through its lists together, newest first, and stops after a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from earnest.search.tree import All, Between, Everything, Is, Node, Not, Words

EVERY = "=all"
"""The token that every document has."""

ROOM = 1 << 21
"""Row numbers to a millisecond."""
FURTHEST = (1 << 42) - 2
"""Milliseconds from 1970, either way: to 2109. What claims to be older or newer shares the last one."""


def place(when: datetime) -> int:
    """The first row number for documents of this moment's millisecond."""
    since = when.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    milliseconds = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return max(-FURTHEST, min(milliseconds, FURTHEST)) * ROOM


def keyword(name: str, value: str) -> str:
    """The token of a field's value; no word of a text looks like one."""
    return re.sub(r"\s", "␠", f"={name}={value}")


@dataclass(slots=True)
class Plan:
    """match: for FTS5, "" where every row is looked at. low, high: row numbers, high exclusive.

    rest: what is left as a condition on `d.number`, with its values.
    """

    match: str = ""
    low: int | None = None
    high: int | None = None
    rest: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def narrow(self, part: Between) -> None:
        """Only what was written then."""
        if part.start is not None:
            low = place(part.start)
            self.low = low if self.low is None else max(self.low, low)
        if part.end is not None:
            high = place(part.end)
            self.high = high if self.high is None else min(self.high, high)


def plan(node: Node) -> Plan:
    """How to find what a query means."""
    made = Plan()
    parts = node.parts if isinstance(node, All) else (node,)
    others: list[Node] = []
    for part in parts:
        if isinstance(part, Between):
            made.narrow(part)
        elif not isinstance(part, Everything):
            others.append(part)
    if others:
        together: Node = All(tuple(others)) if len(others) > 1 else others[0]
        expression = _expression(together)
        if expression is None:
            made.rest = _condition(together, made.values)
        else:
            made.match = expression
    return made


def _expression(node: Node) -> str | None:
    """One FTS5 expression; None where there is a date in it."""
    match node:
        case Words():
            return _phrase(node)
        case Is():
            return _quoted(keyword(node.field, node.value)) + (" *" if node.prefix else "")
        case Between():
            return None
        case Everything():
            return _quoted(EVERY)
        case Not():
            part = _expression(node.part)
            return None if part is None else f"{_quoted(EVERY)} NOT ({part})"
    parts = [(isinstance(p, Not), _expression(p.part if isinstance(p, Not) else p)) for p in node.parts]
    told = [(turned, expression) for turned, expression in parts if expression is not None]
    if len(told) < len(parts):
        return None
    if not isinstance(node, All):
        return " OR ".join(f"({_quoted(EVERY)} NOT ({e}))" if turned else f"({e})" for turned, e in told)
    wanted = [f"({e})" for turned, e in told if not turned] or [_quoted(EVERY)]
    return " NOT ".join([f"({' AND '.join(wanted)})", *(f"({e})" for turned, e in told if turned)])


def _condition(node: Node, values: dict[str, Any]) -> str:
    """The same as SQL over `d.number`, for trees with dates inside."""
    expression = _expression(node)
    if expression is not None:
        name = f"v{len(values)}"
        values[name] = expression
        return f"d.number IN (SELECT rowid FROM mention_tokens WHERE mention_tokens MATCH :{name})"  # noqa: S608 (a name)
    if isinstance(node, Not):
        return f"NOT ({_condition(node.part, values)})"
    if isinstance(node, Between):
        ends = ((">=", node.start), ("<", node.end))
        return " AND ".join(f"d.number {sign} {place(end)}" for sign, end in ends if end is not None) or "1"
    assert not isinstance(node, (Words, Is, Everything))
    word = " AND " if isinstance(node, All) else " OR "
    return word.join(f"({_condition(part, values)})" for part in node.parts)


def _phrase(node: Words) -> str:
    """A plain word is also found as a handle and as a hashtag."""
    words = _quoted(" ".join(node.tokens))
    star = " *" if node.prefix else ""
    if len(node.tokens) > 1 or not node.tokens[0][0].isalnum():
        return words + star
    return " OR ".join(f"{_quoted(sign + node.tokens[0])}{star}" for sign in ("", "@", "#"))


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'
