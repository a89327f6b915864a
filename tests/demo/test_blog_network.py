"""The world's feeds are served as the web serves feeds."""

from __future__ import annotations

import io
import json
from datetime import datetime

import feedparser
import pytest

from earnest.demo.blog_network import BlogNetwork
from earnest.demo.wire import Reply, Request
from earnest.demo.world import World
from tests.demo.moments import LATER, START

BASE = "http://world.test"


@pytest.fixture
def blogs(world: World) -> BlogNetwork:
    """The blogs at an address."""
    return BlogNetwork(world, BASE)


def get(blogs: BlogNetwork, name: str, *, when: datetime = LATER, **headers: str) -> Reply:
    """The answer for one feed."""
    path = blogs.feed_url(name).removeprefix(BASE)
    return blogs.answer(Request("GET", path, {}, {k.replace("_", "-"): v for k, v in headers.items()}), when)


@pytest.mark.parametrize(("name", "version"), [("switchboard", "rss20"), ("hillside", "atom10")])
def test_xml_feeds_parse_cleanly(blogs: BlogNetwork, world: World, name: str, version: str) -> None:
    """feedparser finds nothing to complain about, and every post."""
    reply = get(blogs, name)
    headers = {key.lower(): value for key, value in reply.headers.items()}
    feed = feedparser.parse(io.BytesIO(reply.body), response_headers=headers)
    assert not feed.bozo
    assert feed.version == version
    assert len(feed.entries) == sum(post.feed == name for post in world.posts)
    assert all(entry.title and entry.author and entry.published_parsed for entry in feed.entries)


def test_the_json_feed_is_one(blogs: BlogNetwork) -> None:
    """Version 1.1, with times and authors."""
    feed = json.loads(get(blogs, "fibrewatch").body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert all(item["date_published"].endswith("Z") and item["authors"] for item in feed["items"])


def test_an_unchanged_feed_is_a_304(blogs: BlogNetwork) -> None:
    """By ETag, and by date where there is no ETag."""
    whole = get(blogs, "border")
    assert whole.status == 200
    assert get(blogs, "border", if_none_match=whole.headers["ETag"]).status == 304
    assert get(blogs, "border", if_modified_since=whole.headers["Last-Modified"]).status == 304
    assert get(blogs, "border", if_none_match='"older"').status == 200


def test_an_edit_changes_the_etag(blogs: BlogNetwork, world: World) -> None:
    """A feed asked before and after an article was updated differs."""
    edited = world["shelf-9"].versions[1].at
    before = get(blogs, "switchboard", when=START)
    after = get(blogs, "switchboard", when=edited)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert b"five more households" in after.body


def test_an_entry_leads_to_its_page(blogs: BlogNetwork, world: World) -> None:
    """The link in the feed opens, and names the feed in its head."""
    page = blogs.answer(Request("GET", "/blogs/switchboard/hub-4-scorch"), LATER)
    assert page.status == 200
    assert b"rss.xml" in page.body
    assert blogs.answer(Request("GET", "/blogs/switchboard/nothing"), LATER).status == 404
