"""What can be seen of an ordinary word: how it is written, what stands beside it, what is spoken of.

Each feature has a name that a person understands; the weights are learnt once for all brands, so that
a brand never seen before is weighed by the same signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from math import log1p

import yaml

from listeners.brand import Brand
from nlp.reading import Scan, fold
from nlp.vectors import Vector, shipped

_WORD = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SENTENCE_END = re.compile(r"""[.!?…:;\n"“”(\[|>-]\s*$|^\s*$""")
_BREAK = re.compile(r"[.!?…,:;\n\"“”()\[\]|<>/=]")
_SMALL = frozenset(
    {"a", "an", "the", "of", "and", "or", "for", "in", "on", "to", "with", "as", "its", "by", "from", "s"}
)
_FURNITURE = frozenset({"rt", "link", "http", "https", "com", "www", "mention", "amp", "quot", "via"})
_NEAR = 25
"""Words of a post that are looked at on either side: what is far away speaks of something else."""


@lru_cache(maxsize=1)
def _knowledge() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """(trades, word classes) of nlp/senses.yaml."""
    loaded = yaml.safe_load(resources.files("nlp").joinpath("senses.yaml").read_text(encoding="utf-8"))
    trades = {name: frozenset(fold(words).split()) for name, words in loaded.pop("trades").items()}
    return trades, {name: frozenset(fold(words).split()) for name, words in loaded.items()}


@lru_cache(maxsize=1)
def _trade_meanings() -> dict[str, Vector]:
    """The mean meaning of each trade's words."""
    vectors = shipped()
    means = {name: vectors.mean(vectors.rows(words)) for name, words in _knowledge()[0].items()}
    return {name: mean for name, mean in means.items() if mean is not None}


def _nearest_trades(described: Vector, most: int = 2) -> tuple[str, ...]:
    """The trades a description is nearest to in meaning, where it uses none of their words ("sportswear")."""
    order = sorted(_trade_meanings().items(), key=lambda trade: -float(trade[1] @ described))
    return tuple(name for name, _ in order[:most])


def is_ordinary(name: str) -> bool:
    """Whether a name is a single word that people also use otherwise."""
    words = _WORD.findall(fold(name))
    if len(words) != 1:
        return False
    classes = _knowledge()[1]
    if words[0] in classes["common"]:
        return True
    return words[0] not in classes["companies"] and words[0] in shipped()


class Trade:
    """What a brand is about, from its one line of description and its context words."""

    def __init__(self, brand: Brand) -> None:
        """Read the description, products and with: words of `brand`."""
        trades, _ = _knowledge()
        own = set(_WORD.findall(fold(" ".join((brand.name, *brand.aliases)))))
        self.own = frozenset(own)
        told = " ".join((brand.description, *brand.products, *brand.with_, *brand.domains))
        self.told = frozenset(_plain(word) for word in _WORD.findall(fold(told))) - own - _SMALL
        told_raw = frozenset(_WORD.findall(fold(told)))
        vectors = shipped()
        self.described = vectors.mean(
            vectors.rows(self._meaningful(_WORD.findall(fold(brand.description or told))))
        )
        self.named = vectors.mean(vectors.rows(own))
        self.named_as_described = 0.0
        if self.described is not None and self.named is not None:
            self.named_as_described = float(self.described @ self.named)
        near = {name: len(told_raw & words) for name, words in trades.items()}
        most = max(near.values(), default=0)
        self.trades = tuple(name for name, shared in near.items() if shared and shared >= most - 1)
        if not self.trades and self.described is not None:
            self.trades = _nearest_trades(self.described)
        self.words = frozenset().union(*(trades[name] for name in self.trades)) - own

    def _meaningful(self, words: Iterable[str]) -> list[str]:
        """Those of `words` that carry a meaning of their own and are not the name."""
        skip = _unmeaning()
        return [word for word in words if word not in skip and word not in self.own]

    def meaning(self, words: Iterable[str]) -> Vector | None:
        """The mean meaning of `words`, the name left out."""
        vectors = shipped()
        return vectors.mean(vectors.rows(self._meaningful(words)))

    def likeness(self, seen: dict[str, float], words: Iterable[str]) -> None:
        """Add how near `words` are to the description, and to the name as a plain word."""
        vectors = shipped()
        ordered = self._meaningful(words)
        rows = vectors.rows(ordered)
        mean = vectors.mean(rows)
        if mean is None or self.described is None:
            return
        rows = sorted(set(rows))
        seen["alike in meaning to its description"] = float(mean @ self.described)
        seen["nearest words to its description"] = vectors.nearest(rows, self.described)
        if self.named is not None:
            seen["alike in meaning to the plain word"] = float(mean @ self.named)
            seen["nearest words to the plain word"] = vectors.nearest(rows, self.named)
            seen["the name means what is described"] = self.named_as_described

    def spoken_of(self, words: Iterable[str]) -> tuple[list[str], list[str]]:
        """(words of the description, words of its trade) among `words`."""
        told: list[str] = []
        trade: list[str] = []
        for word in words:
            if word in self.own:
                continue
            if _plain(word) in self.told:
                told.append(word)
            elif word in self.words:
                trade.append(word)
        return told, trade


