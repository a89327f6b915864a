"""What a day of listening would cost."""

from __future__ import annotations

import json

import pytest

from listeners.brand import Brand
from listeners.forecast import forecast
from listeners.registry import allowance
from listeners.sources import BlogsSource, RedditSource, XSource
from tests.listeners.loopback import Asked, Loopback, Reply
from tests.listeners.x_world import TOKEN

LARKSPUR = Brand(name="Larkspur", own_accounts={"x": ("Larkspur",)}, misspellings="off")
SECRETS = {"X_BEARER_TOKEN": TOKEN}


def counts(asked: Asked) -> Reply:
    """Seven days of one post an hour, and one hour of 100."""
    hours = [1] * 168
    hours[50] = 100
    return Reply(200, json.dumps({"data": [{"tweet_count": hour} for hour in hours]}).encode())


def test_a_day_is_counted_and_priced() -> None:
    """The mean of the week, the busiest day, and dollars with parents as posts."""
    with Loopback(counts) as server:
        source = XSource(kind="x", name="x", base_url=server.url, mentions_of=("42",))
        search, answers, mentions = forecast(source, [LARKSPUR], secrets=SECRETS)
        assert server.asked[0].params["query"] == search.query == "Larkspur -is:retweet -from:Larkspur"
    assert (search.posts_per_day, search.busiest_day) == (pytest.approx(267 / 7), 123)
    assert search.dollars_per_day == pytest.approx(267 / 7 * 0.01)
    assert answers.query == "from:Larkspur is:reply -is:retweet"
    assert answers.dollars_per_day == search.dollars_per_day
    assert "$0.001" in mentions.note


def test_without_a_token_the_queries_are_told_all_the_same() -> None:
    """And what is missing."""
    (told,) = forecast(XSource(kind="x", name="x", own_answers=False), [LARKSPUR], secrets={})
    assert (told.query, told.brands, told.dollars_per_day) == (
        "Larkspur -is:retweet -from:Larkspur",
        ("Larkspur",),
        None,
    )
    assert "X_BEARER_TOKEN" in told.note


def test_misspelt_names_are_told_and_counted_too() -> None:
    """What is asked is what is shown, for X as for Reddit."""
    brand = LARKSPUR.model_copy(update={"misspellings": "strict"})
    with Loopback(counts) as server:
        source = XSource(kind="x", name="x", base_url=server.url, own_answers=False)
        (told,) = forecast(source, [brand], secrets=SECRETS)
        assert server.asked[0].params["query"] == told.query
    assert "OR larkspru OR" in told.query
    (told,) = forecast(RedditSource(kind="reddit", name="r", search=True), [brand], secrets={})
    assert 'OR "larkspru" OR' in told.query


def test_a_refused_count_is_told_beside_its_query() -> None:
    """The next query is asked all the same."""
    with Loopback(lambda asked: Reply(403, b"{}")) as server:
        source = XSource(kind="x", name="x", base_url=server.url, queries=("more",), own_answers=False)
        told = list(forecast(source, [LARKSPUR], secrets=SECRETS))
    assert len(told) == 2
    assert all("keys" in one.note for one in told)


def test_free_networks_cost_nothing() -> None:
    """Reddit and feeds; neither is asked, and Reddit's keys are not needed to say so."""
    reddit = RedditSource(kind="reddit", name="r", subreddits=("larkspur",))
    blogs = BlogsSource.model_validate({"kind": "blogs", "name": "b", "feeds": ["https://a.example/feed"]})
    told = [one for source in (reddit, blogs) for one in forecast(source, [LARKSPUR], secrets={})]
    assert [one.query for one in told] == ["r/larkspur/comments", "r/larkspur/new", "https://a.example/feed"]
    assert {one.dollars_per_day for one in told} == {0.0}


def test_the_allowance_is_what_both_limits_leave() -> None:
    """Of the day and of the month; never below nothing; free is without end."""
    source = XSource(kind="x", name="x", day_dollars=5, month_dollars=100)
    assert allowance(source, day=1, month=10) == 4
    assert allowance(source, day=1, month=98) == 2
    assert allowance(source, day=6, month=6) == 0
    assert allowance(RedditSource(kind="reddit", name="r"), day=0, month=0) == float("inf")
