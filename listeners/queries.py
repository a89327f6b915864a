"""From brands as people write them to the queries the networks understand.

A query casts the net a little wider than the brand finder, never narrower: what it leaves out nobody
would ever see. So `none:` and `with:` words bind only names, as they do in the finder; a handle, a
hashtag or a web address is meant whatever stands around it.

Misspelt names are asked for where a query has room for them (listeners/slips.py), never by one more.
They are no part of what names the query in the ledger, so a cursor outlives any change of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from listeners.brand import Brand
from listeners.listener import Refused
from listeners.slips import slips

REDDIT_LIMIT = 512

_PLAIN = re.compile(r"\w+")
_OPERATORS = {"or", "and", "not"}


@dataclass(frozen=True, slots=True)
class Query:
    """One query in a network's words, and the brands it listens for.

    text: names it; the stored cursor hangs on it. asked: what the network is sent, which is the text
    or that and misspelt names.
    """

    text: str
    brands: tuple[str, ...]
    asked: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a query: alternatives of one brand, and the accounts to leave out with them."""

    brand: str
    terms: tuple[str, ...]
    without: tuple[str, ...]


def chosen(brands: Sequence[Brand], names: Sequence[str]) -> tuple[Brand, ...]:
    """The brands a source names, or all where it names none. Raises Refused for a name that is not there."""
    if not names:
        return tuple(brands)
    known = {brand.name.casefold(): brand for brand in brands}
    missing = [name for name in names if name.casefold() not in known]
    if missing:
        raise Refused(f"no brand is named {missing[0]!r} in brands.yaml; add it, or mend the source's brands")
    return tuple(known[name.casefold()] for name in names)


def x_queries(brands: Iterable[Brand], *, limit: int = 512) -> tuple[Query, ...]:
    """As few queries for X's recent search as the brands fit into, each of at most `limit` characters.

    Reposts and the brands' own accounts are left out.
    """
    brands = tuple(brands)
    pieces = [piece for brand in brands for piece in _cut(brand, _x_terms(brand), "x", _x_render, limit)]
    return _fill(_pack(pieces, _x_render, limit), _slips(brands, _x_slip), _x_render, limit)


def x_own_answers(brands: Iterable[Brand], *, limit: int = 512) -> tuple[Query, ...]:
    """Queries for what the brands' own accounts answer on X, of at most `limit` characters each.

    The other queries leave these accounts out. Only answers are asked for: the brand's own news help nobody.
    """
    queries: list[Query] = []
    accounts: list[str] = []
    named: list[str] = []
    pairs: dict[str, tuple[str, str]] = {}
    for one in brands:
        for account in one.own_accounts.get("x", ()):
            pairs.setdefault(account.casefold(), (account, one.name))
    for account, brand in pairs.values():
        if accounts and len(_answers_of([*accounts, account])) > limit:
            queries.append(Query(text := _answers_of(accounts), tuple(named), text))
            accounts, named = [], []
        accounts.append(account)
        if brand not in named:
            named.append(brand)
    text = _answers_of(accounts)
    return (*queries, Query(text, tuple(named), text)) if accounts else ()


def _answers_of(accounts: Sequence[str]) -> str:
    terms = [f"from:{account}" for account in accounts]
    body = terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"
    return f"{body} is:reply -is:retweet"


def reddit_queries(brands: Iterable[Brand], *, limit: int = REDDIT_LIMIT) -> tuple[Query, ...]:
    """The same for Reddit's search."""
    brands = tuple(brands)
    pieces = [
        piece
        for brand in brands
        for piece in _cut(brand, _reddit_terms(brand), "reddit", _reddit_render, limit)
    ]
    misspelt = _slips(brands, lambda _, word: f'"{word}"')
    return _fill(_pack(pieces, _reddit_render, limit), misspelt, _reddit_render, limit)


Render = Callable[[Sequence[_Piece]], str]


def _x_terms(brand: Brand) -> list[list[str]]:
    """Alternatives for X, each as its spellings from narrow to wide."""
    sure = [f"@{handle}" for handle in brand.handles]
    sure += [f"#{tag}" for tag in brand.hashtags]
    sure += [f'url:"{domain}"' for domain in brand.domains]
    near = [f"({_x_word(one)} {_x_word(other)})" for one, other in (pair.words for pair in brand.near)]
    having = " OR ".join(_x_word(word) for word in brand.with_)
    having = f"({having})" if len(brand.with_) > 1 else having
    lacking = _x_lacking(brand)
    bound = []
    for word in _names(brand):
        name = _x_word(word)
        wide = f"({name} {having})" if having else name
        bound.append([f"({' '.join(filter(None, (name, having, lacking)))})", wide] if lacking else [wide])
    return [*bound, *([term] for term in [*near, *_unique(sure)])]


