"""What is wrong with a configuration, each problem with file, line, key, and the mend.

pydantic's errors become sentences here: the place comes from the YAML nodes, the known keys and
values from the model's own JSON schema.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from earnest.yaml_lines import Document, Loc, holds

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. line and column count from 1; 0 where the file as a whole is meant."""

    file: Path
    line: int = 0
    column: int = 0
    key: str = ""
    what: str = ""
    mend: str = ""

    @property
    def place(self) -> str:
        """Such as config/brands.yaml:12:5, as editors and terminals open it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)

    def __str__(self) -> str:
        """One line for logs: place, key, what, mend."""
        key = f" {self.key}:" if self.key else ""
        return (
            f"{self.place}:{key} {self.what}; {self.mend}" if self.mend else f"{self.place}:{key} {self.what}"
        )


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order of files and lines."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def problems_of(
    error: ValidationError, model: type[BaseModel], document: Document, file: Path
) -> Iterator[Problem]:
    """Every error of one validation, as problems."""
    for detail in error.errors():
        if detail["type"] == "misfits":
            for misfit in detail["ctx"]["misfits"]:
                loc = (*detail["loc"], *misfit.at)
                place = document.place(loc)
                mend = suggest(document.value(loc), misfit.known) if misfit.known else ""
                yield Problem(file, place.line, place.column, dotted(loc), misfit.what, mend)
            continue
        loc = _without_tags(detail["loc"], document)
        if detail["type"] == "too_short" and document.value(loc):
            continue  # its entries are there, and each has an error of its own
        place = document.place(loc, key=detail["type"] == "extra_forbidden")
        what, mend = _words(detail, loc, model)
        yield Problem(file, place.line, place.column, dotted(loc), what, mend)


def dotted(loc: Loc) -> str:
    """A place in the data as people write it: brands[2].own_accounts.x"""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def _without_tags(loc: Loc, document: Document) -> Loc:
    """Take out what pydantic puts between: the tags of unions and the names of validators."""
    kept: list[str | int] = []
    value: Any = {} if document.data is None else document.data
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if holds(value, part):
            value = value[part]
        elif not (last and isinstance(value, dict)):
            continue
        kept.append(part)
    return tuple(part for part in kept if part != "[key]")


def _words(detail: ErrorDetails, loc: Loc, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong and the mend, in words for somebody who never saw pydantic."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    name = str(loc[-1]) if loc else "the file"
    match kind:
        case "extra_forbidden":
            known = tuple(_keys(_schema_at(model, loc[:-1])))
            return f'"{name}" is not a key known here', suggest(name, known)
        case "missing":
            example = _schema_at(model, loc).get("description", "")
            return f'the key "{name}" is missing', f"add it{': ' + example if example else ''}"
        case "union_tag_not_found":
            kinds = _schema_at(model, loc).get("discriminator", {}).get("mapping", {})
            return "does not say its kind", f"add kind: one of {', '.join(kinds)}"
        case "union_tag_invalid":
            found = str(context.get("tag", ""))
            return f'"{found}" is no kind of source', suggest(found, _tags(context).split(", "))
        case "literal_error" | "enum":
            known = tuple(re.findall(r"'([^']*)'", str(context.get("expected", ""))))
            return f"{_shown(value)} is not allowed here", suggest(value, known)
        case "string_type":
            mend = f'put it in quotes: "{value}"' if isinstance(value, int | float) else "write a text"
            return f"should be a text, not {_sort(value)}", mend
        case "string_too_short" | "too_short":
            return "is empty", "write something, or take the key out"
        case "string_pattern_mismatch":
            allowed = _PATTERNS.get(str(context.get("pattern")), f"it must match {context.get('pattern')}")
            return f"{_shown(value)} has characters that cannot stand here", allowed
        case _ if kind.startswith("url_"):
            return f"{_shown(value)} is no web address", "write the whole address, such as https://host/feed"
        case "value_error":
            return str(context.get("error", detail["msg"])), ""
        case _ if kind in _SORTS:
            wanted, mend = _SORTS[kind]
            return f"should be {wanted}, not {_sort(value)}", mend
        case _:
            message = re.sub(r"^Input should be", "should be", detail["msg"])
            return f"{_shown(value)} {message}" if message.startswith("should") else message, ""


_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$": "write letters, digits, spaces, dots and dashes",
    r"^[a-z0-9][a-z0-9 _-]*$": "write small letters, digits, spaces and dashes",
    r"^\d+$": "write digits only: the account's number, not its name",
    r"^(r/)?[A-Za-z0-9_]{2,30}$": "write the subreddit's name, such as BroadbandUK",
    r"^[A-Z]{2}$": "write two capital letters, such as GB",
}
"""The patterns that the models use, in words."""

_SORTS = {
    "tuple_type": ("a list", "write each entry on its own line after a dash, or [one, two]"),
    "list_type": ("a list", "write each entry on its own line after a dash, or [one, two]"),
    "dict_type": ("keys with values", "write key: value lines below it"),
    "model_type": ("keys with values", "write key: value lines below it"),
    "model_attributes_type": ("keys with values", "write key: value lines below it"),
    "bool_type": ("true or false", "write true or false"),
    "bool_parsing": ("true or false", "write true or false"),
    "int_type": ("a whole number", "write a number without quotes"),
    "int_parsing": ("a whole number", "write a number"),
    "int_from_float": ("a whole number", "leave out the part after the point"),
    "float_type": ("a number", "write a number without quotes"),
    "float_parsing": ("a number", "write a number"),
}


def _sort(value: Any) -> str:
    names = {dict: "keys with values", list: "a list", bool: "a truth value", type(None): "nothing"}
    if type(value) in names:
        return names[type(value)]
    return f"the number {value}" if isinstance(value, int | float) else _shown(value)


def _shown(value: Any) -> str:
    text = str(value)
    return f'"{text[:57]}…"' if len(text) > 60 else f'"{text}"'


def _tags(context: dict[str, Any]) -> str:
    return ", ".join(re.findall(r"'([^']*)'", str(context.get("expected_tags", ""))))


def suggest(value: Any, known: Sequence[str]) -> str:
    """A suggestion where one is close, and what is known anyway."""
    if not known:
        return "take it out"
    close = difflib.get_close_matches(str(value).lower(), list(known), n=1, cutoff=0.6)
    all_known = f"known here: {', '.join(known)}"
    return f'did you mean "{close[0]}"? ({all_known})' if close else all_known


# --- what the model knows, walked along a place ---


@lru_cache(maxsize=16)
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def _schema_at(model: type[BaseModel], loc: Loc) -> Schema:
    """The JSON schema of the part at `loc`; {} where it is not known."""
    root = _schema(model)
    found: list[Schema] = [root]
    for part in loc:
        found = [child for schema in found for child in _children(schema, part, root)]
    variants = [variant for schema in found for variant in _variants(schema, root)]
    merged: Schema = {}
    for schema in (*found, *variants):
        merged = {
            **schema,
            **merged,
            "properties": {**schema.get("properties", {}), **merged.get("properties", {})},
        }
    return merged


def _variants(schema: Schema, root: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    yield schema
    for key in ("anyOf", "oneOf", "allOf"):
        for variant in schema.get(key, ()):
            yield from _variants(variant, root)


def _children(schema: Schema, part: str | int, root: Schema) -> Iterator[Schema]:
    for variant in _variants(schema, root):
        if isinstance(part, int):
            if "items" in variant:
                yield variant["items"]
            yield from variant.get("prefixItems", ())[part : part + 1]
        elif part in variant.get("properties", {}):
            yield variant["properties"][part]
        elif isinstance(variant.get("additionalProperties"), dict):
            yield variant["additionalProperties"]


def _keys(schema: Schema) -> list[str]:
    return list(schema.get("properties", {}))


# --- secrets do not belong into files ---

_SECRET_KEY = re.compile(
    r"(?i)(?:^|_)(?:token|secret|password|passwd|api_?key|credentials?|client_(?:id|secret)|bearer)(?:$|_)"
)
_PUBLIC_ID = ("oidc", "client_id")
_SECRET_VALUE = re.compile(r"AAAAAAAAA[\w%-]{40,}|://[^/\s:@]+:[^/\s:@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----")


def hidden_secrets(document: Document, file: Path) -> Iterator[Problem]:
    """Keys and values that look like secrets. Their values are never shown."""
    for loc, value in leaves(document.data, ()):
        named = next((part for part in loc if isinstance(part, str) and _SECRET_KEY.search(part)), None)
        if loc == _PUBLIC_ID:  # an identity provider's name for the desk: everybody who signs in sees it
            named = None
        if value in (None, "") or not (named or _SECRET_VALUE.search(str(value))):
            continue
        place = document.place(loc)
        what = "looks like a secret, and secrets are never kept in files"
        mend = "take it out, change it where it was issued, and put the new one into the environment"
        variable = _variable(named or "", str(value))
        yield Problem(file, place.line, place.column, dotted(loc), what, f"{mend}{variable}")


def _variable(key: str, value: str) -> str:
    key = key.lower()
    if "://" in value:
        return " (for the database: EARNEST_DATABASE)"
    if "client" in key:
        return f" ({'REDDIT_CLIENT_ID' if key.endswith('id') else 'REDDIT_CLIENT_SECRET'})"
    return " (for X: X_BEARER_TOKEN)" if "bearer" in key or "token" in key else ""


def leaves(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    """Every value that holds no others, with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*loc, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*loc, index))
    else:
        yield loc, value
