"""The recordings of the shared folder, replayed over loopback: every item arrives once, as recorded."""

from __future__ import annotations

import gzip
import html
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from listeners.listener import Batch, Budget, Listener
from listeners.post import Kind, Post
from listeners.reddit import reddit_listeners
from listeners.sources import RedditSource, XSource
from listeners.x import x_listeners
from listeners.x_read import read_page
from tests.listeners.loopback import Asked, Loopback, Reply
from tests.listeners.reddit_world import SECRETS
from tests.listeners.x_world import TOKEN

NOW = datetime(2022, 10, 8, tzinfo=UTC)
JSON = {"content-type": "application/json"}


def x_pages(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every recorded page of posts, with a name for it."""
    for path in sorted((folder / "x").glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines()):
            page = json.loads(line) if line else {}
            if "data" in page:
                yield f"{path.name}:{number}", page
    for name in ("search_recent_tweets", "get_users_mentions", "get_tweets"):
        path = folder / "x" / f"test_client_{name}.yaml"
        for exchange in yaml.safe_load(path.read_text())["interactions"]:
            body = exchange["response"]["body"]["string"]
            packed = body if isinstance(body, bytes) else body.encode()
            raw = zlib.decompressobj(wbits=47).decompress(packed) if packed[:1] == b"\x1f" else packed
            yield path.name, json.loads(raw)


def poll(listener: Listener) -> list[Batch]:
    """One whole poll."""
    return list(listener.poll({}, Budget()))


def test_recorded_pages_of_x_arrive_once_and_whole(shared_data: Path) -> None:
    """Author, time, text, thread and revision of every post; nothing is set aside."""
    for name, page in x_pages(shared_data):
        served = iter([page])

        def answer(asked: Asked, served: Iterator[dict[str, Any]] = served) -> Reply:
            body = json.dumps(next(served, {"meta": {"result_count": 0}})).encode()
            return Reply(200, gzip.compress(body), {**JSON, "content-encoding": "gzip"})

        with Loopback(answer) as server:
            source = XSource(kind="x", name="x", base_url=server.url, queries=("anything",))
            batches = poll(next(x_listeners(source, (), token=TOKEN, clock=lambda: NOW)))
        posts = [post for batch in batches for post in batch.posts]
        gone = {gone.id for batch in batches for gone in batch.deletions}
        assert [aside for batch in batches for aside in batch.set_aside] == []
        recorded = {first(item): item for item in page["data"]}
        assert sorted(post.id for post in posts) == sorted(recorded.keys() - gone), name
        for post in posts:
            check_x(post, page, recorded[post.id])


def first(item: Mapping[str, Any]) -> str:
    """The id a post was first published under."""
    return str(min(item.get("edit_history_tweet_ids", [item["id"]]), key=int))


def check_x(post: Post, page: Mapping[str, Any], item: Mapping[str, Any]) -> None:
    """The post says what the recording says, in the newest wording that the page holds."""
    along = page.get("includes", {}).get("tweets", [])
    newest = max((one for one in [item, *along] if first(one) == post.id), key=lambda one: int(one["id"]))
    assert post.text == html.unescape(newest["text"])
    assert post.revision == newest["id"]
    if "created_at" in item and first(item) == item["id"]:
        assert post.created_at == datetime.fromisoformat(item["created_at"])
    if "author_id" in item:
        names = {user["id"]: user["username"] for user in page.get("includes", {}).get("users", [])}
        assert post.author is not None
        assert (post.author.id, post.author.handle) == (item["author_id"], names.get(item["author_id"], ""))
    referenced = {one["type"]: one["id"] for one in item.get("referenced_tweets", [])}
    assert post.parent_id in (referenced.values() or [None])
    assert (post.kind is Kind.REPOST) == ("retweeted" in referenced)
    if item.get("conversation_id") not in (None, *item.get("edit_history_tweet_ids", [])):
        assert post.conversation_id == item["conversation_id"]


def reddit_exchanges(folder: Path) -> Iterator[tuple[str, Any]]:
    """Every recorded listing, with a name for it."""
    for path in sorted((folder / "reddit").glob("*.json")):
        for exchange in json.loads(path.read_text())["interactions"]:
            body = json.loads(exchange["response"]["body"]["string"])
            if "access_token" not in body:
                yield path.name, body


def inside(thing: Any) -> Iterator[dict[str, Any]]:
    """Every comment and submission in a recording."""
    if isinstance(thing, list):
        for one in thing:
            yield from inside(one)
    elif thing["kind"] == "Listing":
        yield from inside(thing["data"]["children"])
    elif thing["kind"] in ("t1", "t3"):
        yield thing
        if isinstance(thing["data"].get("replies"), dict):
            yield from inside(thing["data"]["replies"])


def test_recorded_listings_of_reddit_arrive_once_and_whole(shared_data: Path) -> None:
    """Author, time, text, thread and edits of every item; deleted ones as deletions."""
    for name, body in reddit_exchanges(shared_data):

        def answer(asked: Asked, body: Any = body) -> Reply:
            if asked.path.endswith("access_token"):
                token = {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
                return Reply(200, json.dumps(token).encode(), JSON)
            empty = {"kind": "Listing", "data": {"children": [], "after": None}}
            return Reply(200, json.dumps(empty if "after" in asked.params else body).encode(), JSON)

        with Loopback(answer) as server:
            source = RedditSource(
                kind="reddit", name="r", base_url=server.url, subreddits=("askreddit",), parents=False
            )
            listener = next(reddit_listeners(source, (), secrets=SECRETS, clock=lambda: NOW))
            (batch, *_) = listener.poll({}, Budget(requests=1))
        recorded = {thing["data"]["name"]: thing for thing in inside(body)}
        gone = {one.id for one in batch.deletions}
        assert batch.set_aside == ()
        assert sorted(post.id for post in batch.posts) == sorted(recorded.keys() - gone), name
        for post in batch.posts:
            check_reddit(post, recorded[post.id])
        for one in gone:
            data = recorded[one]["data"]
            assert data.get("body", data.get("selftext")) in ("[deleted]", "[removed]")


def check_reddit(post: Post, thing: Mapping[str, Any]) -> None:
    """The post says what the recording says."""
    data = thing["data"]
    comment = thing["kind"] == "t1"
    assert post.text == data["body" if comment else "selftext"]
    assert post.title == ("" if comment else data["title"])
    assert post.created_at.timestamp() == data["created_utc"]
    author = None if data["author"] == "[deleted]" else data["author"]
    assert (post.author and post.author.handle) == author
    assert (post.conversation_id, post.parent_id) == (
        (data["link_id"], data["parent_id"]) if comment else (data["name"], None)
    )
    assert post.revision.partition("-")[0] == str(int(data["edited"]))


def test_a_recorded_refusal_to_find_a_parent_is_a_deletion(shared_data: Path) -> None:
    """X names what is gone in the errors beside the posts."""
    pages = [page for _, page in x_pages(shared_data) if page.get("errors")]
    missing = {
        error["resource_id"]
        for page in pages
        for error in page["errors"]
        if error["resource_type"] == "tweet"
    }
    assert missing
    for page in pages:
        read = read_page(page, seen_at=NOW)
        assert {gone.id for gone in read.deletions} >= missing & {
            error["resource_id"] for error in page["errors"]
        }


@pytest.mark.parametrize("vocabulary", ["tweet", "post"])
def test_both_vocabularies_of_x_are_read_alike(shared_data: Path, vocabulary: str) -> None:
    """The same recorded pages, also with every name as X's newer specification writes it."""
    renamed = {
        "referenced_tweets": "referenced_posts",
        "edit_history_tweet_ids": "edit_history_post_ids",
        "note_tweet": "note_post",
        "retweet_count": "repost_count",
        "retweeted": "reposted",
        "tweets": "posts",
    }
    for name, page in x_pages(shared_data):
        text = json.dumps(page)
        if vocabulary == "post":
            for old, new in renamed.items():
                text = text.replace(f'"{old}"', f'"{new}"')
        assert read_page(json.loads(text), seen_at=NOW) == read_page(page, seen_at=NOW), name
