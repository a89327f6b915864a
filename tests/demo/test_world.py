"""The made-up world is complete, varied and consistent."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import combinations, pairwise

import pytest

from earnest.demo.world import World
from nlp.duplicates import same
from tests.demo.moments import LATER, START

TOPICS = (
    *("outage", "delivery", "billing", "refund", "product", "booking"),
    *("staff", "account", "cancellation", "privacy", "safety", "other"),
)
OTHERS = {"question", "praise", "joke", "lookalike", "own", "thanks", "repost", "copy", "chatter"}
MARKS = {"urgent", "sarcasm", "hostile"}


def test_there_are_two_hundred_posts_and_more(world: World) -> None:
    """The world is big enough to look like one."""
    assert len(world.posts) >= 200


def test_networks_share_the_posts(world: World) -> None:
    """More than half on X, about a third on Reddit, the rest on blogs."""
    share = Counter(post.source for post in world.posts)
    total = len(world.posts)
    assert 0.5 <= share["x"] / total <= 0.62
    assert 0.24 <= share["reddit"] / total <= 0.36
    assert 0.10 <= share["blog"] / total <= 0.20


def test_every_label_is_known(world: World) -> None:
    """Labels are read by tests that measure the pipeline, so a misspelt one would lie."""
    for post in world.posts:
        what, *rest = post.about.split(":")
        if what != "complaint":
            assert post.about in OTHERS, post.key
            continue
        topic, severity, *marks = rest
        assert topic in TOPICS, post.key
        assert severity in {"1", "2", "3", "4"}, post.key
        assert set(marks) <= MARKS, post.key


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_is_complained_about(world: World, topic: str) -> None:
    """Nothing a brand can do wrong is missing."""
    assert sum(post.about.startswith(f"complaint:{topic}:") for post in world.posts) >= 3


@pytest.mark.parametrize(("severity", "least"), [("1", 20), ("2", 30), ("3", 20), ("4", 8)])
def test_each_severity_occurs(world: World, severity: str, least: int) -> None:
    """From no reproach at all to open blame."""
    assert sum(post.about.split(":")[2:3] == [severity] for post in world.posts) >= least


@pytest.mark.parametrize(
    ("what", "least"),
    [
        *(("question", 12), ("praise", 12), ("joke", 10), ("lookalike", 18), ("own", 15)),
        *(("thanks", 12), ("repost", 4), ("copy", 4), ("chatter", 15)),
    ],
)
def test_each_kind_of_other_post_occurs(world: World, what: str, least: int) -> None:
    """Most of what is said about a brand is no complaint."""
    assert sum(post.about == what for post in world.posts) >= least


@pytest.mark.parametrize(("mark", "least"), [("urgent", 20), ("sarcasm", 3), ("hostile", 4)])
def test_each_manner_occurs(world: World, mark: str, least: int) -> None:
    """Polite but urgent, sarcastic, hostile."""
    assert sum(mark in post.about.split(":") for post in world.posts) >= least


def test_people_speak_other_languages(world: World) -> None:
    """At least five beside English, one of them Welsh."""
    spoken = {post.lang for post in world.posts}
    assert len(spoken) >= 6
    assert "cy" in spoken


def test_no_post_is_made_from_another(world: World) -> None:
    """Only what is labelled a copy reads like another post: the rest was written one by one."""
    own_words = [p for p in world.posts if p.about not in {"copy", "repost"}]
    texts = [(p.key, p.versions[0].text) for p in own_words if len(p.versions[0].text) > 40]
    assert [(a, b) for (a, one), (b, other) in combinations(texts, 2) if same(one, other)] == []


def test_copies_are_near_copies(world: World) -> None:
    """The labelled copies are what the finder of near-copies takes for the same."""
    copies = [p.versions[0].text for p in world.posts if p.about == "copy"]
    assert all(same(copies[0], copy) for copy in copies[1:])


def test_an_edit_and_a_deletion_happen_live(world: World) -> None:
    """Somebody corrects a post while one looks, and somebody takes one away."""
    edited = [post for post in world.posts if len(post.versions) > 1]
    gone = [post for post in world.posts if post.deleted_at is not None]
    assert {post.source for post in edited} >= {"x", "blog"}
    assert gone
    assert all(moment > START for post in edited for moment in [post.versions[1].at])


def test_the_live_part_keeps_coming(world: World) -> None:
    """About sixty posts, none of them more than ten seconds after the one before."""
    moments = [post.created_at for post in world.posts if post.live]
    assert len(moments) >= 55
    assert max(b - a for a, b in pairwise(moments)) <= timedelta(seconds=10)


def test_one_story_spreads_over_all_networks(world: World) -> None:
    """The scorched shelf goes from a tweet to Reddit to a blog."""
    story = [post for post in world.posts if post.key.startswith("shelf-")]
    first = {
        source: min(p.created_at for p in story if p.source == source) for source in ("x", "reddit", "blog")
    }
    assert first["x"] < first["reddit"] < first["blog"]


def test_somebody_comes_back_a_day_later_unanswered(world: World) -> None:
    """The same person asks again in a later post, and nobody has replied in between."""
    asked = world["book-1"], world["book-2"]
    assert asked[0].by == asked[1].by
    assert asked[1].created_at - asked[0].created_at >= timedelta(days=1)
    assert not [p for p in world.posts if p.parent == "book-1" and p.about == "own"]


def test_every_author_on_x_is_known(world: World) -> None:
    """Each handle has a name to show, and no name is left over."""
    assert {post.by for post in world.posts if post.source == "x"} == set(world.authors)


def test_ids_grow_with_time(world: World) -> None:
    """A cursor of ids works as on the networks."""
    for source in ("x", "reddit"):
        posts = [post for post in world.posts if post.source == source]
        for kind in {post.id[:3] for post in posts} if source == "reddit" else {""}:
            ids = [post.id for post in posts if post.id.startswith(kind)]
            assert ids == sorted(ids, key=lambda one: (len(one), one))
            assert len(set(ids)) == len(ids)


def test_speed_shortens_the_live_part_only() -> None:
    """Twice the speed halves what is to come; the past stays where it was."""
    fast, slow = World.open(START, speed=2.0), World.open(START)
    assert fast.ends - START == (slow.ends - START) / 2
    assert fast["calder-1"].created_at == slow["calder-1"].created_at


def test_a_deleted_post_is_not_seen(world: World) -> None:
    """It stood there, and then it does not."""
    gone = world["gone-1"]
    assert gone in set(world.seen("x", gone.created_at))
    assert gone not in set(world.seen("x", LATER))
