"""A small world for passes: scripted listeners, settings without files, and an index in a dict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from earnest.search.document import Document
from earnest.search.index import After, SearchPage
from earnest.settings import DeskSettings, Settings
from listeners.brand import Brand
from listeners.listener import Batch
from listeners.post import Deletion, DeletionWhy, Gap, GapWhy, Kind, Post, SetAside, Spread
from routing.rules import Rules
from tests.clock import NOON
from tests.ledger.world import LONG, at, post, reply
from tests.scripted import Scripted

LARKSPUR = Brand(
    name="Larkspur", handles=("Larkspur", "LarkspurHelp"), own_accounts={"x": ("Larkspur", "LarkspurHelp")}
)


def settings(folder: Path, url: str) -> Settings:
    """Settings of one brand and no sources."""
    return Settings(
        folder=folder,
        sources=(),
        brands=(LARKSPUR,),
        rules=Rules(),
        desk=DeskSettings(),
        taxonomy=None,
        data_dir=folder,
        database=url,
    )


class DictIndex:
    """An index that remembers documents and answers nothing."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}

    def upsert(self, documents: Iterable[Document]) -> None:
        """Keep them by id."""
        self.documents.update((document.id, document) for document in documents)

    def delete(self, ids: Iterable[str]) -> None:
        """Drop them."""
        for one in ids:
            self.documents.pop(one, None)

    def search(self, query: str, *, limit: int = 50, after: After | None = None) -> SearchPage:
        """Everything there is."""
        return SearchPage(tuple(self.documents.values())[:limit], len(self.documents))

    def count(self, query: str) -> int:
        """How much there is."""
        return len(self.documents)

    def clear(self) -> None:
        """Drop everything."""
        self.documents.clear()


def _page(number: int) -> Batch:
    """Ten posts of a busy afternoon: complaints, chatter, answers, copies, reposts and an edit."""
    first = number * 10
    posts: list[Post] = []
    for n in range(first, first + 10):
        who = f"p{n * 7 % 23}"
        said = f"Larkspur broadband is down again in street {n}, third time this week, please fix it"
        match n % 10:
            case 1:
                posts.append(post(str(n), "Larkspur works again, thanks for the quick help", who))
            case 2:
                posts.append(
                    reply(str(n), str(n - 2), "Larkspur: still nothing, please", f"p{(n - 2) * 7 % 23}")
                )
            case 3:
                posts.append(reply(str(n), str(n - 3), "We are looking into it.", "LarkspurHelp"))
            case 4:
                posts.append(post(str(n), "RT", who, kind=Kind.REPOST, parent_id=str(n - 4)))
            case 5:
                posts.append(post(str(n), LONG, who))
            case 6:
                posts.append(post(str(n - 6), said + " (edited)", f"p{(n - 6) * 7 % 23}", revision="2"))
            case 7:
                posts.append(post(str(n), "What a lovely garden", who, spread=Spread(1, 2, n)))
            case _:
                posts.append(post(str(n), said, who))
    gone = (Deletion("x", str(first - 1), NOON, DeletionWhy.DELETED),) if number % 2 else ()
    return Batch(
        next_state={},
        posts=tuple(posts),
        context=(post(f"parent{number}", "Who else?", "someone"),),
        deletions=gone,
        gaps=(Gap("x", "q", at(first), at(first + 1), GapWhy.CAP),) if number == 2 else (),
        set_aside=(SetAside("x", "{", "no JSON", f"entry {number}"),) if number == 1 else (),
        cost=0.25,
    )


def script(pages: int = 6) -> list[Scripted]:
    """Two queries that overlap: the second hears again what the first one heard, and a blog."""
    heard = [_page(number) for number in range(pages)]
    article = post(
        "https://news.example/1",
        "Larkspur has been down for a day",
        author=None,
        source="blog",
        kind=Kind.ARTICLE,
        url="https://news.example/1",
        created_at=NOON - timedelta(hours=3),
    )
    return [
        Scripted(heard),
        Scripted(heard[pages // 2 :], query="again"),
        Scripted([Batch({}, posts=(article,))], name="blogs", source="blog", query="https://news.example"),
    ]


def hosts(count: int, pages: int = 3) -> list[Scripted]:
    """So many hosts that say something each, a post a page."""
    names = [f"host{number}.example" for number in range(count)]
    said = "Larkspur is down again, says {}, please fix it"
    return [
        Scripted(
            [
                Batch({}, posts=(post(f"{name}/{page}", said.format(name), f"{name}-{page}"),))
                for page in range(pages)
            ],
            name=name,
            query=f"https://{name}",
            host=name,
        )
        for name in names
    ]
