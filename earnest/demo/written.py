"""The made-up world as it is written down in world/*.yaml: the keys of the files, checked."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, model_validator

from listeners.brand import Strict

FOLDER = Path(__file__).parent / "world"
POST_FILES = ("x.yaml", "reddit.yaml", "blogs.yaml", "live.yaml")
Source = Literal["x", "reddit", "blog"]

_OFFSET = re.compile(r"([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def _offset(value: object) -> object:
    """Read "-1d3h20m" or "+95s" as a timedelta."""
    if not isinstance(value, str):
        return value
    found = _OFFSET.fullmatch(value)
    if found is None or found.lastindex == 1:
        raise ValueError(f"write the time as -1d3h20m or +95s, not {value!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    size = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -size if found[1] == "-" else size


Offset = Annotated[timedelta, BeforeValidator(_offset)]


class WrittenEdit(Strict):
    """The text as it reads from `at` on."""

    at: Offset
    text: str


class WrittenPost(Strict):
    """One post, with its time relative to the moment the world opens."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    at: Offset
    by: str
    about: str = Field(description="what it is, for tests only; never served")
    source: Source | None = Field(default=None, description="where the file itself does not say")
    text: str = ""
    title: str = ""
    lang: str = "en"
    reply_to: str | None = None
    quotes: str | None = None
    reposts: str | None = None
    subreddit: str | None = Field(default=None, alias="in")
    feed: str | None = None
    slug: str = ""
    spread: tuple[int, int, int] = (0, 0, 0)
    edits: tuple[WrittenEdit, ...] = ()
    deleted: Offset | None = None

    @model_validator(mode="after")
    def _one_relation(self) -> WrittenPost:
        if sum(relation is not None for relation in (self.reply_to, self.quotes, self.reposts)) > 1:
            raise ValueError("a post replies to, quotes or reposts one other; not several of these")
        if not self.text and not self.reposts:
            raise ValueError("only a repost has no text of its own")
        return self


class WrittenFeed(Strict):
    """A blog or forum, and the format its software speaks."""

    kind: Literal["rss", "atom", "json"]
    title: str
    home: str
    about: str


class WrittenAuthor(Strict):
    """An account on X."""

    name: str
    followers: int = 0
    id: str | None = Field(default=None, pattern=r"^\d+$")


class PostsFile(Strict):
    """One file of posts."""

    source: Source | None = None
    feeds: dict[str, WrittenFeed] = Field(default_factory=dict)
    posts: tuple[WrittenPost, ...]


class AuthorsFile(Strict):
    """authors.yaml."""

    x: dict[str, WrittenAuthor]


def read_yaml(file: Path) -> Any:
    """Read one file of the world, with libyaml where it is there (the demo opens sooner)."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
