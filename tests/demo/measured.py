"""What the whole pipeline makes of the made-up world, post by post, beside what its writer meant.

`python -m tests.demo.measured` prints it: a table by kind of post, then every post that went another
way than its label says.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from earnest.demo.folder import write_config
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World, WorldPost
from earnest.ledger import Ledger
from earnest.ledger.views import WhyView
from earnest.pipeline import run_pass
from earnest.preview import analyzer_of
from earnest.search.home import open_index
from earnest.settings import load
from listeners.listener import Budget, Listener
from listeners.post import Post
from listeners.registry import build
from nlp.mention import Judgement
from routing.decision import Outcome
from tests.demo.moments import LATER, START

TEMPLATE = Path(__file__).parents[2] / "config"
BEFORE_CHANGES = START + timedelta(seconds=92)
"""The posts that will be edited or deleted stand as they were first written."""


@dataclass(frozen=True)
class Fate:
    """What became of one post. queue: "" where it was dismissed or not even heard."""

    post: WorldPost
    view: WhyView

    @property
    def queue(self) -> str:
        """Where it waits for people."""
        routed = [d for m in self.view.mentions for d in m.decisions[:1] if d.outcome == Outcome.ROUTE]
        return routed[0].queue if routed else ""

    @property
    def judgement(self) -> Judgement | None:
        """What the models made of it."""
        return next((m.mention.judgement for m in self.view.mentions), None)

    @property
    def words(self) -> str:
        """In a word or two: the queue, or why there is none."""
        if self.queue:
            return self.queue
        if self.view.mentions:
            return "dismissed"
        return "no mention" if self.view.post is not None else self.view.words.split("(")[0][:24]


class Hands:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def measured(world: World, home: Path) -> Iterator[tuple[list[Fate], Ledger]]:
    """Two passes, one before anything is edited or deleted and one after; the fates and the ledger."""
    clock = Hands(BEFORE_CHANGES)
    with WorldServer(world, clock=clock) as server:
        settings = load(write_config(server, template=TEMPLATE, home=home), environment={})
        with Ledger.open(settings.database, clock=clock) as ledger:
            index = open_index(ledger, settings.data_dir, environ={})
            sources = settings.sources
            found = [
                one
                for source in sources
                for one in build(source, settings.brands, secrets=SECRETS, clock=clock)
            ]
            analyzer = analyzer_of(settings)
            for moment in (BEFORE_CHANGES, LATER):
                clock.now = moment
                run_pass(settings, ledger, analyzer, index, listeners=found, clock=clock, force=True)
            blogs = {hit.url.partition("/blogs/")[2]: hit for hit in _blog_posts(found)}
            yield [Fate(post, ledger.why(post.source, _id(post, blogs))) for post in world.posts], ledger


def _blog_posts(found: Sequence[Listener]) -> Iterator[Post]:
    """Feeds give no ids of their own to the world: they are told apart by their address."""
    for listener in found:
        if listener.source == "blog":
            for batch in listener.poll({}, Budget()):
                yield from batch.posts


def _id(post: WorldPost, blogs: Mapping[str, Post]) -> str:
    return blogs[f"{post.feed}/{post.slug}"].id if post.source == "blog" else post.id


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home, measured(World.open(START), Path(home)) as (fates, _):
        table: dict[str, Counter[str]] = {}
        for fate in fates:
            table.setdefault(fate.post.about.split(":")[0], Counter())[fate.words] += 1
        for kind, counts in sorted(table.items()):
            typer.echo(
                f"{kind:10} " + ", ".join(f"{words} {number}" for words, number in counts.most_common())
            )
        typer.echo()
        for fate in fates:
            wanted = fate.post.about.startswith(("complaint", "question"))
            if bool(fate.queue) != wanted or "urgent" in fate.post.about or "-v" in sys.argv:
                text = " ".join(fate.post.versions[-1].text.split())[:90]
                seen = fate.judgement
                made = (
                    f"{seen.complaint:.2f} s{int(seen.severity)} u{seen.urgency} {','.join(seen.stakes)}"
                    if seen
                    else ""
                )
                typer.echo(f"{fate.post.about:30} {fate.words:12} {made:40} {fate.post.key:14} {text}")


if __name__ == "__main__":
    main()
