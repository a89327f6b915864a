"""The world over HTTP, heard by the real listeners."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from earnest.commands.common import Failure
from earnest.demo.folder import write_config
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World
from earnest.settings import load
from listeners.listener import Batch, Budget, Listener, Refused
from listeners.post import Kind
from listeners.registry import build
from tests.demo.moments import LATER, START

TEMPLATE = Path(__file__).parents[2] / "config"


class Hands:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    """The moment at which everything has happened."""
    return Hands(LATER)


@pytest.fixture
def server(world: World, clock: Hands) -> Iterator[WorldServer]:
    """The world, served."""
    with WorldServer(world, clock=clock) as server:
        yield server


def listeners(
    server: WorldServer, clock: Hands, home: Path, secrets: Mapping[str, str] = SECRETS
) -> list[Listener]:
    """All listeners the demo's own configuration makes."""
    settings = load(write_config(server, template=TEMPLATE, home=home), environment={})
    return [
        listener
        for source in settings.sources
        for listener in build(source, settings.brands, secrets=secrets, clock=clock)
    ]


def hear(listener: Listener, state: Mapping[str, object] | None = None) -> list[Batch]:
    """One poll."""
    return list(listener.poll(state or {}, Budget()))


def test_the_listeners_hear_the_whole_world(
    server: WorldServer, world: World, clock: Hands, tmp_path: Path
) -> None:
    """Every post on Reddit and in feeds, and on X all that names the brand; nothing is set aside."""
    batches = [batch for listener in listeners(server, clock, tmp_path) for batch in hear(listener)]
    assert not [aside for batch in batches for aside in batch.set_aside]
    assert not [gap for batch in batches for gap in batch.gaps]
    heard = {(post.source, post.id) for batch in batches for post in batch.posts}
    reddit = {post.id for post in world.seen("reddit", LATER)}
    assert {one for source, one in heard if source == "reddit"} == reddit
    assert sum(source == "blog" for source, _ in heard) == len(list(world.seen("blog", LATER)))
    named = ("larkspurhelp", "@larkspur ", "hub 4")
    missed = [
        post.key
        for post in world.seen("x", LATER)
        if any(name in post.versions[0].text.lower() for name in named) and ("x", post.id) not in heard
        # What the brand says to everybody is not asked for; its answers to people are.
        if not (post.about == "own" and post.parent is None)
    ]
    assert missed == []


def test_what_was_said_survives_the_wire(
    server: WorldServer, world: World, clock: Hands, tmp_path: Path
) -> None:
    """Text, author and thread come out as they were written, markup and odd signs included."""
    heard = {
        post.id: post
        for listener in listeners(server, clock, tmp_path)
        for batch in hear(listener)
        for post in batch.posts
    }
    for key in ("odd-1", "odd-2", "calder-6", "r-script", "lang-cy", "priv-4"):
        written, post = world[key], heard[world[key].id]
        assert post.text.strip() == written.versions[0].text.strip()
        assert post.author is not None
        assert post.author.handle == written.by
    assert heard[world["book-5"].id].parent_id == world["book-4"].id
    assert heard[world["book-5"].id].conversation_id == world["book-3"].id
    assert heard[world["bill-10"].id].kind is Kind.REPOST


def test_live_posts_arrive_in_the_next_poll(
    server: WorldServer, world: World, clock: Hands, tmp_path: Path
) -> None:
    """A cursor from the opening brings what came since, the edit among it."""
    clock.now = START
    found = listeners(server, clock, tmp_path)
    states = [hear(listener)[-1].next_state for listener in found]
    clock.now = LATER
    news = {
        (post.source, post.id): post
        for listener, state in zip(found, states, strict=True)
        for batch in hear(listener, state)
        for post in batch.posts
    }
    assert ("x", world["shelf-1"].id) in news
    assert ("reddit", world["shelf-4"].id) in news
    assert "£800" in news["x", world["edit-1"].id].text


def test_wrong_keys_are_refused(server: WorldServer, clock: Hands, tmp_path: Path) -> None:
    """X and Reddit close their doors, and the listeners say so."""
    wrong = dict.fromkeys(SECRETS, "wrong")
    closed = [one for one in listeners(server, clock, tmp_path, wrong) if one.source in {"x", "reddit"}]
    for listener in closed:
        with pytest.raises(Refused):
            hear(listener)


def test_a_configuration_about_others_is_told(server: WorldServer, tmp_path: Path) -> None:
    """Somebody wrote their own brand into the demo's folder: the world would seem silent."""
    other = tmp_path / "other"
    shutil.copytree(TEMPLATE, other)
    (other / "brands.yaml").write_text("brands: [{name: Heron}]\n")
    with pytest.raises(Failure, match="does not name Larkspur"):
        write_config(server, template=other, home=tmp_path)


def test_the_front_page_tells_what_is_here(server: WorldServer) -> None:
    """A person who opens the address sees where the feeds are."""
    with httpx.Client(trust_env=False) as client:
        page = client.get(server.url)
        assert page.status_code == 200
        assert all(url in page.text for url in server.feed_urls.values())
        assert client.get(f"{server.url}/nothing").status_code == 404
        assert client.head(f"{server.url}/blogs/border/atom.xml").content == b""


def test_closing_frees_the_port(world: World) -> None:
    """A second server may take it."""
    with WorldServer(world) as first:
        port = int(first.url.rsplit(":", 1)[1])
    with WorldServer(world, port=port) as second:
        assert second.url == first.url
