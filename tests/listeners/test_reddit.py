"""Reddit: what one poll asks, what it hands over, and where it stands afterwards."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from listeners.brand import Brand
from listeners.listener import Batch, Budget, Gone, Listener, Malformed, Refused, Retry, State
from listeners.post import DeletionWhy, GapWhy, Kind
from listeners.reddit import RedditListener, reddit_listeners
from listeners.sources import RedditSource
from tests.listeners.loopback import Asked, Loopback, Reply
from tests.listeners.reddit_world import SECRETS, RedditWorld

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world() -> RedditWorld:
    """An empty Reddit."""
    return RedditWorld()


@pytest.fixture
def server(world: RedditWorld) -> Iterator[Loopback]:
    """The world, served."""
    with world.serve() as serving:
        yield serving


def listen(world: RedditWorld, server: Loopback, **settings: object) -> list[RedditListener]:
    """The listeners of one subreddit: its comments, then its submissions."""
    settings = {"subreddits": ["r/larkspur"], "overlap_seconds": 0, "parents": False, **settings}
    source = RedditSource.model_validate({"kind": "reddit", "name": "r", "base_url": server.url, **settings})
    brands = [Brand(name="Larkspur", own_accounts={"reddit": ("LarkspurHelp_Official",)})]
    return list(reddit_listeners(source, brands, secrets=SECRETS, clock=world.clock))


def all_of(listener: Listener, state: State, budget: Budget | None = None) -> tuple[list[Batch], State]:
    """One whole poll, and the state after it (through JSON, as it is stored)."""
    batches = list(listener.poll(state, budget or Budget()))
    return batches, json.loads(json.dumps(batches[-1].next_state)) if batches else state


def texts(batches: list[Batch]) -> list[str]:
    """What was said, in the order it came."""
    return [post.text for batch in batches for post in batch.posts]


def gaps(batches: list[Batch]) -> list[GapWhy]:
    """Why there are holes."""
    return [gap.why for batch in batches for gap in batch.gaps]


def test_walks_all_pages_down_and_stops_at_known_items(world: RedditWorld, server: Loopback) -> None:
    """The first poll pages through the listing; the second asks one page and meets what it knows."""
    for number in range(250):
        world.comment(f"comment {number}", ago=MINUTE * (300 - number))
    listener = listen(world, server)[0]
    batches, state = all_of(listener, {})
    assert texts(batches) == [f"comment {number}" for number in reversed(range(250))]
    world.comment("new")
    again, _ = all_of(listener, state)
    assert (texts(again)[0], len(again)) == ("new", 1)


def test_a_walk_cut_short_goes_on_and_then_catches_up(world: RedditWorld, server: Loopback) -> None:
    """A poll out of requests stops; the next ends its walk before it looks at newer comments."""
    for number in range(250):
        world.comment(f"comment {number}", ago=MINUTE * (300 - number))
    listener = listen(world, server)[0]
    first, state = all_of(listener, {}, Budget(requests=1))
    world.comment("new")
    second, state = all_of(listener, state)
    third, _ = all_of(listener, state)
    assert texts(first) + texts(second) == [f"comment {number}" for number in reversed(range(250))]
    assert texts(third)[0] == "new"
    assert gaps([*first, *second, *third]) == []


def test_an_item_that_vanishes_under_our_feet_loses_nothing(world: RedditWorld, server: Loopback) -> None:
    """The walk stands on the item before it instead."""
    for number in range(250):
        world.comment(f"comment {number}", ago=MINUTE * (300 - number))
    listener = listen(world, server)[0]
    _, state = all_of(listener, {}, Budget(requests=1))
    for name in state["trail"][-2:]:
        world.vanish(name)
    second, _ = all_of(listener, state)
    assert {f"comment {number}" for number in range(150)} <= set(texts(second))


def test_the_end_of_a_listing_before_the_floor_is_a_gap(world: RedditWorld, server: Loopback) -> None:
    """1,200 comments between two polls are 200 too many."""
    world.comment("the floor", ago=MINUTE * 10_000)
    listener = listen(world, server)[0]
    _, state = all_of(listener, {})
    for number in range(1200):
        world.comment(f"comment {number}", ago=MINUTE * (1300 - number))
    batches, state = all_of(listener, state)
    assert len(texts(batches)) == 1000
    (gap,) = [gap for batch in batches for gap in batch.gaps]
    assert gap.why is GapWhy.CAP
    assert (gap.start, gap.end) == (world.now - MINUTE * 10_000, world.now - MINUTE * 1100)
    world.comment("new")
    batches, _ = all_of(listener, state)
    assert (texts(batches)[0], gaps(batches)) == ("new", [])


def test_a_first_walk_to_the_end_is_no_gap(world: RedditWorld, server: Loopback) -> None:
    """Nothing was promised about the time before listening began."""
    for number in range(1100):
        world.comment(f"comment {number}", ago=MINUTE * (1200 - number))
    batches, _ = all_of(listen(world, server)[0], {})
    assert (len(texts(batches)), gaps(batches)) == (1000, [])


def test_a_small_subreddit_whose_floor_was_deleted_is_no_gap(world: RedditWorld, server: Loopback) -> None:
    """A listing far shorter than the cap holds everything there is."""
    floor = world.comment("the only one", ago=MINUTE * 60)
    listener = listen(world, server)[0]
    _, state = all_of(listener, {})
    world.vanish(floor)
    world.comment("another")
    batches, _ = all_of(listener, state)
    assert (texts(batches), gaps(batches)) == (["another"], [])


def test_deleted_and_removed_bodies_are_deletions(world: RedditWorld, server: Loopback) -> None:
    """They are no posts, and say who took them away."""
    world.comment("[deleted]", ago=MINUTE * 2, author="[deleted]")
    world.comment("[removed]", ago=MINUTE, author="[deleted]")
    world.submit("a link", is_self=False, removed_by_category="moderator")
    comments, submissions = listen(world, server)
    deletions = [one for listener in (comments, submissions) for one in all_of(listener, {})[0][0].deletions]
    assert [one.why for one in deletions] == [DeletionWhy.REMOVED, DeletionWhy.DELETED, DeletionWhy.REMOVED]


def test_a_post_outlives_its_account(world: RedditWorld, server: Loopback) -> None:
    """A deleted account leaves its words without a name."""
    world.comment("still here", author="[deleted]")
    (batch,), _ = all_of(listen(world, server)[0], {})
    assert (batch.posts[0].author, batch.posts[0].text) == (None, "still here")


def test_an_edit_is_another_revision_of_the_same_comment(world: RedditWorld, server: Loopback) -> None:
    """Also a silent one in the first minutes, which Reddit does not mark."""
    name = world.comment("first words")
    listener = listen(world, server)[0]
    revisions = []
    for change in ({}, {"body": "other words"}, {"edited": world.now.timestamp() + 600}):
        world.thing(name).update(change)
        (batch,), _ = all_of(listener, {})
        assert batch.posts[0].id == name
        revisions.append(batch.posts[0].revision)
    assert len(set(revisions)) == 3


def test_the_chain_of_parents_comes_as_context(world: RedditWorld, server: Loopback) -> None:
    """From the comment answered up to the submission, each asked once."""
    thread = world.submit("Larkspur down?", "anyone", ago=MINUTE * 400)
    first = world.comment("yes", parent=thread, thread=thread, ago=MINUTE * 300)
    second = world.comment("no", parent=first, thread=thread, ago=MINUTE * 200)
    world.vanish(first)
    world.vanish(second)
    world.comment("here too", parent=second, thread=thread)
    listener = listen(world, server, parents=True)[0]
    (batch,), state = all_of(listener, {})
    assert [post.text for post in batch.posts] == ["here too"]
    assert {post.id for post in batch.context} == {thread, first, second}
    asked = len(server.asked)
    all_of(listener, state)
    assert len(server.asked) == asked + 1


def test_trouble_with_parents_does_not_cost_the_page(world: RedditWorld, server: Loopback) -> None:
    """The comments are handed over although their parents cannot be had."""
    world.comment("here")
    world.before = lambda asked: Reply(500) if asked.path == "/api/info" else None
    (batch,), _ = all_of(listen(world, server, parents=True)[0], {})
    assert (texts([batch]), batch.context) == (["here"], ())


def test_search_leaves_own_accounts_out(world: RedditWorld, server: Loopback) -> None:
    """Only submissions can be searched."""
    world.submit("Larkspur?", "what now")
    listener = listen(world, server, subreddits=[], search=True)[0]
    (batch,), _ = all_of(listener, {})
    assert listener.query == 'search: "Larkspur" NOT author:LarkspurHelp_Official'
    assert (batch.posts[0].title, batch.posts[0].kind) == ("Larkspur?", Kind.POST)


def test_a_used_up_limit_is_said_and_not_slept(world: RedditWorld, server: Loopback) -> None:
    """The batch carries the wait; asking again before that raises Retry at once."""
    for number in range(150):
        world.comment(f"comment {number}", ago=MINUTE * (300 - number))
    world.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-used": "100", "x-ratelimit-reset": "300"}
    listener = listen(world, server)[0]
    began = time.monotonic()
    (batch,), state = all_of(listener, {})
    assert batch.retry_after == pytest.approx(300, abs=2)
    with pytest.raises(Retry) as caught:
        all_of(listener, state)
    assert caught.value.after == pytest.approx(300, abs=2)
    assert time.monotonic() - began < 2


def test_praw_does_not_spread_requests_by_sleeping(world: RedditWorld, server: Loopback) -> None:
    """With requests left, pages follow each other at once."""
    for number in range(550):
        world.comment(f"comment {number}", ago=MINUTE * (600 - number))
    world.headers = {"x-ratelimit-remaining": "10", "x-ratelimit-used": "90", "x-ratelimit-reset": "590"}
    began = time.monotonic()
    batches, _ = all_of(listen(world, server)[0], {})
    assert len(batches) == 6
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(403, b"{}"), Refused),
        (Reply(404, b"{}"), Gone),
        (Reply(302, b"", {"location": "/subreddits/search?q=nothing"}), Gone),
        (Reply(451, b"{}"), Refused),
        (Reply(500, b"oops"), Retry),
        (Reply(503, b""), Retry),
        (Reply(200, b"<html>"), Malformed),
        (Reply(200, b'"a string"'), Refused),
    ],
)
def test_every_bad_answer_is_one_of_ours(
    world: RedditWorld, server: Loopback, reply: Reply, error: type[Exception]
) -> None:
    """Whatever Reddit answers, a poll raises nothing but the contract's errors, without a sleep."""
    world.before = lambda asked: reply
    began = time.monotonic()
    with pytest.raises(error):
        all_of(listen(world, server)[0], {})
    assert time.monotonic() - began < 2


