"""Listening to Bluesky's stream, over loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listeners.bluesky import bluesky_listeners
from listeners.bluesky_read import Words
from listeners.brand import Brand, Near
from listeners.listener import Batch, Budget, ListenError, Refused, Retry, State
from listeners.post import DeletionWhy, GapWhy, Kind
from tests.listeners.bluesky_world import NOW, BlueskyWorld, did
from tests.listeners.harness import CursorFirst, crash_everywhere, kill_everywhere

LARKSPUR = Brand(
    name="Larkspur", hashtags=("larkspurdown",), domains=("larkspur.example",), products=("Hub 4",)
)


@pytest.fixture
def worlds() -> Iterator[Callable[[], BlueskyWorld]]:
    """Makes networks and closes them."""
    made: list[BlueskyWorld] = []

    def make() -> BlueskyWorld:
        made.append(BlueskyWorld())
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(worlds: Callable[[], BlueskyWorld]) -> BlueskyWorld:
    """One network."""
    return worlds()


def poll(world: BlueskyWorld, state: State | None = None, **options: Any) -> list[Batch]:
    """All batches of a poll; the state goes through JSON."""
    source = world.source.model_copy(update=options)
    (ear,) = bluesky_listeners(source, [LARKSPUR], clock=world.clock)
    return list(ear.poll(json.loads(json.dumps(state or {})), Budget()))


def texts(batches: list[Batch]) -> list[str]:
    """The texts of all posts."""
    return [post.text for batch in batches for post in batch.posts]


def test_only_posts_about_the_brand_are_kept(world: BlueskyWorld) -> None:
    """By its words in the text, in hashtags, and in what is linked."""
    world.say("lovely weather")
    world.say("LARKSPUR is down")
    world.say("again #larkspurdown")
    world.say(
        "read this",
        embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://larkspur.example/x"}},
    )
    world.say("see", facets=[{"features": [{"uri": "https://status.larkspur.example/"}]}])
    assert texts(poll(world)) == ["LARKSPUR is down", "again #larkspurdown", "read this", "see"]


def test_an_event_becomes_a_post(world: BlueskyWorld) -> None:
    """With its address, its person by handle, its time and the fingerprint of its revision."""
    uri = world.say("Larkspur!", by="ann", rkey="abc")
    (post,) = poll(world)[0].posts
    assert (post.source, post.id, post.kind) == ("bluesky", uri, Kind.POST)
    assert post.url == f"https://bsky.app/profile/{did('ann')}/post/abc"
    assert post.author is not None
    assert (post.author.id, post.author.handle, post.author.name) == (did("ann"), "ann.example", "Somebody")
    assert (post.revision, post.language, post.conversation_id) == ("cid0", "en", uri)
    assert post.created_at == NOW


def test_a_claimed_time_in_the_future_counts_as_seen(world: BlueskyWorld) -> None:
    """The network's own time stands; no claim silences anything."""
    world.say("Larkspur", createdAt="2099-01-01T00:00:00Z")
    world.say("Larkspur", createdAt="yesterday")
    assert [post.created_at for post in poll(world)[0].posts] == [
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=2),
    ]


def test_the_next_poll_goes_on_where_this_one_ended(world: BlueskyWorld) -> None:
    """The cursor is the number of the last event; the server's repetition of it is passed over."""
    world.say("Larkspur 1")
    state = poll(world)[-1].next_state
    assert texts(poll(world, state)) == []
    world.say("Larkspur 2")
    assert texts(poll(world, state)) == ["Larkspur 2"]
    assert world.connections[-1]["cursor"] == ["1"]


def test_a_deleted_post_is_told(world: BlueskyWorld) -> None:
    """Only where it was kept: everybody's deletions are in the stream."""
    uri = world.say("Larkspur", by="ann", rkey="a")
    state = poll(world)[-1].next_state
    world.commit("bob", "b", "delete")
    world.commit("ann", "a", "delete")
    (deletion,) = poll(world, state)[0].deletions
    assert (deletion.id, deletion.why) == (uri, DeletionWhy.DELETED)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("deleted", DeletionWhy.DELETED),
        ("takendown", DeletionWhy.SUSPENDED),
        ("deactivated", DeletionWhy.PROTECTED),
        ("whatever", DeletionWhy.UNAVAILABLE),
    ],
)
def test_who_leaves_takes_their_posts_along(world: BlueskyWorld, status: str, why: DeletionWhy) -> None:
    """An account that is gone is the deletion of all its posts."""
    gone = {world.say("Larkspur 1", by="ann"), world.say("Larkspur 2", by="ann")}
    world.say("Larkspur 3", by="bob")
    state = poll(world)[-1].next_state
    world.event("account", did=did("ann"), account={"active": False, "status": status, "did": did("ann")})
    world.event("account", did=did("bob"), account={"active": True, "did": did("bob")})
    deletions = poll(world, state)[0].deletions
    assert {deletion.id for deletion in deletions} == gone
    assert {deletion.why for deletion in deletions} == {why}


