"""X: what one poll asks, what it hands over, and where it stands afterwards."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from listeners.brand import Brand
from listeners.listener import Batch, Broke, Budget, Gone, Listener, Malformed, Refused, Retry, State
from listeners.post import GapWhy, Kind
from listeners.sources import XSource
from listeners.x import XListener, x_listeners
from tests.listeners.loopback import Asked, Loopback, Reply
from tests.listeners.x_world import NOW, TOKEN, XWorld

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> XWorld:
    """An empty X."""
    return XWorld()


@pytest.fixture
def server(world: XWorld) -> Iterator[Loopback]:
    """The world, served."""
    with world.serve() as serving:
        yield serving


def listen(world: XWorld, server: Loopback, **settings: object) -> XListener:
    """A listener for everything in the world."""
    settings = {"queries": ["larkspur -is:retweet"], "page_size": 10, "overlap_seconds": 0, **settings}
    source = XSource.model_validate({"kind": "x", "name": "x", "base_url": server.url, **settings})
    return next(x_listeners(source, (), token=TOKEN, clock=world.clock))


def all_of(listener: Listener, state: State, budget: Budget | None = None) -> tuple[list[Batch], State]:
    """One whole poll, and the state after it (through JSON, as it is stored)."""
    batches = list(listener.poll(state, budget or Budget()))
    return batches, json.loads(json.dumps(batches[-1].next_state)) if batches else state


def until_broke(listener: Listener, state: State, budget: Budget) -> list[Batch]:
    """What a poll hands over before the money is out."""
    batches: list[Batch] = []
    poll = listener.poll(state, budget)
    with pytest.raises(Broke, match="day_dollars"):
        batches.extend(keep(batches, poll))
    return batches


def keep(batches: list[Batch], poll: Iterator[Batch]) -> Iterator[Batch]:
    """Hand every batch over as it comes, so that an error loses none."""
    for batch in poll:
        batches.append(batch)
    yield from ()


def texts(batches: list[Batch]) -> list[str]:
    """What was said, in the order it came."""
    return [post.text for batch in batches for post in batch.posts]


def test_walks_all_pages_down_and_then_asks_only_for_what_is_new(world: XWorld, server: Loopback) -> None:
    """The first poll pages through everything; the second begins where the first began."""
    for number in range(25):
        world.say(f"larkspur {number}", ago=MINUTE * (30 - number))
    listener = listen(world, server)
    batches, state = all_of(listener, {})
    assert texts(batches) == [f"larkspur {number}" for number in reversed(range(25))]
    assert len(batches) == 3
    world.say("larkspur again")
    batches, _ = all_of(listener, state)
    assert texts(batches) == ["larkspur again"]


def test_a_walk_cut_short_goes_on_and_then_catches_up(world: XWorld, server: Loopback) -> None:
    """A poll out of requests stops; the next ends its walk before it looks at newer posts."""
    for number in range(25):
        world.say(f"larkspur {number}", ago=MINUTE * (30 - number))
    listener = listen(world, server)
    first, state = all_of(listener, {}, Budget(requests=1))
    world.say("larkspur new")
    second, state = all_of(listener, state)
    third, state = all_of(listener, state)
    assert len(texts(first)) == 10
    assert texts(second) == [f"larkspur {number}" for number in reversed(range(15))]
    assert texts(third) == ["larkspur new"]


def test_looks_again_behind_the_floor_for_late_posts(world: XWorld, server: Loopback) -> None:
    """A post indexed late, just behind the newest one, is still heard."""
    world.say("larkspur one", ago=MINUTE)
    listener = listen(world, server, overlap_seconds=120)
    _, state = all_of(listener, {})
    world.say("larkspur late", ago=MINUTE * 2)
    batches, _ = all_of(listener, state)
    assert "larkspur late" in texts(batches)


def test_the_parent_comes_as_context_with_its_author(world: XWorld, server: Loopback) -> None:
    """The post answered is sent along and is not handed over as heard."""
    parent = world.say("the brand speaks", ago=DAY, by="9")
    world.gone.add(parent)
    world.gone.discard(parent)
    world.say(
        "larkspur, no!",
        in_reply_to_user_id="9",
        conversation_id=parent,
        referenced_tweets=[{"type": "replied_to", "id": parent}],
    )
    listener = listen(world, server, look_back_hours=1)
    batches, _ = all_of(listener, {})
    (answer,), (context,) = batches[0].posts, batches[0].context
    assert (answer.kind, answer.parent_id, answer.conversation_id) == (Kind.REPLY, parent, parent)
    assert (context.text, context.author and context.author.handle) == ("the brand speaks", "user9")


def test_a_parent_that_is_gone_is_a_deletion(world: XWorld, server: Loopback) -> None:
    """X says so in the errors of a 200."""
    world.say("larkspur, no!", referenced_tweets=[{"type": "replied_to", "id": "123456789012345678"}])
    batches, _ = all_of(listen(world, server), {})
    assert [deletion.id for deletion in batches[0].deletions] == ["123456789012345678"]
    assert texts(batches) == ["larkspur, no!"]


def test_a_quiet_query_leaves_no_gap(world: XWorld, server: Loopback) -> None:
    """What counts is when it was last asked, not when somebody last spoke."""
    world.say("larkspur")
    listener = listen(world, server)
    _, state = all_of(listener, {})
    for _ in range(10):
        world.now += DAY
        batches, state = all_of(listener, state)
        assert not [gap for batch in batches for gap in batch.gaps]
    world.say("larkspur!")
    batches, _ = all_of(listener, state)
    assert texts(batches) == ["larkspur!"]
    assert world.refused == []


def test_eight_days_without_asking_leave_a_gap(world: XWorld, server: Loopback) -> None:
    """X looks back seven days; the day before them is a stored hole, and no request is refused."""
    world.say("larkspur")
    listener = listen(world, server)
    _, state = all_of(listener, {})
    world.now += DAY * 8
    world.say("larkspur again", ago=MINUTE)
    batches, _ = all_of(listener, state)
    (gap,) = [gap for batch in batches for gap in batch.gaps]
    assert gap.why is GapWhy.WINDOW
    assert gap.start == NOW - timedelta(seconds=30)
    assert gap.end is not None
    assert timedelta() < gap.end - (world.now - DAY * 7) < timedelta(minutes=10)
    assert texts(batches) == ["larkspur again"]
    assert world.refused == []


def test_a_walk_left_for_eight_days_is_given_up_with_its_gaps(world: XWorld, server: Loopback) -> None:
    """What an unfinished walk had not reached is named, and listening goes on."""
    for number in range(15):
        world.say(f"larkspur {number}", ago=MINUTE * (20 - number))
    listener = listen(world, server)
    _, state = all_of(listener, {}, Budget(requests=1))
    world.now += DAY * 8
    world.say("larkspur new", ago=MINUTE)
    batches, _ = all_of(listener, state)
    gaps = [gap for batch in batches for gap in batch.gaps]
    assert [gap.why for gap in gaps] == [GapWhy.WINDOW, GapWhy.WINDOW]
    assert texts(batches) == ["larkspur new"]
    assert world.refused == []


def test_money_spent_in_the_middle_leaves_a_gap_and_the_newest_heard(world: XWorld, server: Loopback) -> None:
    """The rest of the walk is a hole with the budget's name; the next poll starts from the top."""
    for number in range(40):
        world.say(f"larkspur {number}", ago=MINUTE * (60 - number))
    listener = listen(world, server, parents=False)
    budget = Budget(dollars=0.1)
    heard = until_broke(listener, {}, budget)
    assert budget.spent == pytest.approx(0.1)
    assert len(texts(heard)) == 20
    (gap,) = heard[-1].gaps
    assert gap.why is GapWhy.BUDGET
    assert gap.end == min(post.created_at for batch in heard for post in batch.posts)
    world.say("larkspur new")
    batches, _ = all_of(listener, heard[-1].next_state)
    assert texts(batches) == ["larkspur new"]