def test_too_many_requests_names_the_wait(world: RedditWorld, server: Loopback) -> None:
    """As Retry-After says."""
    world.before = lambda asked: Reply(429, b"{}", {"retry-after": "120"})
    with pytest.raises(Retry) as caught:
        all_of(listen(world, server)[0], {})
    assert caught.value.after == 120


def test_a_token_withdrawn_early_is_renewed(world: RedditWorld, server: Loopback) -> None:
    """One 401 in the middle costs one more request and nothing else."""
    world.comment("hello")
    refused = iter([Reply(401, b"{}")])
    world.before = lambda asked: next(refused, None)
    batches, _ = all_of(listen(world, server)[0], {})
    assert texts(batches) == ["hello"]
    assert [asked.path for asked in server.asked].count("/api/v1/access_token") == 2


def test_wrong_keys_are_refused(world: RedditWorld, server: Loopback) -> None:
    """The answer to a wrong secret stops the source."""
    real = world.answer

    def keyless(asked: Asked) -> Reply:
        return Reply(401, b"{}") if asked.path == "/api/v1/access_token" else real(asked)

    with Loopback(keyless) as closed, pytest.raises(Refused):
        all_of(listen(world, closed)[0], {})


def test_secrets_are_in_no_log_and_no_error(
    world: RedditWorld, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the secret nor the token, not at DEBUG either."""
    caplog.set_level(logging.DEBUG)
    world.comment("hello")
    listener = listen(world, server)[0]
    all_of(listener, {})
    assert caplog.records
    assert SECRETS["REDDIT_CLIENT_SECRET"] not in caplog.text
    assert "token-of-the-tests" not in caplog.text
