"""Listening on X: recent search for the brands, and mentions of chosen accounts.

X serves newest first. A walk goes from the newest post down to the floor, the newest post of the
walk before. Its state is

    {"v": 1, "floor": id, "heard": time, "top": id, "until": id, "token": str, "asked": str, "began": time,
     "read": n}

floor and heard: everything up to this post and this time has been heard. top, until, token, began,
read: only while a walk is under way; everything from `top` down to `until` is stored too. The floor
moves to the top only when the walk has met it, so whatever happens in between, the next poll resumes
the walk and loses nothing. A token belongs to the words that were `asked` with it. short: since when
there was no money to read. Ids are kept as strings, because JSON numbers are not exact everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from listeners.brand import Brand
from listeners.hosts import hosts_of
from listeners.listener import Batch, Broke, Budget, Clock, Malformed, State, utcnow
from listeners.post import Gap, GapWhy
from listeners.queries import chosen, x_own_answers, x_queries
from listeners.sources import XSource
from listeners.x_client import Answer, XClient
from listeners.x_read import SOURCE, Page, older, read_page, time_of

__all__ = ["XListener", "read_page", "x_listeners"]

WINDOW = timedelta(days=7)
_WINDOW_MARGIN = timedelta(minutes=5)  # clocks differ, and a request takes its time
_INDEX_LAG = timedelta(seconds=30)  # recent search ends about this far before now
_MENTIONS_MOST = 800  # X serves no older mentions of an account than these
_LEAST = {"search": 10, "mentions": 5}


@dataclass(frozen=True, slots=True)
class Walk:
    """The cursor, read. See the module's words for each field; `since` is floor less the overlap."""

    floor: int | None = None
    heard: datetime | None = None
    top: int | None = None
    until: int | None = None
    token: str | None = None
    asked: str | None = None
    began: datetime | None = None
    read: int = 0
    short: datetime | None = None

    @classmethod
    def load(cls, state: State) -> Walk:
        """From a stored state; {} begins anew."""
        number = {key: int(state[key]) for key in ("floor", "top", "until") if state.get(key)}
        when = {
            key: datetime.fromisoformat(state[key]) for key in ("heard", "began", "short") if state.get(key)
        }
        return cls(
            floor=number.get("floor"),
            heard=when.get("heard"),
            top=number.get("top"),
            until=number.get("until"),
            token=state.get("token"),
            asked=state.get("asked"),
            began=when.get("began"),
            read=int(state.get("read", 0)),
            short=when.get("short"),
        )

    def dump(self) -> dict[str, Any]:
        """As JSON to store."""
        fields = {
            "floor": self.floor and str(self.floor),
            "heard": self.heard and self.heard.isoformat(),
            "top": self.top and str(self.top),
            "until": self.until and str(self.until),
            "token": self.token,
            "asked": self.token and self.asked,
            "began": self.began and self.began.isoformat(),
            "read": self.read,
            "short": self.short and self.short.isoformat(),
        }
        return {"v": 1, **{key: value for key, value in fields.items() if value}}

    @property
    def under_way(self) -> bool:
        """Whether a walk was begun and has not met its floor."""
        return self.began is not None

    def step(self, page: Page, now: datetime) -> Walk:
        """The cursor after `page` is stored."""
        newest = max((one for one in (self.top, page.newest) if one is not None), default=None)
        return replace(
            self,
            top=newest,
            until=page.oldest if page.oldest is not None else self.until,
            # An empty page that says there are more names them only by its token.
            token=page.token if page.oldest is None else None,
            began=self.began or now,
            read=self.read + len(page.posts),
        )

    def ended(self, now: datetime) -> Walk:
        """The cursor once the walk has met its floor, or has given up on reaching it."""
        floor = max((one for one in (self.floor, self.top) if one is not None), default=None)
        return Walk(floor=floor, heard=(self.began or now) - _INDEX_LAG)


