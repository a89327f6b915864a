"""A person's words on a page: always text, never markup; what is hidden in them made visible.

Posts are hostile until shown otherwise. Everything here escapes first and then adds only elements of
our own: `mark` around evidence, `a` around http(s) addresses, `span class="unseen"` in place of
characters that would otherwise steer the reader's eye (bidirectional controls, zero-width characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_ADDRESS = re.compile(r"https?://[^\s<>\"'“”‘’«»]+", re.IGNORECASE)
_TAIL = ".,;:!?…)]}'\""

# Most text is of this sort and needs no look at each character: ASCII, accented Latin, Greek and Cyrillic
# letters, typographic quotes and dashes, and nothing that could be unseen.
_ORDINARY = re.compile(
    r"[\n\t\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0559\u2010-\u2027\u2030-\u205e\u20a0-\u20c0]*"
)

_SHORT = {
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u061c": "ALM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
    "\u00ad": "SHY",
}
_JOINERS = "\u200c\u200d"
_FLAG = "\U0001f3f4"  # the black flag that England, Scotland and Wales spell with tag characters
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"  # fillers: letters by category, blank to the eye


@dataclass(frozen=True, slots=True)
class Mark:
    """Half-open character positions to be marked, with the kind (a CSS class) and a title in words."""

    start: int
    end: int
    kind: str = "evidence"
    title: str = ""


def safe_url(url: str) -> str | None:
    """`url` where a person may be led there: http or https, a host, no user name in front; else None."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        _ = parts.port  # raises on a port that is none
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username is not None:
        return None
    if any(unicodedata.category(c) in {"Cc", "Cf", "Zs", "Zl", "Zp"} for c in url.strip()):
        return None
    return url.strip()


def host_of(url: str) -> str:
    """The host a link leads to, in ASCII (punycode), so that look-alike letters show. "" if none."""
    try:
        host = urlsplit(url).hostname or ""
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return ""


def plain(text: str) -> Markup:
    """`text` escaped, hidden characters made visible, no links and no marks: for names and excerpts."""
    # Nearly always, and hundreds of times a page; the first look is the quicker one.
    if (text.isascii() and text.isprintable()) or _ORDINARY.fullmatch(text):
        return escape(text)
    return Markup("").join(_visible(text, 0, len(text)))


def shown(text: str, marks: Iterable[Mark] = ()) -> Markup:
    """`text` escaped, with marks as `<mark>` elements and http(s) addresses as links.

    Marks outside the text are cut to it; overlapping marks of different kinds nest by order of start;
    a mark that begins or ends inside an address is widened to the whole address.
    """
    links = _addresses(text)
    out: list[Markup] = []
    at = 0
    for mark in _flat(_widened(marks, links, len(text))):
        out.extend(_linked(text, at, mark.start, links))
        title = Markup(' title="{}"').format(mark.title) if mark.title else Markup("")
        inner = Markup("").join(_linked(text, mark.start, mark.end, links))
        out.append(Markup('<mark class="{}"{}>{}</mark>').format(mark.kind, title, inner))
        at = mark.end
    out.extend(_linked(text, at, len(text), links))
    return Markup("").join(out)


def excerpt(text: str, marks: Sequence[Mark] = (), *, length: int = 240) -> str:
    """At most `length` characters of `text` around the first mark, cut at words, whitespace folded."""
    start = 0
    if marks and min(m.end for m in marks) > length:
        start = max(0, min(m.start for m in marks) - length // 3)
        space = text.find(" ", start)
        start = space + 1 if 0 <= space < start + 30 else start
    piece = text[start : start + length]
    if start + length < len(text):
        cut = piece.rfind(" ")
        piece = (piece[:cut] if cut > length // 2 else piece).rstrip() + "…"
    return " ".join((("…" if start else "") + piece).split())


def _addresses(text: str) -> list[tuple[int, int]]:
    found = []
    for match in _ADDRESS.finditer(text):
        url = match.group()
        while url and url[-1] in _TAIL and not (url[-1] == ")" and url.count("(") >= url.count(")")):
            url = url[:-1]
        if safe_url(url):
            found.append((match.start(), match.start() + len(url)))
    return found


def _widened(marks: Iterable[Mark], links: list[tuple[int, int]], end: int) -> list[Mark]:
    out = []
    for mark in marks:
        start, stop = max(0, mark.start), min(end, mark.end)
        if start >= stop:
            continue
        for a, b in links:
            if a < start < b:
                start = a
            if a < stop < b:
                stop = b
        out.append(Mark(start, stop, mark.kind, mark.title))
    return sorted(out, key=lambda m: (m.start, -m.end))


def _flat(marks: Sequence[Mark]) -> list[Mark]:
    """No two marks overlap: the earlier keeps its place, a later one is cut to what is left of it.

    Same-kind neighbours that overlap become one, with both titles.
    """
    out: list[Mark] = []
    for mark in marks:
        if out and mark.start < out[-1].end:
            last = out[-1]
            if mark.kind == last.kind:
                titles = [t for t in (last.title, mark.title) if t]
                title = "; ".join(dict.fromkeys(titles))
                out[-1] = Mark(last.start, max(last.end, mark.end), last.kind, title)
                continue
            if mark.end <= last.end:
                continue
            mark = Mark(last.end, mark.end, mark.kind, mark.title)  # noqa: PLW2901 - the rest of it
        out.append(mark)
    return out


def _linked(text: str, start: int, end: int, links: list[tuple[int, int]]) -> Iterable[Markup]:
    at = start
    for a, b in links:
        if a < start or b > end:
            continue
        yield from _visible(text, at, a)
        url = text[a:b]
        host = host_of(url)
        shown_host = (
            Markup("") if host in url.lower() else Markup(' <span class="leads">({})</span>').format(host)
        )
        yield Markup('<a href="{}" rel="noopener noreferrer nofollow ugc" class="out">{}</a>{}').format(
            url, Markup("").join(_visible(text, a, b)), shown_host
        )
        at = b
    yield from _visible(text, at, end)


def _visible(text: str, start: int, end: int) -> Iterable[Markup]:
    if _ORDINARY.fullmatch(text, start, end):
        yield escape(text[start:end])
        return
    kept = start
    for i in range(start, end):
        char = text[i]
        if char in "\n\t" or not _unseen(text, i):
            continue
        if kept < i:
            yield escape(text[kept:i])
        kept = i + 1
        if char == "\r":
            continue
        name = _SHORT.get(char, f"U+{ord(char):04X}")
        words = unicodedata.name(char, "control character").lower()
        yield Markup('<span class="unseen" title="hidden character: {}">{}</span>').format(words, name)
    if kept < end:
        yield escape(text[kept:end])


def _unseen(text: str, i: int) -> bool:
    char = text[i]
    if char in _INVISIBLE_LETTERS:
        return True
    if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return False
    if char in _JOINERS:
        # Emoji families and many scripts are written with joiners; between Latin letters they only hide.
        return not (0 < i < len(text) - 1 and ord(text[i - 1]) > 0x2FF and ord(text[i + 1]) > 0x2FF)
    if 0xE0020 <= ord(char) <= 0xE007F:
        before = text[:i].rstrip("".join(chr(c) for c in range(0xE0020, 0xE0080)))
        return not before.endswith(_FLAG)
    return True