@lru_cache(maxsize=1)
def _unmeaning() -> frozenset[str]:
    """Small words, and the furniture of posts."""
    _, classes = _knowledge()
    kinds = ("mine", "this", "amount", "place", "prep", "verbal", "very", "after_verb", "of")
    return _SMALL.union(*(classes[kind] for kind in kinds), _FURNITURE)


def _plain(word: str) -> str:
    """A word without its plural: "phones" and "phone" are one."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def _style(text: Scan) -> str:
    """How the writer uses capitals: "small" (none), "shout", "title" or "usual"."""
    written = [
        text.text[spot : spot + len(word)] for word, spot in zip(text.words[:120], text.spots, strict=False)
    ]
    letters = [word for word in written if word.isalpha()]
    if not any(word[0].isupper() for word in letters):
        return "small"
    long = [word for word in letters if len(word) > 3]
    if long and sum(word.isupper() for word in long) > 0.6 * len(long):
        return "shout"
    if len(long) > 3 and sum(word[0].isupper() for word in long) > 0.65 * len(long):
        return "title"
    return "usual"


def features(text: Scan, start: int, end: int, trade: Trade, name: str) -> dict[str, float]:
    """Feature → value for the name at [start, end) of `text`; absent means 0."""
    _, classes = _knowledge()
    seen: dict[str, float] = {}
    try:
        first = text.spots.index(start)
    except ValueError:  # inside an unspaced script: nothing beside it can be read
        return {"bias": 1.0}
    last = first
    while last + 1 < len(text.words) and text.spots[last + 1] < end:
        last += 1
    seen["bias"] = 1.0
    _writing(seen, text, start, end, name)
    before = text.words[first - 1] if first and not _cut(text, text.word_end(first - 1), start) else ""
    after = (
        text.words[last + 1]
        if last + 1 < len(text.words) and not _cut(text, end, text.spots[last + 1])
        else ""
    )
    if after == "s" and text.text[end : end + 1] in {"'", "’"}:
        seen["followed by 's"] = 1.0
        after = text.words[last + 2] if last + 2 < len(text.words) else ""
    spot = text.spots[first - 1] if before else 0
    bare = _before(seen, before, classes, trade, capital=text.text[spot].isupper())
    _after(seen, after, text, last, classes, bare=bare)
    if text.text[start - 1 : start] == "-" or re.match(r"-\w", text.text[end : end + 2]):
        seen["joined by a hyphen"] = 1.0
    beside = [
        *text.words[max(0, first - _NEAR) : first],
        *text.words[last + 1 : last + 1 + _NEAR],
        *_tagged(text),
    ]
    trade.likeness(seen, beside)
    around = set(beside)
    told, spoken = trade.spoken_of(around)
    dealing = [word for word in around if word in classes["dealing"]]
    companies = [word for word in around if word in classes["companies"] and word not in trade.own]
    seen["words for other companies"] = log1p(len(companies))
    seen["words of its description"] = log1p(len(told))
    seen["words of its trade"] = log1p(len(spoken))
    seen["words of dealing with a company"] = log1p(len(dealing))
    if not told and not spoken:
        seen["nothing of its trade"] = 1.0
        if not dealing:
            seen["nothing of any company"] = 1.0
    own = "".join(_WORD.findall(fold(name)))
    accounts = [
        text.folded[token.start : token.end] for token in text.special if token.kind in {"handle", "user"}
    ]
    if len(own) > 2 and any(own in account for account in accounts):
        seen["an account with its name is addressed"] = 1.0
    elif any(word in account for word in trade.told if len(word) > 4 for account in accounts):
        seen["an account of its description is addressed"] = 1.0
    elif any(not account.strip("@").isdigit() for account in accounts):
        seen["only other accounts are addressed"] = 1.0
    return seen


def _tagged(text: Scan) -> list[str]:
    """The words of the post's hashtags."""
    tags = [text.text[token.start + 1 : token.end] for token in text.special if token.kind == "hashtag"]
    return sorted({fold(hump) for tag in tags[:20] for hump in (*_HUMPS.findall(tag), tag)})