class XListener:
    """One query of X's recent search, or the mentions of one account (`mentions of 123`)."""

    source = SOURCE

    def __init__(
        self,
        config: XSource,
        query: str,
        client: XClient,
        *,
        asks: str = "",
        mentions_of: str | None = None,
        clock: Clock = utcnow,
    ) -> None:
        """query: in X's words, or what to call the mentions. mentions_of: a user id instead of a search.

        asks: the words to send instead of the query's own; the query still names the cursor.
        """
        self.name = config.name
        self.query = query
        (self.host,) = hosts_of(config)
        self._config = config
        self._client = client
        self._asks = asks or query
        self._mentions_of = mentions_of
        self._clock = clock
        self._least = _LEAST["mentions" if mentions_of else "search"]
        self._price = config.prices.own_mention if mentions_of else config.prices.post

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Walk down from the newest post to the floor, one batch a page. See the contract."""
        walk = Walk.load(state)
        if walk.asked != self._asks:  # a token of other words; without it, the page before comes again
            walk = replace(walk, token=None, asked=self._asks)
        walk, lost = self._within_window(walk)
        if lost:
            yield Batch(next_state=walk.dump(), gaps=lost)
        while True:
            most = self._affordable(budget)
            if most == 0:
                yield from self._out_of_money(walk)
                raise Broke(
                    f"the read budget of {self.name!r} is spent for now; reading goes on when the day or "
                    "the month ends, or raise day_dollars or month_dollars in sources.yaml"
                )
            if not budget.allows():
                return
            now = self._clock()
            answer = self._ask(walk, most)
            page = read_page(answer.payload, seen_at=now, place=self.query)
            cost = self._cost(page, walk, now)
            budget.charge(cost)
            if None not in (page.oldest, walk.until) and page.oldest >= walk.until:  # type: ignore[operator]
                raise Malformed("searching X: the page after another did not go back in time")
            walk = walk.step(page, now)
            done = page.token is None
            gaps: tuple[Gap, ...] = ()
            if done:
                if self._mentions_of and walk.floor is not None and walk.read >= _MENTIONS_MOST:
                    gaps = (self._gap(walk, GapWhy.CAP),)
                elif walk.short is not None:
                    bridged = "heard later, when there was money again"
                    gaps = (Gap(SOURCE, self.query, walk.short, walk.short, GapWhy.BUDGET, bridged),)
                walk = walk.ended(now)
            yield Batch(
                next_state=walk.dump(),
                posts=page.posts,
                context=page.context,
                deletions=page.deletions,
                gaps=gaps,
                set_aside=page.set_aside,
                retry_after=answer.wait,
                cost=cost,
            )
            if done or answer.wait is not None:
                return

    def _out_of_money(self, walk: Walk) -> Iterator[Batch]:
        """Say what stays unheard. The newest comes first: the older rest of a walk is given up."""
        if walk.under_way:
            yield Batch(next_state=walk.ended(self._clock()).dump(), gaps=(self._gap(walk, GapWhy.BUDGET),))
        elif walk.heard is not None and walk.short is None:
            # Open until there is money again; then the next walk bridges it, if X still looks that far back.
            gap = Gap(SOURCE, self.query, walk.heard, None, GapWhy.BUDGET)
            yield Batch(next_state=replace(walk, short=walk.heard).dump(), gaps=(gap,))

    def _ask(self, walk: Walk, most: int) -> Answer:
        since = None if walk.floor is None else older(walk.floor, self._overlap)
        start = None
        if since is None or time_of(since) < self._earliest():
            # Older than X looks back (or nothing heard yet): a time instead of an id, which it refuses.
            since, start = None, self._start(walk).strftime("%Y-%m-%dT%H:%M:%SZ")
        if self._mentions_of:
            return self._client.mentions(
                self._mentions_of, most=most, since=since, until=walk.until, start=start, token=walk.token
            )
        return self._client.search(
            self._asks, most=most, since=since, until=walk.until, start=start, token=walk.token
        )

    def _start(self, walk: Walk) -> datetime:
        """Where a walk without a floor id begins."""
        began = walk.began or self._clock()  # the same for every page of a walk
        first = began - timedelta(hours=self._config.look_back_hours)
        return max(walk.heard - self._overlap if walk.heard else first, began - WINDOW + _WINDOW_MARGIN)

    def _earliest(self) -> datetime:
        return self._clock() - WINDOW + _WINDOW_MARGIN

    @property
    def _overlap(self) -> timedelta:
        return timedelta(seconds=self._config.overlap_seconds)

    def _within_window(self, walk: Walk) -> tuple[Walk, tuple[Gap, ...]]:
        """Give up what X no longer serves: the walk to stand on, and the holes that leaves.

        A quiet query has an old floor and no hole: what counts is when it was last heard, not when
        somebody last said something.
        """
        earliest = self._earliest()
        gaps: list[Gap] = []
        if walk.under_way and walk.until is not None and time_of(walk.until) <= earliest:
            # The unheard rest of an old walk is beyond reach; what came after its top may not be.
            gaps.append(self._gap(walk, GapWhy.WINDOW))
            walk = walk.ended(self._clock())
        if walk.heard is not None and walk.heard < earliest:
            gaps.append(Gap(SOURCE, self.query, walk.heard, earliest, GapWhy.WINDOW))
            walk = replace(walk, heard=earliest)
        return walk, tuple(gaps)

    def _gap(self, walk: Walk, why: GapWhy) -> Gap:
        """From what was last heard to the oldest post of this walk."""
        end = time_of(walk.until) if walk.until is not None else walk.began
        start = walk.heard
        return Gap(
            SOURCE, self.query, start if start is None or end is None or start <= end else end, end, why
        )

    def _affordable(self, budget: Budget) -> int:
        """How many posts the next page may hold; 0 where the money does not reach for the least."""
        if self._price <= 0 or budget.dollars == float("inf"):
            return self._config.page_size
        # A parent may come along with every post, at the same price.
        each = self._price * (2 if self._config.parents else 1)
        left = int((budget.dollars - budget.spent) / each + 1e-6)  # sums of cents are not exact
        return min(self._config.page_size, left) if left >= self._least else 0

    def _cost(self, page: Page, walk: Walk, now: datetime) -> float:
        """Dollars X charges for a page: a post once a UTC day, so a second look on that day is free."""
        known = 0
        if walk.floor is not None and walk.heard is not None and walk.heard.date() == now.date():
            known = sum(1 for post in page.posts if int(post.revision) <= walk.floor)
        users = len({post.author.id for post in (*page.posts, *page.context) if post.author})
        return (page.read - known) * self._price + users * self._config.prices.user


def x_listeners(
    source: XSource, brands: Sequence[Brand], *, token: str, clock: Clock = utcnow
) -> Iterator[XListener]:
    """One listener for each query the brands need, each further query, and each account's mentions.

    The brands' own answers come last: where the money is short, people are heard first.
    """
    client = XClient(source, token, wall=lambda: clock().timestamp())
    if source.search:
        for query in x_queries(chosen(brands, source.brands), limit=source.query_limit):
            yield XListener(source, query.text, client, asks=query.asked, clock=clock)
    for text in source.queries:
        yield XListener(source, text, client, clock=clock)
    for user_id in source.mentions_of:
        yield XListener(source, f"mentions of {user_id}", client, mentions_of=user_id, clock=clock)
    if source.own_answers:
        for query in x_own_answers(chosen(brands, source.brands), limit=source.query_limit):
            yield XListener(source, query.text, client, clock=clock)
