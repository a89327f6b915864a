"""Listening on Mastodon's hashtag timelines, over loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listeners.brand import Brand
from listeners.listener import Batch, Budget, Gone, ListenError, Malformed, Refused, Retry, State
from listeners.mastodon import MastodonListener, mastodon_listeners
from listeners.post import Kind
from listeners.registry import build
from tests.listeners.harness import CursorFirst, crash_everywhere, kill_everywhere
from tests.listeners.loopback import Reply
from tests.listeners.mastodon_world import NOW, MastodonWorld


@pytest.fixture
def worlds() -> Iterator[Callable[..., MastodonWorld]]:
    """Makes instances and closes them."""
    made: list[MastodonWorld] = []

    def make(page: int = 40) -> MastodonWorld:
        made.append(MastodonWorld(page=page))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(worlds: Callable[..., MastodonWorld]) -> MastodonWorld:
    """One instance."""
    return worlds()


def ear(world: MastodonWorld) -> MastodonListener:
    """A listener to its one hashtag."""
    (found,) = mastodon_listeners(world.source, [Brand(name="Larkspur")], clock=world.clock)
    return found


def poll(world: MastodonWorld, state: State | None = None) -> list[Batch]:
    """All batches of a poll."""
    return list(ear(world).poll(state or {}, Budget()))


def test_a_status_becomes_a_post(world: MastodonWorld) -> None:
    """Named by its address, with text, time, person and spread."""
    world.say(
        'Still no <a href="https://x.example"><span class="invisible">https://</span><span>x.example</span></a>'
    )
    (post,) = poll(world)[0].posts
    assert (post.source, post.kind, post.text) == ("mastodon", Kind.POST, "Still no https://x.example")
    assert post.id == "https://other.example/users/ann/statuses/0"
    assert post.url == "https://other.example/@ann/0"
    assert (post.created_at, post.language) == (NOW, "en")
    assert post.author is not None
    assert (post.author.handle, post.author.name) == ("ann@other.example", "Ann")
    assert (post.spread.replies, post.spread.reposts, post.spread.likes) == (1, 2, 3)


def test_pages_are_walked_oldest_first_to_the_end(worlds: Callable[..., MastodonWorld]) -> None:
    """Each page is a batch whose cursor may be kept."""
    world = worlds(page=4)
    for minute in range(10, 0, -1):
        world.say(f"number {minute}", ago=timedelta(minutes=minute))
    batches = poll(world)
    assert [post.text for batch in batches for post in batch.posts] == [
        f"number {n}" for n in range(10, 0, -1)
    ]
    assert len(batches) == 4


def test_what_arrives_late_is_heard(world: MastodonWorld) -> None:
    """A post from another instance takes its place in the past."""
    world.say("now")
    state = poll(world)[-1].next_state
    world.say("an hour ago, but it came only now", ago=timedelta(hours=1))
    texts = [post.text for batch in poll(world, state) for post in batch.posts]
    assert "an hour ago, but it came only now" in texts


def test_an_edit_is_a_revision(world: MastodonWorld) -> None:
    """The time of the edit tells revisions apart."""
    own = world.say("before")
    first = poll(world)[0].posts[0]
    world.statuses[own].update(content="<p>after</p>", edited_at="2026-11-20T12:05:00.000Z")
    second = poll(world)[0].posts[0]
    assert first.id == second.id
    assert (first.revision, second.revision) == ("", "2026-11-20T12:05:00+00:00")


def test_a_reply_brings_its_parent_as_context(world: MastodonWorld) -> None:
    """The parent has no hashtag; it is fetched, and gives the conversation."""
    parent = world.say("No internet since Tuesday", hidden=True)
    world.say("Same here", in_reply_to_id=str(parent), by="bob@third.example")
    batch = poll(world)[0]
    (post,), (context,) = batch.posts, batch.context
    assert (post.kind, post.parent_id, post.conversation_id) == (Kind.REPLY, context.id, context.id)
    assert context.text == "No internet since Tuesday"


def test_a_parent_that_is_gone_costs_nothing(world: MastodonWorld) -> None:
    """The reply is kept without it."""
    world.say("Same here", in_reply_to_id="12345")
    batch = poll(world)[0]
    assert [post.parent_id for post in batch.posts] == [None]
    assert batch.context == ()


def test_a_broken_status_is_set_aside(world: MastodonWorld) -> None:
    """The others of its page go on."""
    world.say("good")
    world.say("no time", created_at="whenever")
    world.say("no name", uri=None)
    world.say("no author", account=None)
    batch = poll(world)[0]
    assert sorted(post.text for post in batch.posts) == ["good", "no author"]
    assert len(batch.set_aside) == 2


def test_a_warning_of_content_is_the_title(world: MastodonWorld) -> None:
    """What the writer put in front stands in front."""
    world.say("text", spoiler_text="rant")
    assert poll(world)[0].posts[0].title == "rant"


def test_a_local_author_gets_a_whole_handle(world: MastodonWorld) -> None:
    """On their own instance people are named without it."""
    world.say("text", account={"acct": "cleo", "url": "https://here.example/@cleo"})
    author = poll(world)[0].posts[0].author
    assert author is not None
    assert author.handle == "cleo@here.example"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(401, b'{"error": "This method requires an authenticated user"}'), Refused),
        (Reply(422, b'{"error": "This method requires an authenticated user"}'), Refused),
        (Reply(404, b"<html>no Mastodon</html>"), Gone),
        (Reply(500, b"oops"), Retry),
        (Reply(503, b"{}"), Retry),
        (Reply(200, b"<html>a portal</html>"), ListenError),
        (Reply(429, b"{}"), Retry),
    ],
)
def test_what_an_instance_answers_becomes_one_of_our_errors(
    world: MastodonWorld, reply: Reply, error: type[ListenError]
) -> None:
    """Members only, no instance, busy, limiting, not JSON."""
    world.reply = reply
    with pytest.raises(error):
        poll(world)


def test_a_limit_says_how_long(world: MastodonWorld) -> None:
    """The instance names the moment it ends; nothing sleeps meanwhile."""
    reset = datetime.now(UTC) + timedelta(seconds=90)
    headers = {
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": reset.isoformat(),
    }
    world.reply = Reply(429, b"{}", headers)
    began = time.monotonic()
    with pytest.raises(Retry) as caught:
        poll(world)
    assert time.monotonic() - began < 5
    assert caught.value.after == pytest.approx(90, abs=10)


def test_an_instance_goes_through_the_door(world: MastodonWorld) -> None:
    """Without leave, a private address is not asked."""
    source = world.source.model_copy(update={"allow": ()})
    (listener,) = mastodon_listeners(source, [Brand(name="Larkspur")], clock=world.clock)
    with pytest.raises(Refused, match="not a public address"):
        list(listener.poll({}, Budget()))


def test_a_page_that_is_no_list_is_an_error(world: MastodonWorld) -> None:
    """An object where a list belongs."""
    world.reply = Reply(200, b'{"a": 1}')
    with pytest.raises((Malformed, Retry)):
        poll(world)


def test_hashtags_come_from_the_brands(world: MastodonWorld) -> None:
    """Each once, without signs a hashtag cannot have."""
    source = world.source.model_copy(update={"hashtags": ("#larkspurdown",)})
    brand = Brand(name="Larkspur", hashtags=("larkspur", "LarkspurDown"))
    found = build(source, [brand, Brand(name="Hub & Co")], secrets={}, clock=world.clock)
    assert [listener.query for listener in found] == ["#larkspurdown", "#Larkspur", "#HubCo"]


def test_a_crash_at_any_point_loses_nothing(worlds: Callable[..., MastodonWorld]) -> None:
    """Every request and both sides of every commit, of pages that one poll does not fit into."""
    for point, lost, twice in crash_everywhere(lambda: worlds(7)):
        assert (point, lost, twice) == (point, set(), [])


def test_sigkill_loses_nothing(worlds: Callable[..., MastodonWorld], tmp_path: Path) -> None:
    """A process of its own and a real ledger, killed at every request and on both sides of every commit."""
    killed, lost, twice = kill_everywhere(worlds(40), tmp_path / "ledger.db")
    assert (killed >= 6, lost, twice) == (True, set(), [])


def test_a_cursor_saved_too_early_is_caught(worlds: Callable[..., MastodonWorld]) -> None:
    """With no look behind the cursor, the harness sees what is lost."""

    def make() -> MastodonWorld:
        world = worlds(2)
        world.source = world.source.model_copy(update={"overlap_minutes": 0})
        return world

    assert any(lost for _, lost, _ in crash_everywhere(make, wrap=CursorFirst))