def test_an_edit_is_a_revision_even_without_the_word(world: BlueskyWorld) -> None:
    """A post that was kept is followed."""
    uri = world.say("Larkspur is awful", rkey="a")
    first = poll(world)
    world.say("never mind", rkey="a", operation="update")
    (post,) = poll(world, first[-1].next_state)[0].posts
    assert (post.id, post.text) == (uri, "never mind")
    assert post.revision != first[0].posts[0].revision


def test_answers_to_a_kept_post_are_kept(world: BlueskyWorld) -> None:
    """They are part of the conversation, whether they name the brand or not."""
    uri = world.say("Larkspur is down")
    world.say("same here", by="bob", reply={"parent": {"uri": uri}, "root": {"uri": uri}})
    world.say("not mine", by="bob", reply={"parent": {"uri": "at://x/app.bsky.feed.post/y"}, "root": {}})
    posts = poll(world)[0].posts
    assert [post.text for post in posts] == ["Larkspur is down", "same here"]
    assert (posts[1].kind, posts[1].parent_id, posts[1].conversation_id) == (Kind.REPLY, uri, uri)


def test_a_parent_that_was_not_kept_comes_as_context(world: BlueskyWorld) -> None:
    """With its author and spread, from the public API."""
    parent = f"at://{did('cleo')}/app.bsky.feed.post/p"
    world.views[parent] = {
        "uri": parent,
        "cid": "c",
        "indexedAt": "2026-11-20T11:00:00Z",
        "author": {"did": did("cleo"), "handle": "cleo.example"},
        "record": {"text": "Who else has no internet?", "createdAt": "2026-11-20T11:00:00Z"},
        "replyCount": 4,
    }
    world.say("me, with Larkspur", reply={"parent": {"uri": parent}, "root": {"uri": parent}})
    (context,) = poll(world)[0].context
    assert (context.id, context.text, context.spread.replies) == (parent, "Who else has no internet?", 4)


def test_a_quote_knows_what_it_quotes(world: BlueskyWorld) -> None:
    """Also beside pictures."""
    quoted = "at://did:plc:x/app.bsky.feed.post/q"
    world.say("Larkspur, see", embed={"record": {"uri": quoted}})
    world.say("Larkspur, see", embed={"record": {"record": {"uri": quoted}}, "media": {}})
    assert [(post.kind, post.parent_id) for post in poll(world)[0].posts] == [(Kind.QUOTE, quoted)] * 2


def test_people_stay_dids_where_nobody_knows_them(world: BlueskyWorld) -> None:
    """Nothing that was heard waits for a look-up."""
    world.say("Larkspur", by="ann")
    author = poll(world, profiles_url="http://127.0.0.1:1")[0].posts[0].author
    assert author is not None
    assert author.handle == did("ann")


def test_a_cursor_that_is_too_old_becomes_a_gap(world: BlueskyWorld) -> None:
    """Listening goes on from the oldest there is; the hole is stored."""
    world.say("Larkspur 1")
    first = poll(world)
    for n in range(2, 6):
        world.say(f"Larkspur {n}")
    world.floor = 4
    batch = poll(world, first[-1].next_state)[0]
    assert [post.text for post in batch.posts] == ["Larkspur 4", "Larkspur 5"]
    (gap,) = batch.gaps
    assert (gap.why, gap.start, gap.end) == (
        GapWhy.WINDOW,
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=4),
    )


def test_a_stream_that_numbers_anew_becomes_a_gap(world: BlueskyWorld) -> None:
    """A number from another archive means nothing here; from its present on, all is heard again."""
    world.say("Larkspur 1")
    state = dict(poll(world)[-1].next_state, seq=999)
    batch = poll(world, state)[0]
    assert [gap.why for gap in batch.gaps] == [GapWhy.WINDOW]
    world.say("Larkspur 2")
    assert "Larkspur 2" in texts(poll(world, batch.next_state))


