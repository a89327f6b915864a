"""Gone there, gone here: what the networks say of posts we hold reaches ledger, search and case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from earnest.keeping import KeepReport, keep_faith, overdue
from earnest.ledger import Ledger
from earnest.settings import DeskSettings, Settings
from listeners.listener import Batch, Budget
from listeners.post import Kind, Post
from listeners.reddit import reddit_listeners
from listeners.sources import RedditSource, XSource
from listeners.x import x_listeners
from routing.rules import Rules
from tests.ledger.world import work_off
from tests.listeners.crash import stored
from tests.listeners.loopback import Reply
from tests.listeners.reddit_world import SECRETS, RedditWorld
from tests.listeners.x_world import TOKEN, XWorld
from tests.new_ledger import new_ledger

DAY = timedelta(days=1)
KEYS = {**SECRETS, "X_BEARER_TOKEN": TOKEN}


@dataclass
class Desk:
    """Both networks, served, and a ledger on their time."""

    x: XWorld
    reddit: RedditWorld
    ledger: Ledger
    settings: Settings

    def listen(self) -> None:
        """Hear everything there is."""
        for source in self.settings.sources:
            if isinstance(source, XSource):
                (listener,) = list(x_listeners(source, (), token=TOKEN, clock=self.x.clock))
            else:
                assert isinstance(source, RedditSource)
                listener = next(reddit_listeners(source, (), secrets=SECRETS, clock=self.x.clock))  # type: ignore[assignment]
            for batch in listener.poll(self.ledger.state(listener.name, listener.query), Budget()):
                self.ledger.commit_batch(listener.name, batch, query=listener.query, source=listener.source)

    def keep(self) -> dict[str, KeepReport]:
        """Recheck what is due."""
        done = keep_faith(self.settings, self.ledger, secrets=KEYS, clock=self.x.clock)
        return {report.network: report for report in done}

    def later(self, by: timedelta) -> None:
        """Time passes in both worlds."""
        self.x.now += by
        self.reddit.now += by


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Everything set up, nothing said."""
    x, reddit = XWorld(), RedditWorld()
    database = new_ledger(tmp_path / "ledger.db")
    with x.serve() as xs, reddit.serve() as rs, Ledger.open(database, clock=x.clock) as ledger:
        sources = (
            XSource(kind="x", name="x", base_url=xs.url, queries=("larkspur",), recheck_hours=24),
            RedditSource(kind="reddit", name="r", base_url=rs.url, subreddits=("larkspur",), parents=False),
        )
        settings = Settings(
            folder=tmp_path,
            sources=sources,
            brands=(),
            rules=Rules(),
            desk=DeskSettings(),
            taxonomy=None,
            data_dir=tmp_path,
            database=database,
        )
        yield Desk(x, reddit, ledger, settings)


def test_nothing_is_asked_before_it_is_due(desk: Desk) -> None:
    """A post heard an hour ago was there an hour ago."""
    desk.x.grow(3)
    desk.listen()
    desk.later(timedelta(hours=1))
    assert (desk.keep()["x"].asked, overdue(desk.settings, desk.ledger, clock=desk.x.clock)) == (0, {})


def test_what_x_no_longer_has_is_erased(desk: Desk) -> None:
    """The others are noted as seen and are due a day later again."""
    desk.x.grow(5)
    desk.listen()
    gone = desk.x.posts[2]["id"]
    desk.x.gone.add(gone)
    desk.later(DAY * 1.5)
    assert overdue(desk.settings, desk.ledger, clock=desk.x.clock) == {"x": 5}
    report = desk.keep()["x"]
    assert (report.asked, report.gone, report.overdue) == (5, 1, 0)
    assert gone not in stored(desk.ledger)
    assert report.cost == pytest.approx(4 * 0.005)
    assert desk.keep()["x"].asked == 0


def test_what_reddit_blanked_or_left_out_is_erased(desk: Desk) -> None:
    """[deleted] bodies, and items that info says nothing of."""
    names = [desk.reddit.comment(f"larkspur {number}") for number in range(6)]
    desk.listen()
    desk.reddit.thing(names[0])["body"] = "[deleted]"
    desk.reddit.things = [one for one in desk.reddit.things if one["data"]["name"] != names[1]]
    desk.later(DAY * 1.5)
    report = desk.keep()["reddit"]
    assert (report.asked, report.gone, report.overdue) == (6, 2, 0)
    assert sorted(set(stored(desk.ledger)) & set(names)) == names[2:]


