"""Listening to a feed over time: what is new, what changed, what is remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from listeners.listener import Broke, Budget, Gone, ListenError, Malformed, Refused, Retry
from listeners.post import GapWhy, Kind
from tests.listeners.feed_site import Site, site
from tests.listeners.feed_world import START, Clock, Item, atom, items, json_feed, listener, poll, rss


@pytest.fixture
def web() -> Iterator[Site]:
    """A web server on loopback."""
    with site() as here:
        yield here


@pytest.mark.parametrize("write", [rss, atom, json_feed])
def test_every_format_becomes_the_same_posts(web: Site, write: Callable[[list[Item]], str]) -> None:
    """Id, title, words, link and time are the same, whatever the notation."""
    batch = poll(listener(web.put("/feed", write(items(3)))))
    assert [post.title for post in batch.posts] == ["Title 0", "Title 1", "Title 2"]
    last = batch.posts[-1]
    assert (last.source, last.kind, last.text) == ("blog", Kind.ARTICLE, "Words of entry 2")
    assert (last.url, last.created_at) == ("https://blog.example/2", items(3)[2].when)
    assert last.conversation_id == last.id


def test_a_second_poll_brings_only_what_is_new(web: Site) -> None:
    """The state remembers the entries met."""
    ear = listener(web.put("/feed", rss(items(3))))
    first = poll(ear)
    web.put("/feed", rss(items(5)))
    assert [post.title for post in poll(ear, first.next_state).posts] == ["Title 3", "Title 4"]


def test_the_state_is_plain_json(web: Site) -> None:
    """Through JSON and back, nothing is forgotten."""
    ear = listener(web.put("/feed", rss([Item(title="undated"), *items(3)]), etag='"1"'))
    state = json.loads(json.dumps(poll(ear).next_state, sort_keys=True))
    web.put("/feed", rss([Item(title="undated"), *items(4)]))
    assert [post.title for post in poll(ear, state).posts] == ["Title 3"]


def test_the_validators_are_sent_and_a_304_brings_nothing(web: Site) -> None:
    """ETag and Last-Modified come back; an unchanged feed is a batch without posts."""
    url = web.put("/feed", rss(items(3)), etag='"one"', Last_Modified="Sun, 01 Nov 2026 10:00:00 GMT")
    first = poll(listener(url))
    second = poll(listener(url), first.next_state)
    sent = web.requests[-1][1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"one"', "Sun, 01 Nov 2026 10:00:00 GMT")
    assert second.posts == ()
    assert second.retry_after


def test_an_etag_is_a_cursor_that_stands_with_its_entries(web: Site) -> None:
    """Where the batch was not committed, the entries come again and no 304 hides them."""
    ear = listener(web.put("/feed", rss(items(3)), etag='"one"'))
    poll(ear)  # its state is lost, as in a crash before the commit
    assert len(poll(ear).posts) == 3


def test_a_feed_whose_etag_never_changes_is_asked_whole_once_a_day(web: Site) -> None:
    """A broken server does not silence its feed."""
    clock = Clock()
    ear = listener(web.put("/feed", rss(items(3)), etag='"always"'), clock)
    state = poll(ear).next_state
    web.put("/feed", rss(items(4)), etag='"always"')
    assert poll(ear, state).posts == ()
    clock.move(hours=25)
    assert [post.title for post in poll(ear, state).posts] == ["Title 3"]


def test_an_edit_is_a_new_revision_of_the_same_post(web: Site) -> None:
    """Changed words: same id, another revision."""
    ear = listener(web.put("/feed", rss(items(2))))
    first = poll(ear)
    edited = replace(items(2)[1], text="Now it is worse")
    web.put("/feed", rss([items(2)[0], edited]))
    (post,) = poll(ear, first.next_state).posts
    assert post.id == first.posts[1].id
    assert post.revision != first.posts[1].revision
    assert post.text == "Now it is worse"


def test_words_taken_back_are_a_revision_of_their_own(web: Site) -> None:
    """A to B and back to A is two changes; the last is not taken for the first."""
    one, other = Item(guid="1", title="T", text="A"), Item(guid="1", title="T", text="B")
    ear = listener(web.put("/feed", rss([one])))
    state, revisions = poll(ear).next_state, []
    for now in (other, one, other):
        web.put("/feed", rss([now]))
        batch = poll(ear, state)
        state = batch.next_state
        revisions += [post.revision for post in batch.posts]
    assert len(set(revisions)) == 3


def test_an_undated_entry_comes_once_at_the_time_it_was_first_met(web: Site) -> None:
    """Also after an edit its time stands."""
    clock = Clock()
    entry = Item(guid="u", title="No date")
    ear = listener(web.put("/feed", rss([entry])), clock)
    first = poll(ear)
    assert first.posts[0].created_at == START
    clock.move(hours=5)
    web.put("/feed", rss([entry, *items(1)]))
    second = poll(ear, first.next_state)
    assert [post.title for post in second.posts] == ["Title 0"]
    web.put("/feed", rss([replace(entry, text="edited"), *items(1)]))
    (third,) = poll(ear, second.next_state).posts
    assert third.created_at == START


def test_a_date_in_the_future_is_clamped_and_silences_nothing(web: Site) -> None:
    """An entry of 2099 counts as met now; what comes after it is heard."""
    clock = Clock()
    late = Item(guid="f", title="From the future", when=START.replace(year=2099))
    ear = listener(web.put("/feed", rss([*items(2), late])), clock)
    first = poll(ear)
    assert max(post.created_at for post in first.posts) == START
    clock.move(hours=1)
    web.put("/feed", rss([*items(3), late]))
    assert [post.title for post in poll(ear, first.next_state).posts] == ["Title 2"]


def test_an_entry_older_than_the_last_one_is_heard_too(web: Site) -> None:
    """Nothing depends on the order of dates."""
    ear = listener(web.put("/feed", rss(items(3)[1:])))
    first = poll(ear)
    web.put("/feed", rss(items(3)))
    assert [post.title for post in poll(ear, first.next_state).posts] == ["Title 0"]


@pytest.mark.parametrize(
    "entries",
    [
        [
            Item(guid="same", title="A", link="https://b.example/a"),
            Item(guid="same", title="B", link="https://b.example/b"),
        ],
        [Item(guid="same", title="A"), Item(guid="same", title="B")],
        [Item(guid="same", text="A"), Item(guid="same", text="B")],
        [Item(title="A", link="https://b.example/"), Item(title="B", link="https://b.example/")],
        [Item(text="A"), Item(text="B")],
        [Item(title="A"), Item(title="B")],
    ],
)
def test_entries_that_share_or_lack_ids_are_all_heard_once(web: Site, entries: list[Item]) -> None:
    """Distinct entries are distinct posts, and stay so."""
    ear = listener(web.put("/feed", rss(entries)))
    first = poll(ear)
    assert len({post.id for post in first.posts}) == 2
    web.put("/feed", rss(entries, channel="<description>changed</description>"))
    assert poll(ear, first.next_state).posts == ()


def test_a_feed_caught_sharing_an_id_keeps_the_post_it_had(web: Site) -> None:
    """The first holder of a shared id is not stored twice when the second appears."""
    one, two = Item(guid="same", title="A"), Item(guid="same", title="B")
    ear = listener(web.put("/feed", rss([one])))
    first = poll(ear)
    web.put("/feed", rss([one, two]))
    second = poll(ear, first.next_state)
    assert [post.title for post in second.posts] == ["B"]
    assert second.posts[0].id != first.posts[0].id


def test_the_same_guid_in_two_feeds_is_two_posts(web: Site) -> None:
    """Ids are unique over all feeds."""
    one = poll(listener(web.put("/one", rss(items(1)))))
    two = poll(listener(web.put("/two", rss(items(1)))))
    assert one.posts[0].id != two.posts[0].id


def test_a_feed_that_moved_for_good_is_asked_there_and_keeps_its_posts(web: Site) -> None:
    """301: the next poll goes to the new address; the entries keep their ids."""
    web.put("/new", rss(items(2)), etag='"n"')
    ear = listener(web.put("/old", status=301, Location="/new"))
    first = poll(ear)
    second = poll(ear, first.next_state)
    assert [path for path, _ in web.requests] == ["/old", "/new", "/new"]
    assert first.posts[0].url == "https://blog.example/0"
    assert second.posts == ()
    web.put("/new", "gone", 410)
    web.put("/old", rss(items(3)))
    assert [post.title for post in poll(ear, second.next_state).posts] == ["Title 2"]


def test_a_feed_that_moved_for_now_is_asked_where_it_was(web: Site) -> None:
    """302: the configured address stays the address."""
    web.put("/new", rss(items(2)))
    ear = listener(web.put("/old", status=302, Location="/new"))
    poll(ear, poll(ear).next_state)
    assert [path for path, _ in web.requests] == ["/old", "/new", "/old", "/new"]


def test_a_move_to_something_that_is_no_feed_moves_nothing(web: Site) -> None:
    """A hotel's login page answers 301 to everything."""
    ear = listener(web.put("/feed", rss(items(2))))
    state = poll(ear).next_state
    web.put("/login", "<html><body>Room number?</body></html>")
    web.put("/feed", status=301, Location="/login")
    with pytest.raises(Malformed):
        poll(ear, state)
    web.put("/feed", rss(items(3)))
    assert len(poll(ear, state).posts) == 1