def test_broken_frames_are_set_aside(world: BlueskyWorld) -> None:
    """And broken posts, where they are about the brand."""
    world.say("Larkspur fine")
    world.commit("ann", "x", record={"text": ["Larkspur"]})
    world.commit("ann", "y", record={"text": ["other"]})
    world.commit("ann", "z", record="Larkspur")
    world.extra_frames = ["{", '{"$type": "message"}']
    batch = poll(world)[0]
    assert [post.text for post in batch.posts] == ["Larkspur fine"]
    assert len(batch.set_aside) == 4


def test_unknown_events_are_passed_over(world: BlueskyWorld) -> None:
    """A newer server may say more."""
    world.event("weather", did=did("ann"))
    world.say("Larkspur")
    assert texts(poll(world)) == ["Larkspur"]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ((401, "{}"), Refused),
        ((404, ""), Refused),
        ((500, ""), Retry),
        ((503, ""), Retry),
    ],
)
def test_a_refused_connection_is_one_of_our_errors(
    world: BlueskyWorld, refusal: tuple[int, str], error: type[ListenError]
) -> None:
    """And nothing is tried again behind our back."""
    world.refuse = refusal
    with pytest.raises(error):
        poll(world)
    assert len(world.connections) == 1


def test_an_error_frame_is_one_of_our_errors(world: BlueskyWorld) -> None:
    """The server may say what is wrong in the stream itself."""
    world.extra_frames = ['{"$type": "error", "error": "Internal", "message": "x"}']
    with pytest.raises(Retry):
        poll(world)


def test_a_server_that_finds_us_slow_is_asked_again_later(world: BlueskyWorld) -> None:
    """What was read until then is kept."""
    world.say("Larkspur")
    world.extra_frames = ['{"$type": "error", "error": "ConsumerTooSlow"}']
    assert texts(poll(world)) == ["Larkspur"]


def test_the_stream_goes_through_the_judge_of_addresses(world: BlueskyWorld) -> None:
    """Without leave, a private address is not spoken to."""
    with pytest.raises(Refused, match="not a public address"):
        poll(world, allow=())


def test_the_first_poll_looks_back_a_little(world: BlueskyWorld) -> None:
    """By time, as there is no number yet."""
    world.say("Larkspur, long ago")
    world.now += timedelta(hours=1)
    world.say("Larkspur, just now")
    assert texts(poll(world)) == ["Larkspur, just now"]
    begin = datetime.fromtimestamp(int(world.connections[0]["cursor"][0]) / 1e6, UTC)
    assert begin == world.clock() - timedelta(minutes=15)


def test_a_silent_stream_ends_the_poll(world: BlueskyWorld) -> None:
    """A stream never ends by itself; a while without an event is the present."""
    world.silent = True
    assert texts(poll(world, quiet_seconds=0.1)) == []
    assert len(world.connections) == 1


def test_words_cast_a_wide_net() -> None:
    """Any case, across line breaks, inside longer words; pairs where both are there."""
    brand = Brand(name="Acme Tel", near=(Near(words=("hub", "red light")),))
    words = Words([brand])
    assert words.found_in("my ACME\n tel bill")
    assert words.found_in("Red light on the hub")
    assert not words.found_in("the hub")
    assert not Words([]).found_in("anything")


def test_likely_slips_of_a_name_are_wanted_too() -> None:
    """As words of their own, where the brand's misspellings count."""
    words = Words([Brand(name="Marriott")])
    assert words.found_in("Mariott lost my bag")
    assert words.found_in("#marriotts")
    assert not words.found_in("smariotti")
    assert not Words([Brand(name="Marriott", misspellings="off")]).found_in("Mariott lost my bag")


def test_a_crash_at_any_point_loses_nothing(worlds: Callable[[], BlueskyWorld]) -> None:
    """Every connection and both sides of every commit."""
    for point, lost, twice in crash_everywhere(worlds):
        assert (point, lost, twice) == (point, set(), [])


def test_sigkill_loses_nothing(world: BlueskyWorld, tmp_path: Path) -> None:
    """A process of its own and a real ledger, killed at every connection and on both sides of a commit."""
    killed, lost, twice = kill_everywhere(world, tmp_path / "ledger.db")
    assert (killed >= 3, lost, twice) == (True, set(), [])


def test_a_cursor_saved_too_early_is_caught(worlds: Callable[[], BlueskyWorld]) -> None:
    """The harness sees what is lost."""
    assert any(lost for _, lost, _ in crash_everywhere(worlds, wrap=CursorFirst))
