"""The world's Reddit answers like Reddit."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from earnest.demo.reddit_network import RedditNetwork
from earnest.demo.wire import Reply, Request
from earnest.demo.world import World
from tests.demo.moments import LATER

BASIC = "Basic " + base64.b64encode(b"app:secret").decode()


class Client:
    """Signs in and asks."""

    def __init__(self, world: World, allowance: int = 1000) -> None:
        self.network = RedditNetwork(world, client_id="app", secret="secret", allowance=allowance)
        form = {"grant_type": "client_credentials"}
        request = Request("POST", "/api/v1/access_token", {}, {"authorization": BASIC}, form)
        self.token = json.loads(self.network.answer(request, LATER).body)["access_token"]

    def ask(self, path: str, **query: str) -> Reply:
        headers = {"authorization": f"bearer {self.token}"}
        return self.network.answer(Request("GET", path, {"raw_json": "1", **query}, headers), LATER)

    def things(self, path: str, **query: str) -> list[dict[str, Any]]:
        return [child["data"] for child in json.loads(self.ask(path, **query).body)["data"]["children"]]


@pytest.fixture
def reddit(world: World) -> Client:
    """A client that is signed in."""
    return Client(world)


def test_wrong_keys_get_no_token(world: World) -> None:
    """401 at the door."""
    network = RedditNetwork(world, client_id="app", secret="secret")
    request = Request("POST", "/api/v1/access_token", {}, {"authorization": "Basic bm86bm8="}, {})
    assert network.answer(request, LATER).status == 401
    assert network.answer(Request("GET", "/r/larkspur/new"), LATER).status == 401


def test_paging_by_name_covers_everything_once(reddit: Client) -> None:
    """Following `after` leads through all comments, newest first."""
    names: list[str] = []
    after = {}
    while True:
        listing = json.loads(reddit.ask("/r/larkspur+BroadbandUK/comments/", limit="7", **after).body)["data"]
        names += [child["data"]["name"] for child in listing["children"]]
        if listing["after"] is None:
            break
        after = {"after": listing["after"]}
    whole = [thing["name"] for thing in reddit.things("/r/larkspur+BroadbandUK/comments", limit="100")]
    assert names == whole
    assert len(set(names)) == len(names) > 35


def test_an_unknown_after_ends_the_listing(reddit: Client) -> None:
    """An item that is gone leads nowhere; this is how bursts are lost."""
    assert reddit.things("/r/larkspur/new", after="t3_gone") == []


def test_comments_name_what_they_answer(reddit: Client, world: World) -> None:
    """A comment knows its parent and the submission at the top."""
    comment = next(
        thing
        for thing in reddit.things("/r/BroadbandUK/comments", limit="100")
        if thing["name"] == world["r-evening-3"].id
    )
    assert comment["parent_id"] == world["r-evening-1"].id
    assert comment["link_id"] == world["r-evening"].id


def test_search_finds_submissions_by_words(reddit: Client, world: World) -> None:
    """Everywhere, submissions only."""
    names = {thing["name"] for thing in reddit.things("/r/all/search/", q='"Hub 4" OR mesh', limit="100")}
    assert {world["r-mesh"].id, world["r-port"].id} <= names
    assert all(name.startswith("t3_") for name in names)


def test_info_leaves_out_what_it_does_not_know(reddit: Client, world: World) -> None:
    """Unknown names are silently missing."""
    known = world["r-port"].id
    assert [thing["name"] for thing in reddit.things("/api/info", id=f"{known},t3_nothing")] == [known]


def test_a_deleted_comment_leaves_the_listing_and_is_a_shell_in_info(reddit: Client, world: World) -> None:
    """Its words and its author are gone."""
    gone = world["gone-2"]
    assert gone.deleted_at is not None
    assert gone.id not in [thing["name"] for thing in reddit.things("/r/BroadbandUK/comments", limit="100")]
    shell = reddit.things("/api/info", id=gone.id)[0]
    assert (shell["author"], shell["body"]) == ("[deleted]", "[deleted]")


def test_an_unknown_subreddit_is_a_404(reddit: Client) -> None:
    """As on Reddit, with JSON."""
    assert reddit.ask("/r/nowhere/new").status == 404


def test_limits_are_named_and_end_in_429(world: World) -> None:
    """Every answer says what is left."""
    client = Client(world, allowance=1)
    first, second = client.ask("/r/larkspur/new"), client.ask("/r/larkspur/new")
    assert first.headers["x-ratelimit-remaining"] == "0.0"
    assert second.status == 429


def test_text_is_escaped_unless_asked_raw(reddit: Client) -> None:
    """Without raw_json=1, & becomes &amp;."""
    raw = reddit.things("/r/BroadbandUK/new", limit="100")
    escaped = reddit.things("/r/BroadbandUK/new", limit="100", raw_json="0")
    assert [thing["selftext"].replace("&", "&amp;") for thing in raw] == [t["selftext"] for t in escaped]
