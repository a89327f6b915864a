"""A look before anything is stored: what a source brings, and what would be made of it.

Nothing here touches the ledger. Networks are asked little: one small request per query, and where
reading costs money, the least that the network sells.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from earnest import own_model
from earnest.importing import read_file
from earnest.settings import Settings
from listeners.blogs import BlogListener
from listeners.http import Answer
from listeners.listener import Budget, Clock, Listener, ListenError, utcnow
from listeners.post import Kind, Post
from listeners.registry import build
from listeners.sources import AnySource, BlogsSource, XSource
from nlp.mention import Mention
from nlp.pipeline import Analyzer
from routing.decision import Decision, Routable, Thread
from routing.rules import decide

QUERIES = 12
"""Queries of one source that are asked at most; a source with hundreds of feeds is not tried whole."""


class NotUnderstood(Exception):
    """What was given is no source, address, file or sentence. `mend` says what it may have meant."""

    def __init__(self, what: str, mend: str) -> None:
        """Keep the two apart."""
        super().__init__(what)
        self.mend = mend


@dataclass(slots=True)
class Heard:
    """What one query brought. items: all that came; posts: those kept to look at, each with its parent.

    more: there is more where it came from. cost: dollars charged by the network.
    """

    source: str
    query: str
    items: int = 0
    posts: list[tuple[Post, Post | None]] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    cost: float = 0.0
    more: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What would be made of one post: a mention and its decision per brand; none where no brand is named."""

    post: Post
    mentions: tuple[tuple[Mention, Decision], ...]


def hear(
    given: str,
    settings: Settings,
    *,
    limit: int,
    secrets: Mapping[str, str],
    allow: Sequence[str] = (),
    clock: Clock = utcnow,
) -> list[Heard]:
    """What `given` brings: a source's name, the address of a feed, a file, or a sentence.

    limit: posts kept per query. allow: private networks (CIDR) that an address may lie in. Raises
    NotUnderstood; failures of a query stand in its `error` instead.
    """
    named = next((source for source in settings.sources if source.name == given), None)
    if named is not None:
        return list(_ask(named, settings, limit, secrets, clock))
    if given.startswith(("http://", "https://")):
        feed = BlogsSource.model_validate({"kind": "blogs", "name": "try", "feeds": [given], "allow": allow})
        return list(_ask(feed, settings, limit, secrets, clock))
    if Path(given).is_file():
        return [_read(Path(given), limit, clock)]
    if len(given.split()) > 1:
        post = Post("try", "sentence", Kind.POST, given, clock())
        return [Heard("a sentence", "", 1, [(post, None)])]
    names = [source.name for source in settings.sources]
    close = difflib.get_close_matches(given, names, n=1)
    raise NotUnderstood(
        f'"{given}" is neither a source, nor an address, nor a file, nor a sentence of several words',
        f'did you mean "{close[0]}"?' if close else f"sources here: {', '.join(names)}",
    )


def make(
    heard: Iterable[Heard], settings: Settings, analyzer: Analyzer, *, clock: Clock = utcnow
) -> list[Made]:
    """Mentions and decisions of everything heard, in order."""
    items = [pair for one in heard for pair in one.posts]
    now = clock()
    return [
        Made(
            post,
            tuple(
                (mention, decide(Routable(mention, Thread(post, parent)), settings.rules, now=now))
                for mention in mentions
            ),
        )
        for (post, parent), mentions in zip(items, analyzer.analyze(items), strict=True)
    ]


def _ask(
    source: AnySource, settings: Settings, limit: int, secrets: Mapping[str, str], clock: Clock
) -> Iterator[Heard]:
    """One request to each query of a source; one that fails never stops the others."""
    if isinstance(source, XSource):
        source = source.model_copy(update={"page_size": max(10, min(limit, source.page_size))})
    try:
        listeners = build(source, settings.brands, secrets=secrets, clock=clock)
    except ListenError as error:
        yield Heard(source.name, "", error=str(error))
        return
    for listener in listeners[:QUERIES]:
        yield _poll(listener, limit)


def _poll(listener: Listener, limit: int) -> Heard:
    heard = Heard(listener.name, listener.query)
    try:
        for batch in listener.poll({}, Budget(requests=4, seconds=30.0)):
            known = {post.id: post for post in (*batch.context, *batch.posts)}
            heard.items += len(batch.posts)
            heard.cost += batch.cost
            heard.set_aside += [f"{one.place}: {one.why}" for one in batch.set_aside]
            room = limit - len(heard.posts)
            heard.posts += [(post, known.get(post.parent_id or "")) for post in batch.posts[:room]]
            if len(heard.posts) >= limit:
                heard.more = True
                break
    except ListenError as error:
        heard.error = str(error)
    return heard


@dataclass(frozen=True, slots=True)
class _File:
    """A door that answers with a file's bytes, so that a saved feed is read like a fetched one."""

    body: bytes

    def fetch(self, url: str, *, headers: dict[str, str] | None = None) -> Answer:
        """The file, whatever is asked."""
        return Answer(200, url, {}, self.body, url)


def _read(path: Path, limit: int, clock: Clock) -> Heard:
    """A saved feed, or an archive as `earnest import` takes it."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") or b"jsonfeed.org/version" in head:
        address = f"https://file.invalid/{quote(path.name)}"
        source = BlogsSource.model_validate({"kind": "blogs", "name": path.name, "feeds": [address]})
        heard = _poll(
            BlogListener(source, source.feeds[0], door=_File(path.read_bytes()), clock=clock), limit
        )
        heard.query, heard.error = str(path), heard.error.replace(address, str(path))
        return heard
    heard = Heard(path.name, str(path))
    known: dict[str, Post] = {}
    for piece in read_file(path, clock=clock):
        known.update((post.id, post) for post in (*piece.context, *piece.posts))
        heard.items += piece.items
        heard.set_aside += [f"{one.place}: {one.why}" for one in piece.set_aside]
        room = limit - len(heard.posts)
        heard.posts += [(post, known.get(post.parent_id or "")) for post in piece.posts[:room]]
        if len(heard.posts) >= limit:
            heard.more = True
            break
    return heard


def analyzer_of(settings: Settings) -> Analyzer:
    """The pipeline of a configuration, with the installation's own model where it has one in use.

    Loads the model (about a second). Raises nlp.weights.BadWeights.
    """
    return Analyzer(
        settings.brands,
        mode=settings.desk.model,
        model_dir=own_model.in_use(settings),
        taxonomy=settings.taxonomy,
    )