def test_an_empty_answer_erases_nothing(desk: Desk) -> None:
    """A network that suddenly knows none of our posts is out of sorts."""
    for number in range(6):
        desk.reddit.comment(f"larkspur {number}")
    desk.listen()
    desk.reddit.things = []
    desk.later(DAY * 1.5)
    report = desk.keep()["reddit"]
    assert (report.gone, report.overdue) == (0, 6)
    assert "nothing is erased" in report.error
    assert len(stored(desk.ledger)) == 6


def test_an_edit_found_by_rechecking_is_understood_anew(desk: Desk) -> None:
    """X gives the older wording for the older id; the newer one is asked for."""
    old = desk.x.say("larkspur is down")
    desk.listen()
    work_off(desk.ledger)
    desk.later(DAY * 1.5)
    new = desk.x.say("larkspur is up again", ago=DAY * 1.4)
    for post in desk.x.posts:
        post["edit_history_tweet_ids"] = [old, new]
    report = desk.keep()["x"]
    assert (report.asked, report.gone) == (1, 0)
    (work,) = desk.ledger.posts_to_analyze()
    assert (work.post.id, work.post.text) == (old, "larkspur is up again")


def test_a_failing_network_is_named_and_stays_overdue(desk: Desk) -> None:
    """The other network is asked all the same, and status shows the error."""
    desk.x.grow(2)
    desk.reddit.grow(2)
    desk.listen()
    desk.later(DAY * 1.5)
    desk.x.before = lambda asked: Reply(503)
    reports = desk.keep()
    assert (reports["x"].overdue, reports["reddit"].asked) == (2, 2)
    assert "503" in reports["x"].error
    (status,) = [one for one in desk.ledger.statuses() if one.query == "recheck" and one.listener == "x"]
    assert status.error_kind == "Retry"


def test_money_for_asking_has_its_own_limit(desk: Desk) -> None:
    """Half of ten posts fit; the rest is overdue and comes first the next day."""
    desk.x.grow(10)
    desk.listen()
    desk.later(DAY * 1.5)
    x, reddit = desk.settings.sources
    desk.settings = replace(desk.settings, sources=(x.model_copy(update={"recheck_dollars": 0.025}), reddit))
    first = desk.keep()["x"]
    assert (first.asked, first.overdue, first.cost) == (5, 5, pytest.approx(0.025))
    assert desk.keep()["x"].asked == 0
    desk.later(DAY)
    second = desk.keep()["x"]
    assert (second.asked, second.overdue) == (5, 0)


def test_ids_no_network_gave_are_passed_over(desk: Desk) -> None:
    """Imported collections number their own posts."""
    made = Post("x", "twcs-12", Kind.POST, "hello", desk.x.now)
    desk.ledger.commit_batch("import twcs.csv", Batch({}, posts=(made,)), query="content", source="x")
    desk.later(DAY * 1.5)
    report = desk.keep()["x"]
    assert (report.asked, report.gone, report.overdue) == (0, 0, 0)
    assert stored(desk.ledger) == ["twcs-12"]


def test_words_from_reddit_are_kept_two_days_unless_a_case_needs_them(desk: Desk) -> None:
    """A case's post and its conversation stay; the rest goes, and does not come back."""
    thread = desk.reddit.submit("Larkspur down?", "please help")
    kept = desk.reddit.comment("Larkspur is down, please help", parent=thread, thread=thread)
    beside = desk.reddit.comment("for me too", parent=kept, thread=thread)
    other = desk.reddit.comment("nice weather", parent="t3_zz", thread="t3_zz")
    desk.listen()
    work_off(desk.ledger)
    assert desk.ledger.queue().total_open == 1
    desk.later(DAY * 2.5)
    report = desk.keep()["reddit"]
    assert report.expired == 1
    assert set(stored(desk.ledger)) >= {kept, beside}
    assert other not in stored(desk.ledger)
    desk.listen()
    assert other not in stored(desk.ledger)


def test_without_keys_nothing_is_asked_and_that_is_said(desk: Desk) -> None:
    """Overdue posts stay counted."""
    desk.x.grow(2)
    desk.listen()
    desk.later(DAY * 1.5)
    x, _ = keep_faith(desk.settings, desk.ledger, secrets={}, clock=desk.x.clock)
    assert (x.overdue, x.error) == (2, "not asked: its keys are not set")