def test_no_money_at_all_opens_a_gap_that_closes_when_there_is_some(world: XWorld, server: Loopback) -> None:
    """While there is no money the hole is open and stored once; a later walk bridges it."""
    world.say("larkspur", ago=MINUTE)
    listener = listen(world, server)
    _, state = all_of(listener, {})
    said: list[Batch] = []
    for _ in range(2):
        said += until_broke(listener, state, Budget(dollars=0))
        state = said[-1].next_state
    (gap,) = [gap for batch in said for gap in batch.gaps]
    assert (gap.why, gap.end) == (GapWhy.BUDGET, None)
    world.now += MINUTE * 60
    world.say("larkspur meanwhile", ago=MINUTE)
    batches, _ = all_of(listener, state)
    (closed,) = [gap for batch in batches for gap in batch.gaps]
    assert (closed.start, closed.end) == (gap.start, gap.start)
    assert texts(batches) == ["larkspur meanwhile"]


def test_a_second_look_on_the_same_day_costs_nothing(world: XWorld, server: Loopback) -> None:
    """X charges a post once a UTC day."""
    world.say("larkspur", ago=MINUTE)
    listener = listen(world, server, overlap_seconds=600)
    first, state = all_of(listener, {})
    second, state = all_of(listener, state)
    assert (first[0].cost, second[0].cost) == (0.005, 0.0)
    assert len(texts(second)) == 1


