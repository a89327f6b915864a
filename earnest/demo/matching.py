"""The search languages of the world's networks: words, "phrases", OR, -not, (groups) and operators.

One small parser serves both: a dialect says what an operator such as from:somebody means, and whether
an unknown one is an error (X) or just words (Reddit).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Matcher = Callable[["Searchable"], bool]


class QueryFault(ValueError):
    """The query cannot be understood; the message says where."""


@dataclass(frozen=True, slots=True)
class Searchable:
    """A post as a search sees it. words: of the text, folded. flags: "is:retweet", "has:links" …

    fields: operator → the values that match it, folded ("from" → the author). field_words: operator →
    words, one after the other, to find phrases in ("url" → the words of the links).
    """

    words: tuple[str, ...]
    flags: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    field_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialect:
    """fields: operators whose value is compared. phrases: operators whose value is searched as words.

    flags: operators such as is:reply. needs_words: a query of weak operators only is a fault.
    strict: an unknown operator is a fault, and not just a word.
    """

    fields: frozenset[str]
    phrases: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    needs_words: bool = False
    strict: bool = False


X = Dialect(
    fields=frozenset({"from", "to", "@", "#", "lang", "conversation_id", "retweets_of"}),
    phrases=frozenset({"url"}),
    flags=frozenset({"is", "has"}),
    needs_words=True,
    strict=True,
)
REDDIT = Dialect(fields=frozenset({"author", "subreddit"}), phrases=frozenset({"title", "selftext"}))

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<or>OR\b) | (?P<and>AND\b) | (?P<not>-|NOT\b)
      | (?P<sign>[@\#])(?P<name>\w+)
      | (?P<op>[A-Za-z_]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s()"]+))
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)
_WEAK = frozenset({"is", "has", "lang"})


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text: small letters, no accents, split at whatever is no letter or digit."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(re.findall(r"[^\W_]+(?:_[^\W_]+)*", plain))


def compile_query(query: str, dialect: Dialect) -> Matcher:
    """The query as a function of a post. Raises QueryFault."""
    parser = _Parser(query, dialect)
    matcher = parser.either()
    if parser.ahead is not None:
        raise QueryFault(f"no viable alternative at character ')' (at position {parser.position})")
    if dialect.needs_words and not parser.strong:
        raise QueryFault("Rules must contain at least one positive, non-stopword clause")
    return matcher


class _Parser:
    """Recursive descent: either ← all (OR all)*, all ← one+, one ← -one | (either) | term."""

    def __init__(self, query: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._tokens = self._scan(query)
        self._place = 0
        self.strong = False

    def _scan(self, query: str) -> list[re.Match[str]]:
        tokens, at, end = [], 0, len(query.rstrip())
        while at < end:
            found = _TOKEN.match(query, at)
            if found is None:
                raise QueryFault(
                    f"extraneous input at character '{query[at:].strip()[:1]}' (at position {at})"
                )
            tokens.append(found)
            at = found.end()
        if not tokens:
            raise QueryFault("query must be a non-empty string")
        return tokens

    @property
    def ahead(self) -> re.Match[str] | None:
        """The next token."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    @property
    def position(self) -> int:
        """Where the next token stands, from 1."""
        return self.ahead.end() if self.ahead else self._tokens[-1].end() + 1

    def either(self) -> Matcher:
        options = [self._all()]
        while self.ahead is not None and self.ahead["or"]:
            self._place += 1
            options.append(self._all())
        return options[0] if len(options) == 1 else _any(options)

    def _all(self) -> Matcher:
        parts = []
        while self.ahead is not None and not self.ahead["or"] and not self.ahead["close"]:
            if self.ahead["and"]:
                self._place += 1
                continue
            parts.append(self._one(positive=True))
        if not parts:
            raise QueryFault(f"no viable alternative at position {self.position}")
        return parts[0] if len(parts) == 1 else _every(parts)

    def _one(self, *, positive: bool) -> Matcher:
        token = self.ahead
        if token is None or token["close"] or token["or"]:
            raise QueryFault(f"no viable alternative at position {self.position}")
        self._place += 1
        if token["not"]:
            return _not(self._one(positive=False))
        if token["open"]:
            inside = self.either()
            if self.ahead is None or not self.ahead["close"]:
                raise QueryFault(f"missing ')' at position {self.position}")
            self._place += 1
            return inside
        operator = token["sign"] or (token["op"] or "").lower()
        self.strong |= positive and operator not in _WEAK
        return self._term(token, operator)

    def _term(self, token: re.Match[str], operator: str) -> Matcher:
        dialect = self._dialect
        value = token["name"] or token["quoted"] or token["value"] or ""
        if operator in dialect.fields:
            folded = value.lstrip("@").casefold()
            return lambda post: folded in post.fields.get(operator, frozenset())
        if operator in dialect.flags:
            flag = f"{operator}:{value.casefold()}"
            return lambda post: flag in post.flags
        if operator in dialect.phrases:
            wanted = words_of(value)
            return lambda post: _holds(post.field_words.get(operator, ()), wanted)
        if operator and operator not in "@#" and dialect.strict:
            raise QueryFault(f"Reference to invalid operator '{operator}' (at position {token.start() + 1})")
        text = token["phrase"] if token["phrase"] is not None else token[0].strip()
        wanted = words_of(text)
        if not wanted:
            raise QueryFault(f"a phrase without words (at position {token.start() + 1})")
        return lambda post: _holds(post.words, wanted)


def _any(options: Sequence[Matcher]) -> Matcher:
    return lambda post: any(option(post) for option in options)


def _every(parts: Sequence[Matcher]) -> Matcher:
    return lambda post: all(part(post) for part in parts)


def _not(part: Matcher) -> Matcher:
    return lambda post: not part(post)


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether `wanted` stands in `words`, one after the other."""
    size = len(wanted)
    return any(tuple(words[at : at + size]) == tuple(wanted) for at in range(len(words) - size + 1))
