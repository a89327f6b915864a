"""The world's X answers like X."""

from __future__ import annotations

import json
from typing import Any

import pytest

from earnest.demo.wire import Reply, Request
from earnest.demo.world import World
from earnest.demo.x_network import XNetwork
from tests.demo.moments import LATER, START

HEADERS = {"authorization": "Bearer let-me-in"}
FULL = {
    "tweet.fields": "created_at,author_id,conversation_id,lang,entities,referenced_tweets,note_tweet",
    "expansions": "author_id,referenced_tweets.id,referenced_tweets.id.author_id",
}


@pytest.fixture
def x(world: World) -> XNetwork:
    """The network, with its door open to one token."""
    return XNetwork(world, token="let-me-in")


def ask(
    x: XNetwork, path: str, *, when: Any = LATER, headers: Any = HEADERS, **query: str
) -> tuple[Reply, Any]:
    """One request, and the JSON of its answer."""
    reply = x.answer(Request("GET", path, {k.replace("__", "."): v for k, v in query.items()}, headers), when)
    return reply, json.loads(reply.body)


def search(x: XNetwork, query: str, **more: str) -> Any:
    """The answer of recent search."""
    return ask(x, "/2/tweets/search/recent", query=query, **more)[1]


def test_a_wrong_token_is_refused(x: XNetwork) -> None:
    """401 in X's own words."""
    reply, payload = ask(
        x, "/2/tweets/search/recent", headers={"authorization": "Bearer wrong"}, query="larkspur"
    )
    assert reply.status == 401
    assert payload["title"] == "Unauthorized"


def test_pages_cover_everything_once(x: XNetwork) -> None:
    """Following next_token leads through all posts, newest first, none twice."""
    ids: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = search(x, "larkspur OR @LarkspurHelp", max_results="10", **token)
        ids += [item["id"] for item in page["data"]]
        if "next_token" not in page["meta"]:
            break
        token = {"next_token": page["meta"]["next_token"]}
    whole = search(x, "larkspur OR @LarkspurHelp", max_results="100")
    assert len(ids) > 100
    assert ids == sorted(set(ids), key=int, reverse=True)
    assert ids[:100] == [item["id"] for item in whole["data"]]


def test_since_id_leaves_out_what_is_known(x: XNetwork) -> None:
    """Only newer posts come, and none is an answer without data."""
    newest = search(x, "larkspur")["meta"]["newest_id"]
    assert search(x, "larkspur", since_id=newest) == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("since_id", "1000"),
            ("max_results", "5"),
            ("query", "(larkspur"),
            ("start_time", "2020-01-01T00:00:00Z"),
        ),
        *(("expansions", "everything"), ("colour", "blue"), ("next_token", "?"), ("query", "x" * 513)),
    ],
)
def test_a_wrong_parameter_is_a_400_that_names_it(x: XNetwork, name: str, value: str) -> None:
    """A cursor beyond seven days, a size out of bounds, a broken query …"""
    reply, payload = ask(x, "/2/tweets/search/recent", **{"query": "larkspur", name: value})
    assert reply.status == 400
    assert name in payload["errors"][0]["parameters"]


def test_search_returns_no_reposts_but_mentions_do(x: XNetwork, world: World) -> None:
    """As on X since May 2026."""
    repost = world["bill-10"].id
    assert repost not in [item["id"] for item in search(x, "larkspur", max_results="100")["data"]]
    _, page = ask(x, "/2/users/1888000000000000001/mentions", max_results="100")
    assert repost in [item["id"] for item in page["data"]]


def test_text_is_sent_as_x_sends_it(x: XNetwork, world: World) -> None:
    """Signs of HTML are escaped, links shortened, and entities point at them in the text as sent."""
    _, page = ask(
        x, "/2/tweets", ids=f"{world['odd-1'].id},{world['tv-2'].id}", **{"tweet__fields": "entities"}
    )
    odd, advert = page["data"]
    assert "&lt;script&gt;" in odd["text"]
    assert "&amp;" in odd["text"]
    link = advert["entities"]["urls"][0]
    assert advert["text"][link["start"] : link["end"]] == link["url"]
    assert link["url"].startswith("https://t.co/")
    assert link["expanded_url"] == "https://larkspur.example/tv"