@pytest.mark.parametrize(
    ("status", "headers", "error", "after"),
    [
        (410, {}, Gone, None),
        (404, {}, Retry, 3600),
        (429, {"Retry_After": "120"}, Retry, 120),
        (503, {"Retry_After": "Sun, 01 Nov 2026 13:00:00 GMT"}, Retry, 3600),
        (500, {}, Retry, None),
        (304, {}, Retry, None),
        (401, {}, Refused, None),
        (403, {}, Refused, None),
        (451, {}, Refused, None),
    ],
)
def test_a_status_becomes_the_error_that_says_what_to_do(
    web: Site, status: int, headers: dict[str, str], error: type[ListenError], after: float | None
) -> None:
    """Gone, Refused or Retry, with the wait the server named."""
    with pytest.raises(error) as caught:
        poll(listener(web.put("/feed", "x", status, **headers)))
    assert getattr(caught.value, "after", None) == after


def test_a_web_page_names_the_feed_that_was_meant(web: Site) -> None:
    """The commonest slip: the address of the blog instead of its feed."""
    page = '<!doctype html><html><link rel="alternate" type="application/rss+xml" href="/rss"></html>'
    with pytest.raises(Malformed, match=f"its feed seems to be {web.url}/rss"):
        poll(listener(web.put("/", page)))


