"""Whatever a server sends: entries, entries set aside, or one of our errors."""

from __future__ import annotations

from datetime import UTC

from hypothesis import example, given, settings
from hypothesis import strategies as st

from listeners.discovery import find_feeds
from listeners.feed_entry import Entry
from listeners.feed_memory import Memory
from listeners.feed_reading import Reading
from listeners.feeds import read_feed, read_parts
from listeners.html_text import readable
from listeners.listener import Malformed
from listeners.opml import read_opml, write_opml
from listeners.sources import Feed
from tests.listeners.feed_world import START, Item, atom, json_feed, rss

URL = "https://blog.example/feed"
SCRAPS = st.sampled_from(
    [
        "<item>",
        "</item>",
        "<entry>",
        "]]>",
        "<![CDATA[",
        "&",
        "&nbsp;",
        "&#0;",
        "&#xD800;",
        "<",
        "\x00",
        "\ufeff",
        '"',
        "{",
        "]",
        "<guid>",
        "<pubDate>",
        "é",
        "�",
        "<link href='",
        "<content type='xhtml'>",
        "<!DOCTYPE x [",
        "<?xml encoding='x'?>",
    ]
)
TAGS = st.sampled_from(
    ["<p>", "</p>", "<br>", "<ul><li>", "<table><td>", "<pre>", "&lt;", "<!--", "<script>"]
)
WORDS = st.text(max_size=20) | SCRAPS


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A feed with odd parts, in odd places, cut and patched, in some charset or none."""
    write = draw(st.sampled_from([rss, atom, json_feed]))
    entries = draw(st.lists(st.builds(Item, WORDS, WORDS, WORDS, WORDS), max_size=4))
    text = write(entries)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(SCRAPS) + text[place + draw(st.integers(0, 5)) :]
    charset = draw(st.sampled_from(["utf-8", "utf-16", "cp1252", "ascii"]))
    body = text.encode(charset, "replace" if charset != "utf-8" else "surrogatepass")
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


@settings(max_examples=300, deadline=None)
@example(body=b"\xef\xbb\xbf", content_type="")  # nothing but a byte order mark
@given(
    body=bodies() | st.binary(max_size=200),
    content_type=st.sampled_from(["", "text/xml; charset=x", "a;b=;;"]),
)
def test_no_body_breaks_the_reader(body: bytes, content_type: str) -> None:
    """It reads, or it says Malformed; and what it reads can be stored."""
    try:
        feed = read_feed(body, url=URL, headers={"content-type": content_type})
    except Malformed:
        return
    for entry in feed.entries:
        if isinstance(entry, Entry):
            assert entry.when is None or entry.when.tzinfo is UTC
            assert entry.url == "" or entry.url.startswith(("http://", "https://"))
    memory = Memory()
    posts, aside = Reading(memory, URL, START).take(feed)
    assert len({post.id for post in posts}) == len(posts)
    assert len(posts) + len(aside) <= len(feed.entries)
    again = Memory.load(memory.dump(next_poll=START))
    assert Reading(again, URL, START).take(feed) == ([], [])


@settings(max_examples=100, deadline=None)
@given(body=bodies())
def test_parts_never_hold_less_than_the_whole(body: bytes) -> None:
    """Reading a body in slices finds at least the entries that reading it at once finds."""
    from listeners import feeds

    def count(large: int) -> int:
        before, feeds._LARGE = feeds._LARGE, large
        try:
            return sum(len(part.entries) for part in read_parts(body, url=URL))
        except Malformed:
            return 0
        finally:
            feeds._LARGE = before

    assert count(0) >= count(1 << 30)


@settings(max_examples=300, deadline=None)
@given(html=st.lists(st.text(max_size=10) | TAGS))
def test_no_html_breaks_the_text(html: list[str]) -> None:
    """It always comes to some text."""
    assert isinstance(readable("".join(html)), str)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=300) | bodies())
def test_no_page_breaks_discovery_and_no_list_the_reader_of_lists(body: bytes) -> None:
    """Feeds, an empty list, or Malformed."""
    assert all(feed.url.startswith("http") for feed in find_feeds(body, URL))
    try:
        read_opml(body)
    except Malformed:
        return


@given(titles=st.lists(st.text(max_size=50), max_size=5))
def test_every_title_survives_the_way_through_opml(titles: list[str]) -> None:
    """What XML cannot hold is left out; nothing breaks."""
    feeds = [Feed(url=f"https://{n}.example/", title=title) for n, title in enumerate(titles)]
    assert [feed.url for feed in read_opml(write_opml(feeds, title="T"))] == [feed.url for feed in feeds]
