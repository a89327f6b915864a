"""Listening on Mastodon: the hashtag timelines of one instance, which need no key.

An instance serves what it knows: its own posts, and those that reached it from others. With `min_id`
it serves the oldest unheard page first, so the cursor may move with every page. A post of another
instance gets its place by the time it was written, not by the time it arrived; so each poll begins a
little behind the cursor, and what comes twice is stored once. Posts are named by their ActivityPub
address, which is the same on every instance.

    {"v": 1, "id": the newest id heard, "heard": when the timeline was last read to its end}
"""

from __future__ import annotations

import json
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from mastodon import Mastodon
from mastodon.errors import MastodonDeprecationWarning, MastodonError, MastodonRatelimitError

from listeners.brand import Brand
from listeners.door_session import door_session, heard_from_door
from listeners.errors import translate
from listeners.feed_entry import RAW_LIMIT, read_time, web_address
from listeners.hosts import hosts_of
from listeners.html_text import one_line, readable
from listeners.http import Door
from listeners.listener import (
    Batch,
    Budget,
    Clock,
    Gone,
    ListenError,
    Malformed,
    Refused,
    Retry,
    State,
    utcnow,
)
from listeners.post import Author, Kind, Post, SetAside, Spread
from listeners.queries import chosen
from listeners.sources import MastodonSource
from listeners.turns import LISTENING

SOURCE = "mastodon"
_PAGE = 40  # the most an instance gives
# For the whole process, because filters cannot be set for one thread, and each instance has its own.
warnings.filterwarnings("ignore", category=MastodonDeprecationWarning)
_SHIFT = 16  # a Mastodon id is milliseconds since 1970 and sixteen bits to tell posts apart


class _Client(Mastodon):
    """Asks for a timeline without asking first, each time, whether the instance has timelines."""

    def timeline_is_available(self, *args: Any, **kwargs: Any) -> bool:
        """The answer of the timeline itself says it."""
        return True


class MastodonListener:
    """One hashtag on one instance; `query` is "#tag"."""

    source = SOURCE

    def __init__(self, config: MastodonSource, tag: str, door: Door, *, clock: Clock = utcnow) -> None:
        """tag: without #. door: every request goes through it."""
        self.name = config.name
        self.query = f"#{tag}"
        (self.host,) = hosts_of(config)
        self._config = config
        self._tag = tag
        self._clock = clock
        self._client = _Client(
            api_base_url=config.base_url,
            session=door_session(door),
            ratelimit_method="throw",  # never sleeps on its own
            request_timeout=config.timeout_seconds,
        )

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Read on from the oldest unheard post, one batch a page. See the contract."""
        known = state if state.get("v") == 1 else {}
        newest = str(known.get("id", ""))
        after = self._behind(newest)
        while budget.allows():
            now = self._clock()
            budget.charge()
            page = self._page(after)
            good, aside = _read(page, place=self.query)
            parents = self._parents(good, budget)
            ids = [own for status in page if (own := _text(status, "id"))]
            last = max(ids, key=_order, default=after)
            over = last == after
            newest = max(newest, last, key=_order) if ids else newest
            yield Batch(
                next_state={"v": 1, "id": newest, "heard": now.isoformat() if over else known.get("heard")},
                posts=tuple(_post(one, parents.get(_text(one, "in_reply_to_id"))) for one in good),
                context=tuple(parents.values()),
                set_aside=tuple(aside),
            )
            if over:
                return
            after = last

    def _behind(self, newest: str) -> str:
        """Where to read on: some time before the newest id heard, or before now at the first poll."""
        if newest and not newest.isdecimal():
            return newest  # another kind of server; its ids tell no time
        if newest:
            back = timedelta(minutes=self._config.overlap_minutes)
            return str(max(int(newest) - (int(back.total_seconds() * 1000) << _SHIFT), 1))
        begin = self._clock() - timedelta(hours=self._config.look_back_hours)
        return str(int(begin.timestamp() * 1000) << _SHIFT)

    def _page(self, after: str) -> list[dict[str, Any]]:
        """Up to forty statuses right after an id, the oldest first."""
        page = self._ask(lambda: self._client.timeline_hashtag(self._tag, min_id=after, limit=_PAGE))
        if not isinstance(page, list) or not all(isinstance(status, dict) for status in page):
            raise Malformed(f"{self._config.base_url} answered with something that is no timeline")
        return list(reversed(page))

    def _parents(self, page: Sequence[dict[str, Any]], budget: Budget) -> dict[str, Post]:
        """The posts that those of a page answer, by the instance's id, as far as the budget goes."""
        here = {_text(status, "id"): status for status in page}
        found: dict[str, Post] = {}
        for status in page if self._config.parents else ():
            wanted = _text(status, "in_reply_to_id")
            if not wanted or wanted in found or (wanted not in here and not budget.allows()):
                continue
            if wanted not in here:
                budget.charge()
            try:
                answered = here.get(wanted) or dict(self._ask(lambda: self._client.status(wanted)))  # noqa: B023
                found[wanted] = _post(answered)
            except (Gone, Refused, ValueError):
                continue  # deleted, or for followers only
        return found

    def _ask(self, call: Callable[[], Any]) -> Any:
        """Ask the instance; its client's errors as ours."""
        try:
            return call()
        except MastodonError as error:
            raise self._ours(error) from None

    def _ours(self, error: MastodonError) -> ListenError:
        where = self._config.base_url
        status = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], int) else 0
        if (behind := heard_from_door(error)) is not None:
            return behind
        if status in (401, 403, 422):
            return Refused(f"{where} shows its timelines to members only ({status}); name another instance")
        if status in (404, 410):
            return Gone(f"{where} has nothing there ({status}); check that it is a Mastodon instance")
        ours = translate(error, doing=f"asking {where} for {self.query}") or Malformed(f"{where}: {error}")
        if isinstance(error, MastodonRatelimitError) and self._client.ratelimit_reset:
            wait = float(self._client.ratelimit_reset) - time.time()  # on the machine's own clock
            return Retry(str(ours), after=max(wait, 1.0))
        return ours


