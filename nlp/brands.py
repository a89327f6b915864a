"""The brand finder: which brands a post names, where, and how.

Found are @handles, #hashtags (also CamelCase ones), names and aliases, products, domains in links,
misspellings and near pairs. `none:` words take back what was found by words alone; `with:` words
must stand beside a name; a brand whose name is an ordinary word is weighed by `nlp.which_brand`.
Text inside links and code is not searched for names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from listeners.brand import Brand, Near
from nlp.mention import How
from nlp.names import Names, longest
from nlp.phrases import Phrases
from nlp.reading import Scan, Token, fold, scan
from nlp.which_brand import Verdict, WhichBrand
from nlp.wordlists import word_lists

CONFIDENCE = {
    How.HANDLE: 0.99,
    How.DOMAIN: 0.97,
    How.HASHTAG: 0.95,
    How.NAME: 0.95,
    How.PRODUCT: 0.95,
    How.ALIAS: 0.93,
    How.MISSPELLING: 0.75,
    How.NEAR: 0.75,
    How.COMMUNITY: 0.85,
    How.THREAD: 0.6,
}
"""How sure a find is by the way it was found, before the words around it are weighed."""

SURE = frozenset({How.HANDLE, How.DOMAIN, How.HASHTAG})
"""Written on purpose: nothing around it makes it mean something else."""

_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_HUMPS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Found:
    """One brand in one text. Offsets are the text's. `verdict` says which sense of an ordinary word it is."""

    brand: Brand
    places: tuple[tuple[int, int, How], ...]
    confidence: float
    verdict: Verdict | None = None

    @property
    def sense(self) -> str:
        """Why an ordinary word is taken for the brand, in words; "" where nothing was in doubt."""
        if self.verdict is None:
            return ""
        return f"means {self.brand.name}: " + ", ".join(name for name, w in self.verdict.because if w > 0)


