"""Listening on Reddit: the newest comments and submissions of chosen subreddits, and search.

Reddit serves newest first, pages by the last item of the page before, and ends a listing after about
1,000 items. A walk goes from the newest item down past the floor, the newest item of the walk before;
everything on the way is handed over again, so that edits and deletions there are noticed. Its state is

    {"v": 1, "floor": time, "heard": time, "top": time, "until": time, "trail": [names], "began": time}

floor, heard: all items up to this creation time, and all said up to that time, were heard. top, until,
trail, began: only while a walk is under way. The trail holds the last few names met, as an item that
is deleted while we stand on it no longer leads anywhere; then the one before it does, and when all are
gone the walk begins from the top again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from listeners.brand import Brand
from listeners.hosts import hosts_of
from listeners.listener import Batch, Budget, Clock, ListenError, Retry, State, utcnow
from listeners.post import Deletion, Gap, GapWhy, Post
from listeners.queries import chosen, reddit_queries
from listeners.reddit_client import INFO_MOST, RedditClient
from listeners.reddit_read import SOURCE, Listing, read_listing
from listeners.sources import RedditSource

__all__ = ["RedditListener", "read_listing", "reddit_listeners"]

CAP = 1000
_NEAR_CAP = 900  # items that arrive while we walk push others past the end
_TRAIL = 6
_KNOWN = 3  # this many older items in a row at the end of a page: the floor is met
_PARENT_LEVELS = 4
_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Walk:
    """The cursor, read. See the module's words for each field."""

    floor: datetime | None = None
    heard: datetime | None = None
    top: datetime | None = None
    until: datetime | None = None
    trail: tuple[str, ...] = ()
    began: datetime | None = None

    @classmethod
    def load(cls, state: State) -> Walk:
        """From a stored state; {} begins anew."""
        times = ("floor", "heard", "top", "until", "began")
        when = {key: datetime.fromisoformat(state[key]) for key in times if state.get(key)}
        return cls(**when, trail=tuple(state.get("trail", ())))

    def dump(self) -> dict[str, Any]:
        """As JSON to store."""
        times = ("floor", "heard", "top", "until", "began")
        stamps = {key: when.isoformat() for key in times if (when := getattr(self, key)) is not None}
        return {"v": 1, **stamps, **({"trail": list(self.trail)} if self.trail else {})}

    def step(self, page: Listing, now: datetime) -> Walk:
        """The cursor after `page` is stored."""
        return replace(
            self,
            top=max((one for one in (self.top, page.newest) if one is not None), default=None),
            until=page.oldest or self.until,
            trail=page.names[-_TRAIL:] or self.trail,
            began=self.began or now,
        )

    def ended(self, now: datetime) -> Walk:
        """The cursor once the walk is over."""
        floor = max((one for one in (self.floor, self.top) if one is not None), default=None)
        return Walk(floor=floor, heard=self.began or now)