def mastodon_listeners(
    source: MastodonSource, brands: Sequence[Brand], *, clock: Clock = utcnow
) -> list[MastodonListener]:
    """One listener for each hashtag: those written in the source, and those of its brands."""
    words = [word for brand in chosen(brands, source.brands) for word in (brand.name, *brand.hashtags)]
    tags = [tag for word in (*source.hashtags, *words) if (tag := "".join(re.findall(r"\w", word)))]
    unique: dict[str, str] = {}
    for tag in tags:  # hashtags know no case; the first spelling stands
        unique.setdefault(tag.casefold(), tag)
    door = Door(source.allow, timeout=source.timeout_seconds, turns=LISTENING)
    return [MastodonListener(source, tag, door, clock=clock) for tag in unique.values()]


def _read(page: Sequence[dict[str, Any]], *, place: str) -> tuple[list[dict[str, Any]], list[SetAside]]:
    """The statuses of a page that can be read, and those that cannot with the reason."""
    good, aside = [], []
    for status in page:
        try:
            _post(status)
            good.append(status)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raw = json.dumps(status, default=str, ensure_ascii=False)[:RAW_LIMIT]
            aside.append(
                SetAside(SOURCE, raw, f"{type(error).__name__}: {error}", place, _text(status, "uri"))
            )
    return good, aside


def _post(status: Mapping[str, Any], parent: Post | None = None) -> Post:
    """A status as a post. Raises ValueError where it lacks what names it."""
    uri = _text(status, "uri")
    created_at = _time(status.get("created_at"))
    if not uri or created_at is None:
        raise ValueError("the status has no uri or no time")
    account = status.get("account") or {}
    edited_at = _time(status.get("edited_at"))
    return Post(
        source=SOURCE,
        id=uri,
        kind=Kind.REPLY if status.get("in_reply_to_id") else Kind.POST,
        text=readable(_text(status, "content")),
        title=one_line(_text(status, "spoiler_text")),
        created_at=created_at,
        author=_author(account, uri),
        revision=edited_at.isoformat() if edited_at else "",
        url=web_address(_text(status, "url")) or web_address(uri),
        language=_text(status, "language") or None,
        conversation_id=parent.conversation_id if parent else uri,
        parent_id=parent.id if parent else None,
        spread=Spread(
            replies=_count(status, "replies_count"),
            reposts=_count(status, "reblogs_count"),
            likes=_count(status, "favourites_count"),
        ),
    )


def _author(account: Mapping[str, Any], uri: str) -> Author | None:
    """Named by their page, which is the same on every instance; the handle always has its home."""
    handle, page = _text(account, "acct"), web_address(_text(account, "url"))
    if not handle and not page:
        return None
    if "@" not in handle:
        home = urlsplit(page or uri).netloc
        handle = f"{handle or page.rpartition('/')[2].lstrip('@')}@{home}"
    return Author(id=page or handle, handle=handle, name=one_line(_text(account, "display_name")))


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return "" if value is None else str(value)


def _count(values: Mapping[str, Any], key: str) -> int:
    value = values.get(key)
    return max(value, 0) if isinstance(value, int) else 0


def _time(value: Any) -> datetime | None:
    """A time as the client made it of the text, or the text itself; in UTC."""
    when = value if isinstance(value, datetime) else read_time(str(value)) if value else None
    if when is None:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _order(native: str) -> tuple[int, str]:
    """Ids are numbers of growing length on Mastodon, and sort as text elsewhere."""
    return len(native) if native.isdecimal() else 0, native