@pytest.mark.parametrize(
    ("own_answers", "last"), [(True, "from:QuillonCare is:reply -is:retweet"), (False, "more")]
)
def test_the_brands_answers_are_heard_last(own_answers: bool, last: str) -> None:
    """After what people say, so that short money is theirs; and only where they are wanted."""
    brand = Brand(name="Quillon", own_accounts={"x": ("QuillonCare",)})
    source = XSource(kind="x", name="x", queries=("more",), own_answers=own_answers)
    heard = [listener.query for listener in x_listeners(source, [brand], token=TOKEN)]
    assert heard[0] == "Quillon -is:retweet -from:QuillonCare"
    assert heard[-1] == last


def test_own_mentions_cost_less(world: XWorld, server: Loopback) -> None:
    """They are read from their own address at their own price."""
    world.say("@Larkspur hello")
    listener = listen(world, server, queries=[], mentions_of=["42"])
    batches, _ = all_of(listener, {})
    assert (listener.query, batches[0].cost) == ("mentions of 42", 0.001)
    assert server.asked[-1].path == "/2/users/42/mentions"


def test_more_mentions_than_x_serves_leave_a_gap(world: XWorld, server: Loopback) -> None:
    """X serves the newest 800 of an account; what lies between them and the floor was not heard."""
    world.say("@Larkspur first", ago=DAY)
    listener = listen(world, server, queries=[], mentions_of=["42"], page_size=100)
    _, state = all_of(listener, {})
    world.grow(900)
    batches, _ = all_of(listener, state)
    assert len(texts(batches)) == 800
    (gap,) = [gap for batch in batches for gap in batch.gaps]
    assert gap.why is GapWhy.CAP
    assert gap.end is not None
    assert gap.start is not None
    assert gap.start < gap.end == min(post.created_at for batch in batches for post in batch.posts)


def test_an_empty_page_that_names_another_is_walked_past(world: XWorld, server: Loopback) -> None:
    """X may filter a whole page away and still say that there is more."""
    for number in range(15):
        world.say(f"larkspur {number}", ago=MINUTE * (20 - number))
    blank = {"meta": {"result_count": 0, "next_token": str(1 << 62)}}
    blanks = iter([Reply(200, json.dumps(blank).encode())])
    world.before = lambda asked: next(blanks, None)
    batches, _ = all_of(listen(world, server), {})
    assert len(texts(batches)) == 15
    assert [len(batch.posts) for batch in batches] == [0, 10, 5]