@pytest.mark.parametrize(
    "body", ["", "   \n", "hello", "{", '{"a": 1}', "[1]", "<xml/>", "\x00\x01", "{" * 100_000]
)
def test_what_is_no_feed_is_malformed(web: Site, body: str) -> None:
    """Never an empty success."""
    with pytest.raises(Malformed):
        poll(listener(web.put("/feed", body)))


def test_a_broken_entry_is_set_aside_once_and_the_rest_goes_on(web: Site) -> None:
    """An empty item has nothing to read: kept raw with its place and reason, and not told again."""
    ear = listener(web.put("/feed", rss([items(2)[0], Item(guid="empty"), items(2)[1]])))
    first = poll(ear)
    assert len(first.posts) == 2
    (aside,) = first.set_aside
    assert aside.id == "empty"
    assert "entry 2 of" in aside.place
    assert "neither title, text nor link" in aside.why
    web.put("/feed", rss([items(3)[0], Item(guid="empty"), *items(3)[1:]]))
    assert poll(ear, first.next_state).set_aside == ()


def test_what_fell_off_between_two_polls_is_a_gap(web: Site) -> None:
    """Where even the oldest entry is newer than all that was known, some may have been missed."""
    ear = listener(web.put("/feed", rss(items(10)[:3])))
    first = poll(ear)
    web.put("/feed", rss(items(10)[7:]))
    (gap,) = poll(ear, first.next_state).gaps
    assert (gap.why, gap.start, gap.end) == (GapWhy.CAP, items(10)[2].when, items(10)[7].when)