def test_a_long_post_is_cut_and_kept_whole_in_its_note(x: XNetwork, world: World) -> None:
    """Over 280 characters the text ends in a link, and note_tweet has all of it."""
    long = world["priv-4"]
    _, page = ask(x, "/2/tweets", ids=long.id, **{"tweet__fields": "note_tweet"})
    assert len(page["data"][0]["text"]) <= 280
    assert page["data"][0]["note_tweet"]["text"] == long.versions[0].text


def test_only_asked_fields_come(x: XNetwork) -> None:
    """Without tweet.fields a post is its id, its text and its edits."""
    assert set(search(x, "larkspur")["data"][0]) == {"id", "text", "edit_history_tweet_ids"}


def test_expansions_bring_authors_and_parents(x: XNetwork, world: World) -> None:
    """What a reply answers comes along, with who wrote it."""
    _, page = ask(x, "/2/tweets", ids=world["calder-9"].id, **FULL)
    assert [one["id"] for one in page["includes"]["tweets"]] == [world["calder-3"].id]
    assert {one["username"] for one in page["includes"]["users"]} == {"hebden_knits", "LarkspurHelp"}
    assert page["data"][0]["conversation_id"] == world["calder-1"].id


def test_an_edit_has_a_new_id_and_its_history(x: XNetwork, world: World) -> None:
    """The edited post is found under its new id; the old one leads to the old wording."""
    old, new = (version.id for version in world["edit-1"].versions)
    _, page = ask(x, "/2/tweets", ids=f"{old},{new}")
    assert [item["edit_history_tweet_ids"] for item in page["data"]] == [[old, new]] * 2
    assert "£800" not in page["data"][0]["text"]
    assert "£800" in page["data"][1]["text"]
    found = {item["id"] for item in search(x, "from:bakery_on_bold", max_results="100")["data"]}
    assert new in found
    assert old not in found


def test_a_deleted_post_is_an_error_of_a_200(x: XNetwork, world: World) -> None:
    """Lookup names what is gone."""
    reply, page = ask(x, "/2/tweets", ids=world["gone-1"].id)
    assert reply.status == 200
    assert page["errors"][0]["resource_id"] == world["gone-1"].id
    assert "data" not in page


def test_the_future_is_not_served(x: XNetwork, world: World) -> None:
    """At the opening, the live part has not been said yet."""
    _, page = ask(x, "/2/tweets/search/recent", when=START, query="larkspur", max_results="100")
    assert int(page["meta"]["newest_id"]) < int(world["shelf-1"].id)


def test_counts_add_up(x: XNetwork) -> None:
    """The hours of the week hold what search finds."""
    _, page = ask(x, "/2/tweets/counts/recent", query="@LarkspurHelp")
    assert page["meta"]["total_tweet_count"] == sum(row["tweet_count"] for row in page["data"]) > 40


def test_a_spent_allowance_is_a_429_with_its_reset(world: World) -> None:
    """The limit is named in every answer, and ends in Too Many Requests."""
    x = XNetwork(world, token="let-me-in", allowance=1)
    first, _ = ask(x, "/2/tweets/search/recent", query="larkspur")
    second, _ = ask(x, "/2/tweets/search/recent", query="larkspur")
    assert first.headers["x-rate-limit-remaining"] == "0"
    assert second.status == 429
    assert int(second.headers["x-rate-limit-reset"]) > LATER.timestamp()


def test_labels_are_never_served(x: XNetwork) -> None:
    """What a post is about stays in the files."""
    whole = json.dumps(search(x, "larkspur", max_results="100", **{"tweet__fields": "source"}))
    assert "complaint:" not in whole
