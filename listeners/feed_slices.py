"""A huge feed as many small ones, so that memory follows the slice and not the feed.

feedparser builds everything in memory, some ten times the size of the feed. Here expat, which
keeps nothing, finds where the entries of the document begin and end; each slice is the feed's own
head, a run of its entries and the closing tags, and is a whole feed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

_ENTRIES = {"item", "entry"}
_DEEPEST = 3  # rss/channel/item; RDF and Atom have theirs one level higher
_CHUNK = 1 << 20


def slices(body: bytes, *, entries: int = 500) -> Iterator[bytes]:
    """Whole small feeds of at most `entries` entries each, in order, that add up to `body`.

    The body must be ASCII or UTF-8. Where its XML breaks, or nothing in it looks like an entry,
    the rest comes as one last slice as it is, for a parser that forgives.
    """
    finder = _Finder(body)
    head, closing, done = b"", b"", 0
    for spans in finder.runs(entries):
        start, end = spans[0][0], spans[-1][1]
        if not done:
            head = body[:start]
            closing = "".join(f"</{name}>" for name in reversed(finder.parents)).encode()
        yield head + body[start:end] + closing
        done = end
    if done < len(body):
        yield head + body[done:]


class _Finder:
    """Byte offsets of a feed's entries, as expat passes them."""

    def __init__(self, body: bytes) -> None:
        self.parents: list[str] = []
        self._body = body
        self._found: list[tuple[int, int]] = []
        self._path: list[str] = []
        self._entry: tuple[int, int] | None = None  # where it begins, and how deep
        self._parser = expat.ParserCreate("utf-8")
        self._parser.UseForeignDTD(True)  # HTML's entities, undeclared, are passed over
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end

    def runs(self, size: int) -> Iterator[list[tuple[int, int]]]:
        """Spans of entries, `size` at a time; the last run is what was left over, or none."""
        try:
            for place in range(0, len(self._body), _CHUNK):
                self._parser.Parse(self._body[place : place + _CHUNK], False)
                while len(self._found) > size:  # never the last one: what follows it comes with it
                    yield self._found[:size]
                    del self._found[:size]
        except expat.ExpatError:
            pass  # from here on it is for the parser that forgives
        while len(self._found) > size:
            yield self._found[:size]
            del self._found[:size]

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        depth = len(self._path)
        if self._entry is None and 1 <= depth < _DEEPEST and name.rpartition(":")[2] in _ENTRIES:
            self._entry = (self._parser.CurrentByteIndex, depth)
            self.parents = self.parents or list(self._path)
        self._path.append(name)

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._entry is None or len(self._path) != self._entry[1]:
            return
        end = self._parser.CurrentByteIndex
        # At a closing tag expat stands before it, after an empty element behind it.
        if self._body.startswith(f"</{name}".encode(), end):
            end = self._body.index(b">", end) + 1
        self._found.append((self._entry[0], end))
        self._entry = None