def test_what_fell_off_is_looked_for_on_the_older_pages(web: Site) -> None:
    """A paged feed is read back until it meets what is known; then there is no gap."""
    entries = items(10)
    ear = listener(web.put("/feed", rss(entries[:2])))
    state = poll(ear).next_state
    older = '<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="/feed?page={}"/>'
    web.put("/feed", rss(entries[7:], channel=older.format(2)))
    web.put("/feed?page=2", rss(entries[4:8], channel=older.format(3)))
    web.put("/feed?page=3", rss(entries[1:5], channel=older.format(4)))
    batches = list(ear.poll(state, Budget()))
    heard = sorted(post.title for batch in batches for post in batch.posts)
    assert heard == [f"Title {n}" for n in range(2, 10)]
    assert [batch.gaps for batch in batches] == [(), (), ()]
    assert [path for path, _ in web.requests][-3:] == ["/feed", "/feed?page=2", "/feed?page=3"]


@pytest.mark.parametrize("second", ["<p>no feed", rss([])])
def test_a_gap_stays_where_the_older_pages_end(web: Site, second: str) -> None:
    """What they do not bring is told; the feed itself is kept."""
    ear = listener(web.put("/feed", rss(items(10)[:2])))
    state = poll(ear).next_state
    older = '<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="/feed?page=2"/>'
    web.put("/feed", rss(items(10)[7:], channel=older))
    web.put("/feed?page=2", second)
    batches = list(ear.poll(state, Budget()))
    assert sum(len(batch.posts) for batch in batches) == 3
    assert len(batches[-1].gaps) == 1


def test_a_first_poll_does_not_read_a_whole_archive(web: Site) -> None:
    """Nothing was known, so nothing is missed."""
    older = '<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="/feed?page=2"/>'
    poll(listener(web.put("/feed", rss(items(3), channel=older))))
    assert len(web.requests) == 1


def test_no_gap_where_entries_overlap(web: Site) -> None:
    """One known entry in the feed is proof enough."""
    ear = listener(web.put("/feed", rss(items(10)[:5])))
    first = poll(ear)
    web.put("/feed", rss(items(10)[4:]))
    assert poll(ear, first.next_state).gaps == ()


def test_a_spent_budget_is_said(web: Site) -> None:
    """No request is made without leave."""
    with pytest.raises(Broke):
        list(listener(web.put("/feed", rss(items(1)))).poll({}, Budget(requests=0)))
    assert web.requests == []


def test_a_state_of_another_version_begins_anew(web: Site) -> None:
    """An unknown state is not an error; entries come again and are stored once."""
    assert len(poll(listener(web.put("/feed", rss(items(2)))), {"v": 99, "seen": "?"}).posts) == 2


def test_authors_of_two_sites_are_two_people(web: Site) -> None:
    """A name is only a name on its own site."""
    post = poll(listener(web.put("/feed", atom([replace(items(1)[0], author="Ann")])))).posts[0]
    assert post.author is not None
    assert post.author.name == post.author.handle == "Ann"
    assert post.author.id == web.url.removeprefix("http://") + "/Ann"


def test_a_reply_knows_the_entry_it_answers(web: Site) -> None:
    """Atom's threading extension gives a comment its parent."""
    body = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
      <entry><id>c</id><title>Re</title><thr:in-reply-to ref="p"/></entry>
      <entry><id>p</id><title>Post</title></entry></feed>"""
    parent, reply = poll(listener(web.put("/feed", body))).posts
    assert (reply.kind, reply.parent_id, reply.conversation_id) == (Kind.COMMENT, parent.id, parent.id)


def test_remembering_is_bounded(web: Site) -> None:
    """A feed that is all new each time does not grow the state for ever."""
    ear = listener(web.put("/feed", rss(items(10))))
    state = poll(ear).next_state
    for n in range(1, 30):
        fresh = [replace(item, guid=f"{n}-{item.guid}", link="") for item in items(100)]
        web.put("/feed", rss(fresh))
        state = poll(ear, state).next_state
    assert len(state["seen"]) == 1100


def test_the_next_poll_is_named(web: Site) -> None:
    """In the batch as seconds, in the state as a time."""
    clock = Clock()
    batch = poll(listener(web.put("/feed", rss(items(3))), clock))
    assert batch.retry_after is not None
    assert batch.next_state["next_poll"] == (clock.now + timedelta(seconds=batch.retry_after)).isoformat()