class RedditListener:
    """One listing of Reddit: `r/NAME/comments`, `r/NAME/new` or `search: WORDS`."""

    source = SOURCE

    def __init__(
        self,
        config: RedditSource,
        query: str,
        client: RedditClient,
        *,
        path: str,
        params: Mapping[str, str | int] | None = None,
        clock: Clock = utcnow,
    ) -> None:
        """path: of the listing, below Reddit's address. params: what else to ask there."""
        self.name = config.name
        self.query = query
        (self.host,) = hosts_of(config)
        self._config = config
        self._client = client
        self._path = path
        self._params = dict(params or {})
        self.asked = f"search: {self._params['q']}" if "q" in self._params else query
        self._clock = clock
        self._parents_seen: dict[str, None] = {}

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Walk down from the newest item past the floor, one batch a page. See the contract."""
        walk = Walk.load(state)
        read = 0 if walk.began is None else CAP  # how far down a resumed walk stands, nobody knows
        while budget.allows():
            after = walk.trail[-1] if walk.trail else None
            now = self._clock()
            payload = self._client.page(self._path, after=after, **self._params)
            budget.charge()
            page = read_listing(payload, seen_at=now, place=self.query)
            if not page.names and after is not None:
                # The item we stood on is gone: stand on the one before, at last begin from the top again.
                walk = replace(walk, trail=walk.trail[:-1])
                read = CAP if walk.trail else 0
                yield Batch(next_state=walk.dump())
                continue
            walk = walk.step(page, now)
            read += len(page.names)
            met, known = self._met(page, walk)
            over = met or page.after is None
            gaps = () if not over or known or read < _NEAR_CAP else self._gap(walk)
            context, gone, trouble = (
                self._parents(page, walk, budget) if self._config.parents else ((), (), None)
            )
            if over:
                walk = walk.ended(now)
            wait = self._client.wait
            yield Batch(
                next_state=walk.dump(),
                posts=page.posts,
                context=context,
                deletions=(*page.deletions, *gone),
                gaps=gaps,
                set_aside=page.set_aside,
                retry_after=wait,
            )
            if trouble is not None and not isinstance(trouble, Retry):
                raise trouble
            if over or wait is not None or trouble is not None:
                return

    def _edge(self, walk: Walk) -> datetime | None:
        """Items made before this were heard, late ones included."""
        if walk.floor is None:
            return None
        return walk.floor - timedelta(seconds=self._config.overlap_seconds)

    def _met(self, page: Listing, walk: Walk) -> tuple[bool, bool]:
        """Whether the end of the page lies behind the floor, and whether anything in it does."""
        edge = self._edge(walk)
        if edge is None or not page.times:
            return False, False
        known = [time < edge for time in page.times]
        return len(known) >= _KNOWN and all(known[-_KNOWN:]), any(known)

    def _gap(self, walk: Walk) -> tuple[Gap, ...]:
        """The listing ended before the floor: what lies between the two was not heard."""
        if walk.floor is None:
            return ()  # the first walk promised nothing
        end = walk.until or walk.began
        start = walk.floor if end is None or walk.floor <= end else end
        return (Gap(SOURCE, self.query, start, end, GapWhy.CAP, f"a listing ends after about {CAP:,} items"),)

    def _parents(
        self, page: Listing, walk: Walk, budget: Budget
    ) -> tuple[tuple[Post, ...], tuple[Deletion, ...], ListenError | None]:
        """What the new comments of a page answer, up to the submission, and any trouble in asking.

        Trouble here must not keep the page itself from being stored.
        """
        floor = walk.floor
        answers = [post for post in page.posts if floor is None or post.created_at > floor]
        here = set(page.names)
        found: dict[str, Post] = {}
        gone: dict[str, Deletion] = {}
        for _ in range(_PARENT_LEVELS):
            asked = {name for post in answers for name in (post.parent_id, post.conversation_id) if name}
            wanted = sorted(asked - here - self._parents_seen.keys())
            answers = []
            for start in range(0, len(wanted), INFO_MOST):
                names = wanted[start : start + INFO_MOST]
                if not budget.allows():
                    return tuple(found.values()), tuple(gone.values()), None
                try:
                    payload = self._client.info(names)
                except ListenError as error:
                    return tuple(found.values()), tuple(gone.values()), error
                budget.charge()
                self._remember(names)
                listing = read_listing(payload, seen_at=self._clock(), place=f"parents in {self.query}")
                answers.extend(listing.posts)
                found.update((post.id, post) for post in listing.posts)
                gone.update((deletion.id, deletion) for deletion in listing.deletions)
        return tuple(found.values()), tuple(gone.values()), None

    def _remember(self, names: Sequence[str]) -> None:
        """Do not ask again for these; forget the oldest when there are many."""
        self._parents_seen.update(dict.fromkeys(names))
        for name in list(self._parents_seen)[: max(len(self._parents_seen) - _REMEMBERED, 0)]:
            del self._parents_seen[name]


def reddit_listeners(
    source: RedditSource, brands: Sequence[Brand], *, secrets: Mapping[str, str], clock: Clock = utcnow
) -> Iterator[RedditListener]:
    """One listener for each listing of each subreddit, as a closed one must stop no other, and search."""
    client = RedditClient(source, secrets)
    for subreddit in source.subreddits:
        for listing, wanted in (("comments", source.comments), ("new", source.submissions)):
            if wanted:
                path = f"r/{subreddit}/{listing}"
                yield RedditListener(source, path, client, path=path, clock=clock)
    if source.search:
        for query in reddit_queries(chosen(brands, source.brands)):
            params = {"q": query.asked, "sort": "new", "type": "link", "t": "all"}
            yield RedditListener(
                source, f"search: {query.text}", client, path="r/all/search/", params=params, clock=clock
            )
