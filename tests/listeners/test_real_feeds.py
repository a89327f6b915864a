"""Real feeds over loopback: every entry arrives, and every one that does not says why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from listeners.feed_entry import Entry
from listeners.feeds import read_feed
from listeners.listener import ListenError, Malformed
from listeners.post import Post
from tests.listeners.feed_site import Site, site
from tests.listeners.feed_world import listener, poll


@dataclass(frozen=True)
class Account:
    """One feed: entries a plain count of its text finds, posts kept, and the reasons of the rest."""

    entries: int
    posts: tuple[Post, ...]
    why: tuple[str, ...]


@pytest.fixture
def web() -> Iterator[Site]:
    """A web server on loopback."""
    with site() as here:
        yield here


def entries_in(body: bytes) -> int:
    """Entries counted without a parser: items of the JSON, or opening tags of item and entry."""
    if body.lstrip().startswith(b"{"):
        return len(json.loads(body)["items"])
    return len(re.findall(rb"<(?:item|entry)[\s>]", body))


def account(file: Path, web: Site) -> Account:
    """Serve a file, listen to it, and count."""
    body = file.read_bytes()
    try:
        batch = poll(listener(web.put(f"/{file.name}", body, etag='"1"')))
    except Malformed as error:
        return Account(entries_in(body), (), (str(error),))
    return Account(entries_in(body), batch.posts, tuple(aside.why for aside in batch.set_aside))


def feeds_of(shared_data: Path) -> list[Path]:
    """Every file of the folder."""
    return sorted(file for file in (shared_data / "feeds").iterdir() if file.is_file())


def test_every_entry_of_every_real_feed_arrives_or_says_why(shared_data: Path, web: Site) -> None:
    """Entries in the text = posts + set aside; what is no feed is refused with a message."""
    rows = []
    for file in feeds_of(shared_data):
        found = account(file, web)
        rows.append(f"{file.name:40} {found.entries:4} {len(found.posts):4}  {'; '.join(found.why)[-60:]}")
        assert found.entries == len(found.posts) + (len(found.why) if found.posts else 0), file.name
        assert found.posts or found.why, file.name
        assert len({post.id for post in found.posts}) == len(found.posts), file.name
    print("\n".join(["feed                                  entries posts  why not", *rows]))  # noqa: T201
    assert len(rows) >= 20


def test_no_real_entry_lacks_a_link_or_time_that_its_feed_had(shared_data: Path) -> None:
    """Of all entries of these feeds each has a date and a link, so each post must too."""
    for file in feeds_of(shared_data):
        try:
            feed = read_feed(file.read_bytes(), url="https://feeds.example/")
        except ListenError:
            continue
        for entry in feed.entries:
            assert isinstance(entry, Entry), file.name
            assert entry.when is not None, (file.name, entry.title)
            assert entry.url, (file.name, entry.title)
            assert "<p" not in entry.text, (file.name, entry.title)


def test_a_second_poll_of_every_real_feed_brings_nothing(shared_data: Path, web: Site) -> None:
    """Neither with validators nor, where a server knows none, by reading it again."""
    for file in feeds_of(shared_data):
        url = web.put(f"/{file.name}", file.read_bytes())
        ear = listener(url)
        try:
            first = poll(ear)
        except Malformed:
            continue
        web.put(f"/{file.name}", file.read_bytes() + b"\n")
        second = poll(ear, first.next_state)
        assert (second.posts, second.set_aside, second.gaps) == ((), (), ()), file.name
