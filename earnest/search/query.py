"""The small, safe query language of the search box.

    router "no one called" -engineer        all of these, in any place; a phrase; not that word
    billing OR refund                       either
    (slow OR outage) brand:Larkspur         parentheses and fields
    bill*                                   the beginning of a word, at least three characters
    topic:billing date:[2026-11-01 TO 2026-11-08]   days, both included; also date:2026-11-01

luqum reads the grammar; what it found becomes our own tree, so that raw text never reaches an
engine. Regular expressions, fuzzy terms, boosts and leading wildcards are refused with a reason.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from luqum import tree as lucene
from luqum.exceptions import ParseError
from luqum.thread import parse as parse_lucene

from earnest.search.tokens import tokens
from earnest.search.tree import FIELDS, All, AnyOf, Between, Everything, Is, Node, Not, Words

LONGEST_QUERY = 1000
MOST_CLAUSES = 50
DEEPEST = 10
SHORTEST_PREFIX = 3

_LINK = re.compile(r'(?<!")\bhttps?://[^\s")]+')


class QueryError(ValueError):
    """The query could not be understood; the message is for the person who typed it."""


def parse(text: str) -> Node:
    """Read a query, or raise QueryError saying what to change."""
    text = text.strip()
    if not text:
        return Everything()
    if len(text) > LONGEST_QUERY:
        raise QueryError(f"The query is longer than {LONGEST_QUERY} characters. Shorten it.")
    if text.count('"') % 2:
        raise QueryError('A quotation mark is left open. Close the phrase with ".')
    try:
        found = parse_lucene(_quote_links(text))
    except ParseError as error:
        raise QueryError(_grammar_message(error)) from error
    return _Reader().read(found, 1)


def _quote_links(text: str) -> str:
    """Links hold ':' and '/', which the grammar would take for a field and a regular expression."""
    parts = text.split('"')
    for index in range(0, len(parts), 2):
        parts[index] = _LINK.sub(lambda match: f'"{match.group()}"', parts[index])
    return '"'.join(parts)


def _grammar_message(error: ParseError) -> str:
    where = re.search(r"at position (\d+)|unexpected '([^']*)'", str(error))
    near = f" near “{where.group(2)}”" if where and where.group(2) else ""
    return f"The query does not read{near}. Check parentheses, and that AND, OR and NOT stand between words."


class _Reader:
    """Turns luqum's tree into ours, counting clauses."""

    def __init__(self) -> None:
        self.clauses = 0

    def read(self, item: lucene.Item, depth: int, field: str | None = None) -> Node:
        if depth > DEEPEST:
            raise QueryError(f"Parentheses go deeper than {DEEPEST} levels. Make the query simpler.")
        if isinstance(item, (lucene.Group, lucene.FieldGroup)):
            return self.read(item.expr, depth + 1, field)
        if isinstance(item, lucene.OrOperation):
            return AnyOf(tuple(self.read(part, depth, field) for part in item.children))
        if isinstance(item, (lucene.AndOperation, lucene.UnknownOperation, lucene.BoolOperation)):
            return All(tuple(self.read(part, depth, field) for part in item.children))
        if isinstance(item, (lucene.Not, lucene.Prohibit)):
            return Not(self.read(item.a, depth + 1, field))
        if isinstance(item, lucene.Plus):
            return self.read(item.a, depth, field)
        if isinstance(item, lucene.SearchField):
            return self._search_field(item, depth)
        return self._leaf(item, field)

    def _search_field(self, item: lucene.SearchField, depth: int) -> Node:
        name = item.name.casefold()
        if name != "date" and name not in FIELDS:
            known = ", ".join([*FIELDS, "date"])
            raise QueryError(f"There is no field “{item.name}”. Known fields: {known}.")
        return self.read(item.expr, depth + 1, name)

    def _leaf(self, item: lucene.Item, field: str | None) -> Node:
        self.clauses += 1
        if self.clauses > MOST_CLAUSES:
            raise QueryError(f"The query has more than {MOST_CLAUSES} terms. Split it.")
        if field == "date":
            return _date(item)
        if isinstance(item, lucene.Phrase):
            return _words(item.value[1:-1], field, prefix=False)
        if isinstance(item, lucene.Word):
            return _word(item.value, field)
        raise QueryError(_REFUSED.get(type(item).__name__, "That kind of term is not known here."))


_REFUSED = {
    "Regex": "Regular expressions are not searched. Use words, phrases or a beginning such as bill*.",
    "Fuzzy": "Fuzzy terms (word~) are not searched. Write the other spelling with OR.",
    "Proximity": "Distance (“…”~5) is not searched. Use a phrase, or both words.",
    "Boost": "Boosts (word^2) are not used: results come newest first.",
    "Range": "Ranges work for dates: date:[2026-11-01 TO 2026-11-08].",
    "From": "Ranges work for dates: date:[2026-11-01 TO *].",
    "To": "Ranges work for dates: date:[* TO 2026-11-08].",
}


def _word(value: str, field: str | None) -> Node:
    value = re.sub(r"\\(.)", r"\1", value)
    if value == "*" and field is None:
        return Everything()
    prefix = value.endswith("*")
    body = value.removesuffix("*")
    if "*" in body or "?" in body:
        raise QueryError("A * may only end a word, such as bill*.")
    if prefix and len(body.lstrip("@#")) < SHORTEST_PREFIX:
        raise QueryError(f"A beginning needs at least {SHORTEST_PREFIX} characters before the *.")
    return _words(body, field, prefix=prefix)


def _words(value: str, field: str | None, *, prefix: bool) -> Node:
    if field is not None:
        return Is(field, value.strip().lstrip("@#").casefold(), prefix)
    found = tuple(tokens(value))
    if not found:
        raise QueryError(f"“{value}” holds nothing to search for. Use letters, digits or an emoji.")
    return Words(found, prefix)


def _date(item: lucene.Item) -> Between:
    if isinstance(item, lucene.Range):
        start = _day(item.low.value)
        end = _day(item.high.value)
        if start and not item.include_low:
            start += timedelta(days=1)
        if end and item.include_high:
            end += timedelta(days=1)
        if start and end and start >= end:
            raise QueryError("The date range ends before it begins.")
        return Between(start, end)
    if isinstance(item, (lucene.Word, lucene.Phrase)):
        day = _day(item.value.strip('"'))
        return Between(day, day + timedelta(days=1)) if day else Between(None, None)
    raise QueryError("A date is a day such as date:2026-11-01, or date:[2026-11-01 TO 2026-11-08].")


def _day(value: str) -> datetime | None:
    if value == "*":
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise QueryError(f"“{value}” is not a day. Write year-month-day, such as 2026-11-01.") from None
    if day >= date.max:
        raise QueryError(f"“{value}” is out of range.")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