class BrandFinder:
    """Finds the brands of a configuration in scanned text.

    Cost grows with the words of the text, not with the number of brands.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        """Compile the brands. A name without a letter or digit is a ValueError."""
        self.brands = tuple(brands)
        self._names = Names()
        self._handles: dict[str, list[int]] = {}
        self._hashtags: dict[str, list[int]] = {}
        self._domains: dict[str, list[int]] = {}
        self._cries = frozenset(word_lists("small")["cries"])
        self._near: list[tuple[int, Near]] = []
        self._which: dict[int, WhichBrand] = {}
        around: dict[str, list[str]] = {}
        for index, brand in enumerate(self.brands):
            self._add(index, brand)
            if brand.none:
                around[f"none {index}"] = list(brand.none)
            if brand.with_:
                around[f"with {index}"] = list(brand.with_)
            for near in brand.near:
                for side in (0, 1):
                    around[f"near {len(self._near)} {side}"] = [near.words[side]]
                self._near.append((index, near))
            which = WhichBrand.of(brand)
            if which is not None:
                self._which[index] = which
        self._around = Phrases(around) if around else None

    def _add(self, index: int, brand: Brand) -> None:
        own = {handle for handles in brand.own_accounts.values() for handle in handles}
        for handle in {fold(handle) for handle in (*brand.handles, *own)}:
            self._handles.setdefault(handle, []).append(index)
        tags = {*brand.hashtags, *brand.handles}
        if not brand.case_sensitive:
            tags.add(re.sub(r"[\W_]", "", brand.name))
        for tag in {fold(tag) for tag in tags}:
            self._hashtags.setdefault(tag, []).append(index)
        dotted = [name for name in (brand.name, *brand.aliases) if _DOTTED.fullmatch(name)]  # "Booking.com"
        for domain in (*brand.domains, *dotted):
            self._domains.setdefault(_host(domain), []).append(index)
        named = [(brand.name, How.NAME)]
        named += [(alias, How.ALIAS) for alias in brand.aliases]
        named += [(product, How.PRODUCT) for product in brand.products]
        for written, how in named:
            self._names.add(
                index, how, written, case_sensitive=brand.case_sensitive, slack=brand.misspellings
            )

    def find(self, text: Scan) -> list[Found]:
        """The brands in `text`, each once with all its places, in the order of `brands`."""
        places: dict[int, list[tuple[int, int, How]]] = {}
        for token in text.special:
            for index, how in self._special(text, token):
                places.setdefault(index, []).append((token.start, token.end, how))
        for name, start, end in longest(self._names.find(text)):
            places.setdefault(name.brand, []).append((start, end, name.how))
        if self._around is not None:
            self._weigh_around(text, places)
        found = []
        for index in sorted(places):
            one = self._settle(index, text, sorted(places[index]))
            if one is not None:
                found.append(one)
        return found

    def in_doubt(self, text: Scan) -> frozenset[str]:
        """Brands whose name or none: word stands in `text`: there the words decide, by `find`."""
        seen = {name.brand for name, _, _ in self._names.find(text)}
        if self._around is not None:
            labels = (hit.label.split() for hit in self._around.find(text))
            seen |= {int(label[1]) for label in labels if label[0] == "none"}
        return frozenset(self.brands[index].name for index in seen)

    def _settle(self, index: int, text: Scan, places: list[tuple[int, int, How]]) -> Found | None:
        sure = any(how in SURE for _, _, how in places)
        confidence = max(CONFIDENCE[how] for _, _, how in places)
        verdict = None
        if not sure and index in self._which:
            verdict = self._which[index].weigh(text, places)
            if not verdict.meant:
                return None
            confidence *= verdict.probability
        return Found(self.brands[index], tuple(places), round(confidence, 3), verdict)

    def _special(self, text: Scan, token: Token) -> list[tuple[int, How]]:
        """Brands in a handle, hashtag or link."""
        piece = text.folded[token.start : token.end]
        match token.kind:
            case "handle":
                name = piece.lstrip("@＠")
                known = self._handles.get(name) or self._handles.get(name.split("@")[0]) or []
                return [(i, How.HANDLE) for i in known]
            case "user":
                return [(i, How.HANDLE) for i in self._handles.get(piece.rpartition("/")[2], ())]
            case "forum":
                return [(i, How.HASHTAG) for i in self._hashtags.get(piece.rpartition("/")[2], ())]
            case "hashtag":
                return [(i, How.HASHTAG) for i in self._hashtag(text.text[token.start : token.end])]
            case "link" | "domain" | "email" if self._domains:
                return [(i, How.DOMAIN) for i in self._domain(piece)]
        return []

    def _hashtag(self, written: str) -> list[int]:
        tag = fold(written.lstrip("#＃"))
        exact = self._hashtags.get(tag)
        if exact is not None:
            return exact
        # It carries one of ours in its humps (LarkspurDown), or run together with a cry (larkspurdown).
        humps = [fold(hump) for hump in _HUMPS.findall(written)]
        for start in range(len(humps)):
            for end in range(len(humps), start, -1):
                inside = self._hashtags.get("".join(humps[start:end]))
                if inside is not None and (end - start > 1 or len(humps[start]) > 3):
                    return inside
        for cut in range(4, len(tag) - 2):
            if tag[cut:] in self._cries and tag[:cut] in self._hashtags:
                return self._hashtags[tag[:cut]]
            if tag[:cut] in self._cries and tag[cut:] in self._hashtags:
                return self._hashtags[tag[cut:]]
        return []

    def _domain(self, link: str) -> list[int]:
        parts = _host(link).split(".")
        for cut in range(len(parts) - 1):
            found = self._domains.get(".".join(parts[cut:]))
            if found is not None:
                return found
        return []

    def _weigh_around(self, text: Scan, places: dict[int, list[tuple[int, int, How]]]) -> None:
        """Apply none:, with: and near: words to `places`."""
        assert self._around is not None
        hits: dict[str, list[tuple[int, int]]] = {}
        for hit in self._around.find(text):
            hits.setdefault(hit.label, []).append((hit.start, hit.end))
        for number, (index, near) in enumerate(self._near):
            firsts, seconds = hits.get(f"near {number} 0", ()), hits.get(f"near {number} 1", ())
            for start, end in _pairs(text, near, firsts, seconds):
                places.setdefault(index, []).append((start, end, How.NEAR))
        for index in list(places):
            brand = self.brands[index]
            other = f"none {index}" in hits or (brand.with_ and f"with {index}" not in hits)
            if other and not any(how in SURE for _, _, how in places[index]):
                del places[index]


def _pairs(
    text: Scan, near: Near, firsts: Sequence[tuple[int, int]], seconds: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Places where the two words of `near` stand close enough together."""
    found = []
    for start, end in firsts[:50]:
        for begin, finish in seconds[:50]:
            if (near.ordered and begin < end) or (start, end) == (begin, finish):
                continue
            low, high = (end, begin) if begin >= end else (finish, start)
            between = sum(1 for spot in text.spots if low <= spot < high)
            if low <= high and between <= near.within:
                found.append((min(start, begin), max(end, finish)))
    return found


def _host(link: str) -> str:
    """The host of a link, an address or a bare domain, without "www."."""
    bare = fold(link).partition("://")[2] or fold(link)
    host = re.split(r"[/?#:]", bare, maxsplit=1)[0].rpartition("@")[2]
    return host.removeprefix("www.")


def find_in(brands: Sequence[Brand], text: str) -> list[Found]:
    """The brands in a plain text: for trying a configuration out."""
    return BrandFinder(brands).find(scan(text))