def _x_lacking(brand: Brand) -> str:
    return " ".join(f"-{_x_word(word)}" for word in brand.none)


def _x_slip(brand: Brand, word: str) -> str:
    return f"({word} {lacking})" if (lacking := _x_lacking(brand)) else word


def _reddit_terms(brand: Brand) -> list[list[str]]:
    """Alternatives for Reddit: words only, as its search knows no handles or hashtags."""
    words = [*_names(brand), *brand.handles, *brand.hashtags]
    quoted = _unique(f'"{_bare(word)}"' for word in words)
    near = [f'("{_bare(one)}" AND "{_bare(other)}")' for one, other in (pair.words for pair in brand.near)]
    return [[term] for term in [*quoted, *near, *(f"url:{domain}" for domain in brand.domains)]]


def _x_render(pieces: Sequence[_Piece]) -> str:
    terms = _unique(term for piece in pieces for term in piece.terms)
    body = terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"
    without = _unique(f"-from:{account}" for piece in pieces for account in piece.without)
    return " ".join([body, "-is:retweet", *without])


def _reddit_render(pieces: Sequence[_Piece]) -> str:
    terms = _unique(term for piece in pieces for term in piece.terms)
    body = terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"
    without = _unique(f"NOT author:{account}" for piece in pieces for account in piece.without)
    return " ".join([body, *without])


def _cut(brand: Brand, terms: list[list[str]], source: str, render: Render, limit: int) -> list[_Piece]:
    """One brand's alternatives in as few pieces as fit `limit` each."""
    own: tuple[str, ...] = ()
    for account in brand.own_accounts.get(source, ()):
        # With very many accounts the rest is left to the sense of own voice, behind the network.
        if len(render([_Piece(brand.name, ("",), (*own, account))])) <= limit // 2:
            own = (*own, account)
    pieces: list[_Piece] = []
    for spellings in terms:
        piece = next(
            (
                one
                for spelling in spellings
                if len(render([one := _Piece(brand.name, (spelling,), own)])) <= limit
            ),
            None,
        )
        if piece is None:
            raise Refused(
                f"brand {brand.name!r}: {spellings[-1][:60]!r}… does not fit a query of {limit} characters; "
                "shorten it, or the words under with:"
            )
        joined = _Piece(brand.name, (*pieces[-1].terms, *piece.terms), own) if pieces else piece
        if pieces and len(render([joined])) <= limit:
            pieces[-1] = joined
        else:
            pieces.append(piece)
    return pieces


def _slips(brands: Sequence[Brand], term: Callable[[Brand, str], str]) -> list[_Piece]:
    """Misspelt names as further alternatives: the likeliest of every name first."""
    taken = {
        word.casefold()
        for brand in brands
        for name in (*_names(brand), *brand.handles, *brand.hashtags)
        for word in _PLAIN.findall(name)
    }
    each = [
        [_Piece(brand.name, (term(brand, form),), ()) for form in forms if form not in taken]
        for brand in brands
        for forms in slips(brand).values()
    ]
    return [piece for piece in chain.from_iterable(zip_longest(*each)) if piece is not None]


def _fill(
    bins: Sequence[list[_Piece]], more: Sequence[_Piece], render: Render, limit: int
) -> tuple[Query, ...]:
    """The queries, with as many of the further alternatives as there is room for beside their brands."""
    filled = [list(one) for one in bins]
    for piece in more:
        for one in filled:
            of_its_own = any(other.brand == piece.brand for other in one)
            if of_its_own and len(render([*one, piece])) <= limit:
                one.append(piece)
                break
    return tuple(
        Query(render(one), tuple(dict.fromkeys(piece.brand for piece in one)), render(whole))
        for one, whole in zip(bins, filled, strict=True)
    )


def _pack(pieces: Sequence[_Piece], render: Render, limit: int) -> list[list[_Piece]]:
    """Put pieces together, longest first, each into the first query that has room; in the brands' order."""
    bins: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda one: len(render([one])), reverse=True):
        for one in bins:
            if len(render([*one, piece])) <= limit:
                one.append(piece)
                break
        else:
            bins.append([piece])
    # The text keys the stored cursor, so it must not depend on anything but the brands.
    return [sorted(one, key=pieces.index) for one in bins]


def _names(brand: Brand) -> list[str]:
    """The words that name the brand, each once."""
    return _unique([brand.name, *brand.aliases, *brand.products])


def _unique(words: Iterable[str]) -> list[str]:
    return list({word.casefold(): word for word in words if word}.values())


def _x_word(word: str) -> str:
    bare = _bare(word)
    plain = _PLAIN.fullmatch(bare) and bare.casefold() not in _OPERATORS
    return bare if plain else f'"{bare}"'


def _bare(word: str) -> str:
    """Without the signs that would end a quoted phrase."""
    return word.replace('"', " ").replace("\\", " ").strip()
