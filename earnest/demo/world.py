"""A small made-up world around Larkspur, a broadband and TV company that does not exist.

Every post stands on a timeline: some lie in the past when the world opens, the others appear while
somebody looks. Times are relative to the opening, so that the world is always fresh. Once opened a
world never changes; what can be seen of it depends only on the moment that is asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from earnest.demo.written import (
    FOLDER,
    POST_FILES,
    AuthorsFile,
    PostsFile,
    WrittenAuthor,
    WrittenFeed,
    WrittenPost,
    read_yaml,
)
from listeners.post import require_utc

_X_EPOCH_MS = 1288834974657  # ids of X count milliseconds from here, shifted by 22 bits
When = Callable[[timedelta], datetime]
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a post. id: the network's own; on X every edit has a new one."""

    id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class WorldPost:
    """One post of the world with its real times. `key` is its name in the files.

    versions: first to last wording. parent: key of the post it answers, quotes or reposts.
    relation: "reply", "quote", "repost" or "". about: what it is, for tests; never served.
    """

    key: str
    source: str
    about: str
    by: str
    versions: tuple[Version, ...]
    title: str = ""
    lang: str = "en"
    parent: str | None = None
    relation: str = ""
    subreddit: str = ""
    feed: str = ""
    slug: str = ""
    spread: tuple[int, int, int] = (0, 0, 0)
    deleted_at: datetime | None = None
    live: bool = False

    @property
    def id(self) -> str:
        """The id it was first published under."""
        return self.versions[0].id

    @property
    def created_at(self) -> datetime:
        """When it was first published."""
        return self.versions[0].at

    def exists(self, now: datetime) -> bool:
        """Published by `now`, and not taken away again."""
        return self.created_at <= now and (self.deleted_at is None or now < self.deleted_at)

    def reads(self, now: datetime) -> Version:
        """The wording that stands at `now`."""
        return [version for version in self.versions if version.at <= now][-1]

    def history(self, now: datetime) -> list[Version]:
        """All wordings up to `now`, first to last."""
        return [version for version in self.versions if version.at <= now]


@dataclass(frozen=True, slots=True)
class World:
    """All that is ever said, in order of time.

    start: when it opened. ends: when the last thing has happened. authors: accounts on X by handle.
    """

    start: datetime
    ends: datetime
    posts: tuple[WorldPost, ...]
    authors: Mapping[str, WrittenAuthor]
    feeds: Mapping[str, WrittenFeed]
    _by_key: Mapping[str, WorldPost] = field(repr=False)

    @classmethod
    def open(cls, start: datetime, *, speed: float = 1.0, folder: Path = FOLDER) -> World:
        """Read the files. speed: 2.0 lets the live part happen twice as fast.

        Raises pydantic's ValidationError or ValueError where a file is wrong.
        """
        require_utc("start", start)
        if not speed > 0:
            raise ValueError("the speed must be above 0")
        authors = AuthorsFile.model_validate(read_yaml(folder / "authors.yaml")).x
        files = [PostsFile.model_validate(read_yaml(folder / name)) for name in POST_FILES]
        feeds = {name: feed for file in files for name, feed in file.feeds.items()}
        written = [(post, post.source or file.source or "") for file in files for post in file.posts]
        written.sort(key=lambda pair: pair[0].at)

        def when(offset: timedelta) -> datetime:
            return start + (offset / speed if offset > timedelta(0) else offset)

        posts: dict[str, WorldPost] = {}
        for number, (post, source) in enumerate(written):
            posts[post.id] = _place(post, source, posts, number, when)
        if len(posts) != len(written):
            raise ValueError("two posts of the world have the same id")
        moments = [version.at for post in posts.values() for version in post.versions]
        moments += [post.deleted_at for post in posts.values() if post.deleted_at is not None]
        return cls(start, max(moments), tuple(posts.values()), authors, feeds, posts)

    def __getitem__(self, key: str) -> WorldPost:
        """The post with this key. Raises KeyError."""
        return self._by_key[key]

    def seen(self, source: str, now: datetime) -> Iterator[WorldPost]:
        """What stands on `source` at `now`, oldest first."""
        return (post for post in self.posts if post.source == source and post.exists(now))

    def parent(self, post: WorldPost) -> WorldPost | None:
        """The post that `post` answers, quotes or reposts, deleted or not."""
        return self._by_key[post.parent] if post.parent is not None else None

    def root(self, post: WorldPost) -> WorldPost:
        """The post that began the conversation."""
        while post.relation == "reply" and post.parent is not None:
            post = self._by_key[post.parent]
        return post

    def author_id(self, handle: str) -> str:
        """The account's number on X: written down, or derived from the handle."""
        author = self.authors[handle]
        return author.id or str(1_200_000_000_000_000_000 + zlib.crc32(handle.casefold().encode()) * 10**8)


def _place(
    post: WrittenPost, source: str, earlier: Mapping[str, WorldPost], number: int, when: When
) -> WorldPost:
    """Give a written post its times and ids. What it refers to must have been said before it.

    number: its place in the world, which keeps ids of one moment apart.
    """
    if not source:
        raise ValueError(f"{post.id} does not say on which network it is")
    relation, parent = _relation(post)
    if parent is not None and (parent not in earlier or earlier[parent].source != source):
        raise ValueError(f"{post.id} refers to {parent}, which nobody has said on {source} before")
    created = when(post.at)
    versions = [Version(_native_id(source, post, created, number), created, post.text)]
    for edit in post.edits:
        at = when(edit.at)
        own = _native_id(source, post, at, number) if source == "x" else versions[0].id
        versions.append(Version(own, at, edit.text))
    subreddit = post.subreddit or (earlier[parent].subreddit if parent is not None else "")
    return WorldPost(
        key=post.id,
        source=source,
        about=post.about,
        by=post.by,
        versions=tuple(versions),
        title=post.title,
        lang=post.lang,
        parent=parent,
        relation=relation,
        subreddit=subreddit,
        feed=post.feed or "",
        slug=post.slug,
        spread=post.spread,
        deleted_at=when(post.deleted) if post.deleted is not None else None,
        live=post.at > timedelta(0),
    )


def _relation(post: WrittenPost) -> tuple[str, str | None]:
    for name, key in (("reply", post.reply_to), ("quote", post.quotes), ("repost", post.reposts)):
        if key is not None:
            return name, key
    return "", None


def _native_id(source: str, post: WrittenPost, at: datetime, number: int) -> str:
    """An id as the network would give it: growing with time, and telling it on X."""
    ms = int(at.timestamp() * 1000)
    if source == "x":
        return str((ms - _X_EPOCH_MS) << 22 | number % 4096)
    if source == "reddit":
        kind = "t1" if post.reply_to else "t3"
        return f"{kind}_{_base36(ms // 10 * 1000 + number)}"
    return post.slug


def _base36(number: int) -> str:
    """A number in Reddit's digits."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits or "0"
