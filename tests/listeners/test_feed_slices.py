"""Huge feeds in small parts, and every limit of size there is."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from listeners.feed_entry import Entry
from listeners.feed_memory import Memory, Seen
from listeners.feed_slices import slices
from listeners.feeds import PART, read_feed, read_parts
from listeners.listener import Budget, Malformed
from tests.listeners.feed_site import site
from tests.listeners.feed_world import Item, atom, items, json_feed, listener, rss

URL = "https://blog.example/feed"


def titles(body: bytes) -> list[str]:
    """The titles of all entries of a feed, in its order."""
    return [entry.title for entry in read_feed(body, url=URL).entries if isinstance(entry, Entry)]


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("write", [rss, atom])
def test_slices_add_up_to_the_feed(write: object, count: int) -> None:
    """Each slice is a feed of its own; together they hold every entry once, in order."""
    body = write(items(count)).encode()  # type: ignore[operator]
    parts = list(slices(body, entries=3))
    assert [title for part in parts for title in titles(part)] == titles(body)
    assert len(parts) == (count + 2) // 3


def test_every_slice_knows_the_feed() -> None:
    """Its head comes with each, so that author, language and pace are known."""
    body = rss(items(5), channel="<ttl>90</ttl>").encode()
    assert [read_feed(part, url=URL).ttl for part in slices(body, entries=2)] == [5400, 5400, 5400]


def test_empty_elements_and_rdf_are_cut_right() -> None:
    """Where expat stands behind an entry instead of before its end."""
    body = b'<r:RDF xmlns:r="x"><channel/><item/><item a="1"/><item><title>T</title></item></r:RDF>'
    cut = [part.removeprefix(b'<r:RDF xmlns:r="x"><channel/>') for part in slices(body, entries=1)]
    assert cut == [b"<item/></r:RDF>", b'<item a="1"/></r:RDF>', b"<item><title>T</title></item></r:RDF>"]


def test_broken_xml_loses_nothing_before_or_after_the_break() -> None:
    """From the break on, the rest is one slice for the parser that forgives."""
    body = rss(items(9)).replace("Title 4", "Title 4 <b> &nbsp; & ").encode()
    found = [title for part in slices(body, entries=2) for title in titles(part)]
    assert [title[:7] for title in found] == [f"Title {n}" for n in range(8, -1, -1)]


@pytest.mark.parametrize("body", [b"", b"no xml", b"<rss/>", b"<html><body>x</body></html>", b"<a><b>"])
def test_what_has_no_entries_comes_back_as_it_is(body: bytes) -> None:
    """Judging it is the reader's business."""
    assert b"".join(slices(body)) == body


def test_undeclared_entities_do_not_end_the_slicing() -> None:
    """HTML's &nbsp; is everyday."""
    body = rss(items(9)).replace("Title", "&nbsp;Title").encode()
    assert len(list(slices(body, entries=2))) == 5


def huge(count: int) -> list[Item]:
    """Entries of some 400 bytes."""
    return [replace(item, text=item.text + " and more words" * 20) for item in items(count, hours=0.1)]


@pytest.mark.parametrize("write", [rss, json_feed])
def test_a_huge_feed_comes_in_parts_with_the_validators_in_the_last(write: object) -> None:
    """A crash between two batches resumes without loss, and no 304 hides the rest."""
    with site() as web:
        ear = listener(web.put("/feed", write(huge(1700)), etag='"1"'), max_bytes=50_000_000)  # type: ignore[operator]
        batches = list(ear.poll({}, Budget()))
        assert [len(batch.posts) for batch in batches] == [PART, PART, PART, 200]
        assert ["etag" in batch.next_state for batch in batches] == [False, False, False, True]
        assert len({post.id for batch in batches for post in batch.posts}) == 1700
        again = [post for batch in ear.poll(batches[1].next_state, Budget()) for post in batch.posts]
        assert {post.id for post in again} == {post.id for batch in batches for post in batch.posts}
        assert [len(batch.posts) for batch in ear.poll(batches[-1].next_state, Budget())] == [0]


def test_of_too_many_entries_the_newest_are_remembered() -> None:
    """So that a second poll of an endless feed repeats only what is old."""
    memory = Memory(seen={f"left{n}": Seen("r") for n in range(1500)})
    newest_first = [f"key{n}" for n in range(30_000)]
    for key in reversed(newest_first):
        memory.touch(key, "r")
    memory.forget_old(newest_first)
    assert list(memory.seen) == newest_first[:20_000][::-1]
    few = Memory(seen={f"left{n}": Seen("r") for n in range(1500)})
    few.touch("key", "r")
    few.forget_old(["key"])
    assert list(few.seen) == [*(f"left{n}" for n in range(500, 1500)), "key"]


def test_one_id_in_two_parts_is_still_two_posts() -> None:
    """A feed is caught sharing an id also across parts, and stays caught."""
    entries = huge(1200)
    entries[0] = replace(entries[0], guid="same", link="https://blog.example/a")
    entries[1100] = replace(entries[1100], guid="same", link="https://blog.example/b")
    with site() as web:
        ear = listener(web.put("/feed", rss(entries)), max_bytes=50_000_000)
        batches = list(ear.poll({}, Budget()))
        assert len({post.id for batch in batches for post in batch.posts}) == 1200
        web.put("/feed", rss(entries, channel="<ttl>9</ttl>"))
        assert [post for batch in ear.poll(batches[-1].next_state, Budget()) for post in batch.posts] == []


def test_a_feed_of_a_hundred_thousand_entries_is_cut_whole_and_read_in_bounded_memory() -> None:
    """Memory follows the part; what the reader holds beyond the body stays small.

    Reading all of them takes half a minute; benchmarks/feeds.py does it.
    """
    entry = "<item><guid>{0}</guid><title>Title {0}</title><description>Words {0}</description></item>"
    inside = "".join(entry.format(n) for n in range(100_000))
    body = f'<rss version="2.0"><channel>{inside}</channel></rss>'.encode()
    assert sum(part.count(b"<item>") for part in slices(body, entries=PART)) == 100_000
    parts = read_parts(body, url=URL)
    next(parts)  # modules load outside of the measure
    tracemalloc.start()
    try:
        heard = sum(len(next(parts).entries) for _ in range(2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert heard == 2 * PART
    assert peak < 30_000_000


def test_a_feed_of_fifty_megabytes_is_refused_by_its_cap_with_the_mend() -> None:
    """The default cap holds; the message says how large it is and what is read."""
    with site() as web:
        ear = listener(web.put("/feed", b" " * 50_000_000))
        with pytest.raises(Malformed, match=r"47\.7 MiB.*at most 19\.1 MiB"):
            list(ear.poll({}, Budget()))


def test_a_feed_of_fifty_megabytes_is_read_where_the_cap_allows_it() -> None:
    """Few entries of great length are read too."""
    body = rss([replace(item, text="word " * 1_000_000) for item in items(10)])
    with site() as web:
        ear = listener(web.put("/feed", body), max_bytes=60_000_000, timeout_seconds=60)
        assert sum(len(batch.posts) for batch in ear.poll({}, Budget())) == 10