def test_misspelt_names_change_what_is_asked_and_not_whose_cursor_it_is(
    world: XWorld, server: Loopback
) -> None:
    """A walk under way goes on with other words; a token that came with the old ones does not."""
    for number in range(3):
        world.say(f"larkspur {number}", ago=MINUTE * (20 - number))
    blank = {"meta": {"result_count": 0, "next_token": str(1 << 62)}}
    blanks = iter([Reply(200, json.dumps(blank).encode())])
    world.before = lambda asked: next(blanks, None)
    source = XSource(kind="x", name="x", base_url=server.url, own_answers=False)
    exact, loose = (
        next(x_listeners(source, [Brand(name="Larkspur", misspellings=how)], token=TOKEN, clock=world.clock))
        for how in ("off", "loose")
    )
    assert exact.query == loose.query
    first = next(iter(exact.poll({}, Budget())))
    batches, _ = all_of(loose, first.next_state)
    assert len(texts(batches)) == 3
    assert "next_token" not in server.asked[-1].params
    assert "larkspru" not in server.asked[0].params["query"]
    assert "larkspru" in server.asked[-1].params["query"]


def test_the_last_request_of_a_window_says_when_to_come_back(world: XWorld, server: Loopback) -> None:
    """The batch carries the wait and the poll ends, although there are more pages."""
    for number in range(15):
        world.say(f"larkspur {number}", ago=MINUTE * (20 - number))
    reset = int(NOW.timestamp()) + 90
    world.headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
    batches, _ = all_of(listen(world, server), {})
    assert [batch.retry_after for batch in batches] == [90.0]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(401, b'{"title": "Unauthorized"}'), Refused),
        (Reply(403, b'{"title": "Forbidden"}'), Refused),
        (Reply(404, b'{"title": "Not Found"}'), Gone),
        (Reply(500, b"oops"), Retry),
        (Reply(503, b""), Retry),
        (Reply(200, b"<html>a login page</html>"), Malformed),
        (Reply(200, b"[1, 2]"), Malformed),
    ],
)
def test_every_bad_answer_is_one_of_ours(
    world: XWorld, server: Loopback, reply: Reply, error: type[Exception]
) -> None:
    """Whatever X answers, a poll raises nothing but the contract's errors."""
    world.before = lambda asked: reply
    with pytest.raises(error):
        all_of(listen(world, server), {})


def test_too_many_requests_names_the_wait_and_asks_once(world: XWorld, server: Loopback) -> None:
    """A 429 is not repeated, with or without its reset header."""
    reset = int(NOW.timestamp()) + 300
    world.before = lambda asked: Reply(429, b"{}", {"x-rate-limit-reset": str(reset)})
    with pytest.raises(Retry) as caught:
        all_of(listen(world, server), {})
    assert caught.value.after == 300
    world.before = lambda asked: Reply(429, b"{}")
    with pytest.raises(Retry) as caught:
        all_of(listen(world, server), {})
    assert caught.value.after is None
    assert len(server.asked) == 2


def test_a_server_that_never_answers_is_given_up(world: XWorld, server: Loopback) -> None:
    """Every request has a timeout."""
    closed = server.url
    server.close()
    source = XSource(kind="x", name="x", base_url=closed, queries=("a",), timeout_seconds=0.2)
    with pytest.raises(Retry):
        list(next(x_listeners(source, (), token=TOKEN, clock=world.clock)).poll({}, Budget()))


def test_the_token_is_in_no_log_and_no_error(
    world: XWorld, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at DEBUG, not in a repr, not in what an exception carries along."""
    caplog.set_level(logging.DEBUG)
    world.say("larkspur")
    listener = listen(world, server)
    all_of(listener, {})
    world.before = lambda asked: Reply(401, b"{}")
    with pytest.raises(Refused) as caught:
        all_of(listener, {})
    assert caplog.records
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(listener.__dict__) + repr(caught.value) + repr(caught.value.__cause__)


def test_a_page_that_goes_back_up_is_refused(world: XWorld, server: Loopback) -> None:
    """A server that ignores until_id would be read in circles."""
    for number in range(15):
        world.say(f"larkspur {number}", ago=MINUTE * (20 - number))

    def circle(asked: Asked) -> Reply | None:
        if "until_id" in asked.params:
            return world._page(Asked("GET", asked.path, {"max_results": "10"}, {}))
        return None

    world.before = circle
    with pytest.raises(Malformed):
        all_of(listen(world, server), {})
