"""Importing archives: every format, broken rows, a second time, and after a kill."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from earnest.importing import Columns, FileReport, Piece, Unreadable, import_file, read_file
from earnest.ledger import Ledger
from listeners.listener import Batch
from listeners.post import Kind, Post
from tests.new_ledger import new_ledger

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(new_ledger(tmp_path / "ledger.db"), clock=lambda: NOW) as opened:
        yield opened


def tweet(number: int, **more: object) -> dict[str, object]:
    """A post as X sends it."""
    own = str(1_558_553_189_766_631_000 + number)
    return {
        "id": own,
        "text": f"larkspur {number}",
        "author_id": "7",
        "created_at": "2022-08-13T20:36:51.000Z",
        **more,
    }


def comment(number: int, **more: object) -> dict[str, object]:
    """A comment as Reddit sends it."""
    name = f"t1_z{number:04d}"
    data = {
        "name": name,
        "body": f"words {number}",
        "link_id": "t3_s",
        "parent_id": "t3_s",
        "created_utc": 1.5e9,
    }
    return {"kind": "t1", "data": {**data, **more}}


def written(folder: Path, name: str, *lines: object) -> Path:
    """A file of these lines: text as it is, anything else as JSON."""
    path = folder / name
    rows = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def posts(path: Path, columns: Columns | None = None) -> list[Post]:
    """Everything in a file."""
    return [post for piece in read_file(path, columns=columns, clock=lambda: NOW) for post in piece.posts]


def why(report: FileReport) -> list[str]:
    """Why items were set aside."""
    return sorted(report.set_aside.elements())


def test_lines_of_x_may_be_posts_pages_or_compliance_results(ledger: Ledger, tmp_path: Path) -> None:
    """Each line is told by its shape."""
    page = {"data": [tweet(1), tweet(2)], "includes": {"tweets": [tweet(3)]}, "meta": {}}
    gone = {
        "id": tweet(4)["id"],
        "action": "delete",
        "reason": "deleted",
        "created_at": "2021-01-01T00:00:00Z",
    }
    alone = {**tweet(5), "author": {"id": "7", "username": "seven", "name": "Seven"}}
    path = written(tmp_path, "x.jsonl", tweet(4), page, "", gone, alone)
    report = import_file(ledger, path)
    assert (report.items, report.stored, report.context, report.deletions) == (5, 4, 1, 1)
    assert posts(path)[-1].author is not None
    assert posts(path)[-1].url.startswith("https://x.com/seven/")


def test_a_listing_with_replies_inside_is_read_whole(ledger: Ledger, tmp_path: Path) -> None:
    """One JSON document over many lines; "more" is nothing to keep."""
    inner = {"kind": "Listing", "data": {"children": [comment(2), {"kind": "more", "data": {"count": 3}}]}}
    listing = {"kind": "Listing", "data": {"children": [comment(1, replies=inner)], "after": None}}
    path = tmp_path / "thread.json"
    path.write_text(json.dumps([listing], indent=2))
    report = import_file(ledger, path)
    assert (report.items, report.stored, report.others) == (3, 2, 1)


def test_dumps_of_reddit_without_wrapping_are_read(tmp_path: Path) -> None:
    """Public dumps keep only what is inside, and times as text."""
    bare = {**comment(1)["data"], "created_utc": "1500000000"}  # type: ignore[dict-item]
    (post,) = posts(written(tmp_path, "dump.ndjson", bare))
    assert (post.id, post.kind) == ("t1_z0001", Kind.COMMENT)


def test_recorded_exchanges_are_read_for_their_answers(ledger: Ledger, tmp_path: Path) -> None:
    """Tokens and refusals are none of the items."""

    def exchange(status: int, body: object) -> dict[str, object]:
        return {
            "request": {"uri": "https://oauth.reddit.com/r/a/comments"},
            "response": {"status": {"code": status}, "body": {"string": json.dumps(body)}},
        }

    listing = {"kind": "Listing", "data": {"children": [comment(1)]}}
    recorded = [exchange(200, {"access_token": "a"}), exchange(403, {}), exchange(200, listing)]
    path = written(tmp_path, "cassette.json", {"version": 1, "interactions": recorded})
    report = import_file(ledger, path)
    assert (report.items, report.stored) == (1, 1)


def test_broken_lines_are_set_aside_with_their_place(ledger: Ledger, tmp_path: Path) -> None:
    """The good ones around them are stored."""
    path = written(
        tmp_path, "x.jsonl", tweet(1), "{not json", tweet(2, text=None), {"hello": "world"}, tweet(3)
    )
    report = import_file(ledger, path)
    assert report.stored == 2
    assert len(why(report)) == 3
    places = [aside.place for piece in read_file(path) for aside in piece.set_aside]
    assert places == ["x.jsonl:2", "x.jsonl:3", "x.jsonl:4"]


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    """Archives come in .gz."""
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(tweet(1)).encode()))
    assert [post.text for post in posts(path)] == ["larkspur 1"]


def test_csv_of_support_tweets_makes_threads(ledger: Ledger, tmp_path: Path) -> None:
    """The public collection's columns are known; ids come as 3.0, answers before what they answer."""
    path = written(
        tmp_path,
        "twcs.csv",
        ",tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id",
        "0,2,larkspurhelp,False,Tue Oct 31 22:11:45 +0000 2017,@115 Sorry &amp; hello,,1.0",
        "1,1,115,True,Tue Oct 31 22:10:47 +0000 2017,@larkspurhelp no signal,2,",
    )
    answer, question = posts(path)
    assert (answer.kind, answer.parent_id, answer.text) == (Kind.REPLY, question.id, "@115 Sorry & hello")
    assert question.created_at == datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)
    assert question.author is not None
    assert question.author.handle == "115"


