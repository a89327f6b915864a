"""Presets, lists of feeds, and finding feeds from a page's address."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from listeners.discovery import discover
from listeners.feed_entry import web_address
from listeners.http import Door
from listeners.listener import Malformed, Refused
from listeners.opml import read_opml, write_opml
from listeners.sources import BlogsSource, Feed
from tests.listeners.feed_site import LOOPBACK, site
from tests.listeners.feed_world import atom, items, rss


def url_of(**preset: Any) -> str:
    """The address a preset makes in sources.yaml."""
    source = BlogsSource.model_validate({"kind": "blogs", "name": "b", "feeds": [preset]})
    return source.feeds[0].url


@pytest.mark.parametrize(
    ("preset", "url"),
    [
        ({"preset": "discourse", "site": "https://f.example/"}, "https://f.example/posts.rss"),
        (
            {"preset": "discourse", "site": "f.example", "category": "support/6"},
            "https://f.example/c/support/6.rss",
        ),
        ({"preset": "discourse", "site": "f.example", "tag": "fibre"}, "https://f.example/tag/fibre.rss"),
        ({"preset": "phpbb", "site": "http://b.example/forum"}, "http://b.example/forum/feed.php"),
        ({"preset": "phpbb", "site": "b.example", "forum": 5}, "https://b.example/feed.php?f=5"),
        (
            {"preset": "hacker_news", "words": "larkspur fibre"},
            "https://hnrss.org/newcomments?q=larkspur+fibre&count=100",
        ),
        (
            {"preset": "hacker_news", "words": "x", "what": "stories"},
            "https://hnrss.org/newest?q=x&count=100",
        ),
        ({"preset": "lemmy", "site": "l.example"}, "https://l.example/feeds/all.xml?sort=New"),
        (
            {"preset": "lemmy", "site": "l.example", "community": "!broadband@uk.example"},
            "https://l.example/feeds/c/broadband@uk.example.xml?sort=New",
        ),
        ({"preset": "stack_exchange", "site": "s.example"}, "https://s.example/feeds"),
        (
            {"preset": "stack_exchange", "site": "s.example", "tag": "c++"},
            "https://s.example/feeds/tag?tagnames=c%2B%2B&sort=newest",
        ),
        (
            {"preset": "app_store", "app": 12, "country": "gb"},
            "https://itunes.apple.com/gb/rss/customerreviews/page=1/id=12/sortBy=mostRecent/xml",
        ),
        ({"preset": "google_alerts", "alert": "01/23"}, "https://www.google.com/alerts/feeds/01/23"),
        (
            {"preset": "google_alerts", "alert": "https://www.google.com/alerts/feeds/01/23"},
            "https://www.google.com/alerts/feeds/01/23",
        ),
    ],
)
def test_a_preset_makes_the_address(preset: dict[str, Any], url: str) -> None:
    """One line in sources.yaml instead of a search for the feed."""
    assert url_of(**preset) == url


@pytest.mark.parametrize(
    "preset",
    [
        {"preset": "discorse", "site": "f.example"},
        {"preset": "discourse"},
        {"preset": "discourse", "site": "javascript:x"},
        {"preset": "lemmy", "site": "l.example", "community": "../../admin"},
        {"preset": "app_store", "app": "many"},
        {"preset": "app_store", "app": 1, "contry": "gb"},
    ],
)
def test_a_wrong_preset_is_told(preset: dict[str, Any]) -> None:
    """Unknown names, keys and values are configuration errors."""
    with pytest.raises(ValidationError):
        url_of(**preset)


def test_a_preset_may_have_a_title() -> None:
    """As any feed may."""
    source = BlogsSource.model_validate(
        {"kind": "blogs", "name": "b", "feeds": [{"preset": "app_store", "app": 1, "title": "Our app"}]}
    )
    assert source.feeds[0].title == "Our app"


def test_alerts_are_unwrapped() -> None:
    """A responder should land on the page, not at Google."""
    wrapped = "https://www.google.com/url?rct=j&sa=t&url=https://news.example/a%3Fb%3D1&ct=ga"
    assert web_address(wrapped) == "https://news.example/a?b=1"
    assert web_address("https://www.google.com/url?url=javascript:x").startswith("https://www.google.com/")


def test_opml_goes_out_and_comes_back() -> None:
    """Addresses and titles, with every sign there is."""
    feeds = [
        Feed(url="https://a.example/?x=1&y=2", title='A "quoted" <b>'),
        Feed(url="https://b.example/", title="Ü"),
    ]
    assert read_opml(write_opml(feeds, title="T")) == feeds


def test_opml_of_others_is_taken_as_it_comes() -> None:
    """Folders, doubles, other outlines, missing titles, wrong case."""
    body = b"""<?xml version="1.0"?><OPML version="1.1"><head/><body>
      <outline text="Folder"><outline type="rss" text="One" xmlUrl="https://a.example/"/>
      <outline xmlURL="https://a.example/" text="Again"/><outline text="Link" url="https://c.example/"/></outline>
      <outline xmlUrl="javascript:x"/><outline xmlUrl="https://b.example/"/></body></OPML>"""
    assert [(feed.url, feed.title) for feed in read_opml(body)] == [
        ("https://a.example/", "One"),
        ("https://b.example/", ""),
    ]


@pytest.mark.parametrize("body", [b"", b"x", b"<rss/>", b"<opml"])
def test_what_is_no_opml_says_so(body: bytes) -> None:
    """Never an empty list by mistake."""
    if body == b"<opml":
        assert read_opml(body + b"></opml>") == []
        return
    with pytest.raises(Malformed, match="not OPML"):
        read_opml(body)


def test_opml_opens_no_files() -> None:
    """Entities of other people's lists are not followed."""
    body = b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;" xmlUrl="https://a.example/"/></body></opml>'
    assert "root" not in str(read_opml(body))


def test_discovery_reads_what_a_page_announces() -> None:
    """Each is fetched; what is no feed is left out; moved ones come with their new address."""
    link = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    with site() as web:
        web.put(
            "/",
            "<!doctype html>"
            + link.format("Blog", "/old")
            + link.format("", "/broken")
            + link.format("", "/a"),
        )
        web.put("/old", status=301, Location="/feed")
        web.put("/feed", rss(items(1)))
        web.put("/a", atom(items(1)))
        web.put("/broken", "<p>no feed")
        found = discover(web.url + "/", Door(LOOPBACK))
    assert [(feed.url, feed.title) for feed in found] == [(web.url + "/feed", "Blog"), (web.url + "/a", "B")]


def test_discovery_looks_at_the_usual_places() -> None:
    """Where a page announces nothing."""
    with site() as web:
        web.put("/about/", "<html><body>Hi")
        web.put("/feed.xml", rss(items(1)))
        assert [feed.url for feed in discover(web.url + "/about/", Door(LOOPBACK))] == [web.url + "/feed.xml"]


def test_discovery_of_a_feed_is_the_feed() -> None:
    """Its address is already the answer."""
    with site() as web:
        url = web.put("/feed", rss(items(1)))
        assert [feed.url for feed in discover(url, Door(LOOPBACK))] == [url]


def test_discovery_says_when_the_page_is_not_there() -> None:
    """A 404 page is not searched."""
    with site() as web, pytest.raises(Refused, match="404"):
        discover(web.url + "/nowhere", Door(LOOPBACK))
