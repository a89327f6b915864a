"""Asking the networks without keys what became of posts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from listeners.listener import Budget, Retry
from listeners.post import DeletionWhy
from listeners.recheck import rechecker
from listeners.sources import BlueskySource, MastodonSource
from tests.listeners.feed_site import Site, site

URI = "at://did:plc:{0}/app.bsky.feed.post/{0}"


@pytest.fixture
def web() -> Iterator[Site]:
    """A web server on loopback."""
    with site() as here:
        yield here


def view(name: str) -> dict[str, object]:
    """A post as Bluesky's API shows it."""
    return {
        "uri": URI.format(name),
        "cid": "c2",
        "indexedAt": "2026-11-20T11:00:00Z",
        "author": {"did": f"did:plc:{name}", "handle": f"{name}.example"},
        "record": {"text": "edited", "createdAt": "2026-11-20T11:00:00Z"},
    }


def bluesky(web: Site) -> object:
    """The way to ask it."""
    source = BlueskySource.model_validate(
        {"kind": "bluesky", "name": "b", "profiles_url": web.url, "allow": ["127.0.0.1"]}
    )
    found = rechecker(source, secrets={})
    assert found is not None
    return found


def serve(web: Site, names: str, views: list[object]) -> list[str]:
    """What the API answers when asked for these; gives their addresses."""
    ids = [URI.format(name) for name in names]
    asked = "&".join("uris=" + one.replace(":", "%3A").replace("/", "%2F") for one in ids)
    web.put(f"/xrpc/app.bsky.feed.getPosts?{asked}", json.dumps({"posts": views}))
    return ids


def test_bluesky_leaves_out_what_is_gone(web: Site) -> None:
    """The others come as they are now."""
    ids = serve(web, "ab", [view("a")])
    checked = bluesky(web).check(ids, Budget())  # type: ignore[attr-defined]
    assert [(post.id, post.text, post.revision) for post in checked.posts] == [(ids[0], "edited", "c2")]
    assert [deletion.id for deletion in checked.deletions] == [ids[1]]
    assert checked.asked == tuple(ids)


def test_an_answer_without_any_of_many_erases_nothing(web: Site) -> None:
    """Bluesky out of sorts is not everybody's farewell."""
    ids = serve(web, "abcde", [])
    with pytest.raises(Retry, match="nothing is erased"):
        bluesky(web).check(ids, Budget())  # type: ignore[attr-defined]


def test_a_post_on_mastodon_is_asked_for_at_its_home(web: Site) -> None:
    """Gone, a tombstone, still there; and a home that does not answer is asked another day."""
    source = MastodonSource.model_validate({"kind": "mastodon", "name": "m", "allow": ["127.0.0.1"]})
    network = rechecker(source, secrets={})
    assert network is not None
    there = web.put("/there", '{"type": "Note"}')
    gone = [web.put("/gone", "", 410), web.put("/grave", '{"type": "Tombstone"}'), web.url + "/nowhere"]
    silent = [web.put("/members", "", 401), "http://127.0.0.1:1/"]
    checked = network.check([there, *gone, *silent], Budget())
    assert [deletion.id for deletion in checked.deletions] == gone
    assert {deletion.why for deletion in checked.deletions} == {DeletionWhy.DELETED}
    assert checked.asked == (there, *gone)


def test_only_the_networks_own_ids_are_asked_about(web: Site) -> None:
    """Imported collections number their posts otherwise."""
    assert bluesky(web).knows(URI.format("a"))  # type: ignore[attr-defined]
    assert not bluesky(web).knows("12345")  # type: ignore[attr-defined]