def test_csv_with_a_map_of_columns(tmp_path: Path) -> None:
    """Any delimiter; a row may span lines; cells in Windows-1252 are read."""
    path = tmp_path / "export.csv"
    path.write_bytes('when;what;who\n2026-01-02 03:04:05;"caf\xe9\nclosed";@ann\n'.encode("cp1252"))
    (post,) = posts(path, Columns.parse("text=what,created_at=when,author=who"))
    assert (post.text, post.created_at) == ("café\nclosed", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert post.author is not None
    assert post.author.id == "ann"


def test_csv_rows_that_do_not_fit_are_set_aside_at_their_line(tmp_path: Path) -> None:
    """Too few columns, no text, no time that is one."""
    path = written(
        tmp_path,
        "a.csv",
        "id,text,created_at",
        '1,"two',
        'lines",2026-01-01',
        "2,short",
        "3,,2026-01-01",
        "4,x,never",
    )
    (piece,) = read_file(path)
    assert [aside.place for aside in piece.set_aside] == ["a.csv:4", "a.csv:5", "a.csv:6"]
    assert [post.text for post in piece.posts] == ["two\nlines"]


def test_two_collections_with_the_same_numbers_stay_apart(ledger: Ledger, tmp_path: Path) -> None:
    """An id that no network gave belongs to its table; one that X gave is that post."""
    import_file(ledger, written(tmp_path, "a.csv", "id,tweet", "1,one", "1558553189766631629,two"))
    report = import_file(ledger, written(tmp_path, "b.csv", "id,text", "1,other", "1558553189766631629,two"))
    assert (report.stored, report.revised, report.known) == (1, 0, 1)


@pytest.mark.parametrize(
    ("columns", "says"),
    [("txt=tweet", "did you mean text"), ("text", "text=tweet"), ("text=twet", "did you mean 'tweet'")],
)
def test_a_map_that_cannot_be_used_says_what_to_write(tmp_path: Path, columns: str, says: str) -> None:
    """Before anything is read."""
    path = written(tmp_path, "a.csv", "number,tweet", "1,one")
    with pytest.raises(Unreadable) as caught:
        posts(path, Columns.parse(columns))
    assert says in caught.value.mend


def test_csv_without_a_text_column_says_what_it_has(tmp_path: Path) -> None:
    """And how to name it."""
    with pytest.raises(Unreadable, match="no column is known to hold the text") as caught:
        posts(written(tmp_path, "a.csv", "number,remark", "1,one"))
    assert "number, remark" in caught.value.mend


def test_a_second_import_stores_nothing_twice(ledger: Ledger, tmp_path: Path) -> None:
    """Broken lines neither."""
    path = written(tmp_path, "x.jsonl", *(tweet(number) for number in range(700)), "{broken")
    first, second = import_file(ledger, path), import_file(ledger, path)
    assert (first.stored, second.stored, second.known) == (700, 0, 700)
    (status,) = ledger.statuses()
    assert (status.posts, status.set_aside) == (700, 1)


class Killed(Exception):
    """Stands for a kill."""


class Mortal:
    """A ledger that dies after some commits."""

    def __init__(self, ledger: Ledger, commits: int) -> None:
        """commits: how many succeed."""
        self.ledger = ledger
        self.left = commits

    def state(self, listener: str, query: str) -> object:
        """As the ledger."""
        return self.ledger.state(listener, query)

    def commit_batch(self, listener: str, batch: Batch, *, query: str, source: str) -> object:
        """As the ledger, while it lives."""
        if self.left == 0:
            raise Killed
        self.left -= 1
        return self.ledger.commit_batch(listener, batch, query=query, source=source)


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.json"])
def test_a_killed_import_goes_on_where_it_stopped(ledger: Ledger, tmp_path: Path, name: str) -> None:
    """In lines, rows, and the exchanges of one document."""
    if name.endswith("csv"):
        path = written(tmp_path, name, "id,text", *(f"{number},words" for number in range(1800)))
    elif name.endswith("jsonl"):
        path = written(tmp_path, name, *(tweet(number) for number in range(1800)))
    else:
        path = tmp_path / name
        pages = [{"data": [tweet(100 * page + number) for number in range(100)]} for page in range(18)]
        path.write_text(json.dumps(pages, indent=1))
    with pytest.raises(Killed):
        import_file(Mortal(ledger, 2), path)  # type: ignore[arg-type]
    report = import_file(ledger, path)
    assert report.resumed_at > 0
    assert report.known == 0
    (status,) = ledger.statuses()
    assert status.posts == 1800


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    """In bytes of the file."""
    path = written(tmp_path, "x.jsonl", *(tweet(number) for number in range(50)))
    seen: list[tuple[int, int]] = []
    pieces: list[Piece] = list(read_file(path, progress=lambda done, total: seen.append((done, total))))
    assert len(pieces) == 50
    assert seen[-1][0] == seen[-1][1] == path.stat().st_size


def test_the_archives_of_the_shared_folder_are_taken_in(ledger: Ledger, shared_data: Path) -> None:
    """All of x/ and reddit/: nothing crashes, nothing is set aside, nothing is counted out."""
    for path in sorted([*(shared_data / "x").iterdir(), *(shared_data / "reddit").iterdir()]):
        report = import_file(ledger, path)
        assert why(report) == []
        kept = report.stored + report.revised + report.known + report.deletions + report.others
        assert kept == report.items


def test_the_support_tweets_of_the_shared_folder_are_taken_in(ledger: Ledger, shared_data: Path) -> None:
    """The excerpt's two broken rows are set aside."""
    report = import_file(ledger, shared_data / "brand-support" / "twcs.csv")
    assert (report.items, report.stored) == (5001, 4999)
    assert why(report) == ["3 columns instead of 8", "6 columns instead of 8"]
