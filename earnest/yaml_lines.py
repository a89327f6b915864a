"""YAML read with the place of every key, by the rules of YAML 1.2 where 1.1 surprises people.

`off`, `no` and `10:30` stay the words that were written; only true and false are truth values. A key
written twice is an error instead of a silent loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

Loc = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader with the core schema of YAML 1.2 for truth values and numbers."""


_TAG = "tag:yaml.org,2002:"
_KEPT = {_TAG + name for name in ("null", "merge", "timestamp")}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _TAG + "bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(_TAG + "int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    _TAG + "float",
    re.compile(r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the YAML itself."""

    place: Place
    key: str
    what: str
    mend: str


class Document:
    """One YAML document: its data, and where each part of it stands."""

    def __init__(self, data: Any, root: yaml.Node | None, flaws: tuple[Flaw, ...] = ()) -> None:
        """Keep data and nodes side by side; `data` is None where the text could not be read."""
        self.data = data
        self.flaws = flaws
        self._root = root

    @property
    def readable(self) -> bool:
        """Whether there is data to check (an empty file is readable and has None)."""
        return self._root is not None or not self.flaws

    def place(self, loc: Loc, *, key: bool = False) -> Place:
        """The place of the value at `loc`, or of its key; the nearest part that exists otherwise.

        Parts of `loc` that name no key (a union's tag in a pydantic error) are stepped over.
        """
        node, found = self._root, Place(1, 1)
        for part in loc:
            step = _child(node, part)
            if step is None:
                continue
            key_node, node = step
            found = _mark((key_node if key else None) or node)
        return found if node is not self._root or node is None else _mark(node)

    def value(self, loc: Loc) -> Any:
        """The data at `loc`, stepping over parts that name no key."""
        value = self.data
        for part in loc:
            if holds(value, part):
                value = value[part]
        return value


def holds(value: Any, part: str | int) -> bool:
    """Whether `value` is data in which `part` is a key or an index."""
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def read(text: str) -> Document:
    """Parse one document. Never raises for bad text: `flaws` say what is wrong and where."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        what = f"holds the character U+{ord(text[error.position]):04X}, which YAML forbids"
        mend = "remove it, and save the file as UTF-8"
        return Document(None, None, (Flaw(Place(line, 1), "", what, mend),))
    try:
        root = loader.get_single_node()
        flaws = tuple(_doubled(root)) if root is not None else ()
        data = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        return Document(None, None, (_broken(error, text),))
    except (ValueError, RecursionError) as error:  # an impossible date (2026-02-31); nesting without end
        return Document(None, None, (Flaw(Place(1, 1), "", f"cannot be read: {error}", "correct the value"),))
    finally:
        loader.dispose()
    return Document(data, root, flaws)


def _mark(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None


def _doubled(node: yaml.Node, path: str = "", seen: frozenset[int] = frozenset()) -> Iterator[Flaw]:
    """Keys written twice in one mapping; YAML would silently keep the last."""
    if id(node) in seen:
        return
    seen |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _doubled(item, f"{path}[{index}]", seen)
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        where = f"{path}.{name}" if path else str(name)
        if name is not None and name in first:
            line = first[name].start_mark.line + 1
            what = f"is written twice; the first is in line {line}"
            yield Flaw(_mark(key), where, what, "keep one of the two")
        elif name is not None:
            first[name] = key
        yield from _doubled(value, where, seen)


_MENDS = (
    ("\t", "YAML is indented with spaces, never tabs: replace the tab"),
    ("mapping values are not allowed", "quote a text that holds ': ', or indent the line as the one above"),
    ("did not find expected key", "check indentation and quotes of this line and the one above"),
    ("expected <block end>", "this line is indented differently from the ones it belongs to: align them"),
    ("found unexpected end of stream", "a quote is opened and never closed: close it"),
    ("could not find expected ':'", "write a colon and a space after the key"),
    ("undefined alias", "a text that starts with * needs quotes"),
    ("cannot start any token", "a text that starts with @, ` or % needs quotes"),
    ("expected a single document", "keep one document: remove the line ---"),
)


def _broken(error: yaml.MarkedYAMLError, text: str) -> Flaw:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    words = f"{error.problem or error.context or 'cannot be read'}"
    if "'\\t'" in words:
        words = "a tab stands where YAML wants spaces"
    found = next((mend for part, mend in _MENDS if part in f"{words} {error.context}"), None)
    lines = text.splitlines()
    shown = lines[place.line - 1].strip() if place.line <= len(lines) else ""
    if "tab stands" in words:
        found = _MENDS[0][1]
    quoted = f' near "{shown[:60]}"' if shown else " at the end of the file"
    return Flaw(place, "", f"is not YAML: {words}{quoted}", found or "check quotes, colons and indentation")