def _cut(text: Scan, start: int, end: int) -> bool:
    """Whether something ends the phrase between two neighbouring words."""
    between = text.text[start:end]
    return len(between) > 6 or bool(_BREAK.search(between))


def _writing(seen: dict[str, float], text: Scan, start: int, end: int, name: str) -> None:
    """Capitals of the word against the writer's habit."""
    written = text.text[start:end]
    begins = bool(_SENTENCE_END.search(text.text[max(0, start - 12) : start])) or _after_handle(text, start)
    style = _style(text)
    shouted = written.isupper() and len(written) > 1
    if shouted and (style == "shout" or not name.isupper()):
        seen["in capitals"] = 1.0
    elif shouted:
        seen["written like the name"] = 1.0
    elif written[:1].isupper():
        if style in {"title", "shout"}:
            seen["capital in a headline"] = 1.0
        elif begins:
            seen["capital at a beginning"] = 1.0
            if fold(written) in _knowledge()[1]["common"]:
                seen["a common word at a beginning"] = 1.0
        else:
            seen["capital inside a sentence"] = 1.0
    else:
        common = fold(written) in _knowledge()[1]["common"]
        if style == "small":
            feature = "small, as everything here"
        elif _names_others(text, start):
            feature = "small, while other names have capitals"
        else:
            feature = "small, as all but beginnings"
        seen[feature] = 1.0
        if common:
            seen["a common word, small"] = 1.0


def _names_others(text: Scan, start: int) -> bool:
    """Whether the writer gives a capital to another word inside a sentence."""
    for index in range(1, min(len(text.words), 120)):
        spot = text.spots[index]
        word = text.text[spot : spot + len(text.words[index])]
        if spot != start and len(word) > 1 and word[0].isupper() and not word.isupper():
            before = text.text[text.word_end(index - 1) : spot]
            if before.strip() == "" and before:
                return True
    return False


def _after_handle(text: Scan, start: int) -> bool:
    """Whether only handles and blanks stand before: a reply's first word."""
    head = text.text[:start]
    return len(head) < 200 and all(piece.startswith(("@", "#")) for piece in head.split())


def _before(
    seen: dict[str, float], before: str, classes: dict[str, frozenset[str]], trade: Trade, *, capital: bool
) -> bool:
    """Features of the word before; returns whether the name stands without an article or the like."""
    if not before:
        seen["begins a phrase"] = 1.0
        return True
    if before.isdigit():
        seen["after a number"] = 1.0
        return False
    for kind, feature in (
        ("a", "after a or an"),
        ("the", "after the"),
        ("mine", "after my, your or the like"),
        ("this", "after this or that"),
        ("amount", "after an amount"),
        ("very", "after very or so"),
    ):
        if before in classes[kind]:
            seen[feature] = 1.0
            return False
    if _plain(before) in trade.told and capital:
        seen["after a word of its description"] = 1.0
    elif before in classes["doing"]:
        seen["after what one does with a company"] = 1.0
    elif before in classes["place"]:
        seen["after at, from or with"] = 1.0
    elif before in classes["verbal"]:
        seen["after to, I, you or the like"] = 1.0
    elif before in classes["prep"]:
        seen["after another small word"] = 1.0
    elif capital:
        seen["after another capital"] = 1.0
    else:
        seen["after an ordinary word"] = 1.0
        return False
    return True


def _after(
    seen: dict[str, float],
    after: str,
    text: Scan,
    last: int,
    classes: dict[str, frozenset[str]],
    *,
    bare: bool,
) -> None:
    if not after:
        seen["ends a phrase" if bare else "ends a phrase after an article"] = 1.0
    elif after in classes["belongings"]:
        seen["before what a company has"] = 1.0
    elif after in classes["acting"]:
        seen["does something, bare" if bare else "does something, after an article"] = 1.0
    elif after in classes["of"]:
        seen["before of"] = 1.0
    elif after in classes["after_verb"]:
        seen["before the, me, it or the like"] = 1.0
    elif after in classes["prep"] or after in classes["place"]:
        seen["before a small word" if bare else "before a small word, after an article"] = 1.0
    elif after.isdigit():
        seen["before a number"] = 1.0
    elif text.text[text.spots[last + 1]].isupper():
        seen["before another capital"] = 1.0
    else:
        seen["before an ordinary word"] = 1.0
