"""From what Reddit's API sends to posts. Nothing here asks the network, so archives read alike.

A comment's id is its full name (`t1_…`), a submission's `t3_…`; the conversation is the submission.
Bodies that read `[deleted]` or `[removed]` are deletions, not posts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from listeners.post import Author, Deletion, DeletionWhy, Kind, Post, SetAside, Spread

SOURCE = "reddit"
SITE = "https://www.reddit.com"

_GONE = {
    "[deleted]": DeletionWhy.DELETED,
    "[removed]": DeletionWhy.REMOVED,
    "[ Removed by Reddit ]": DeletionWhy.REMOVED,
    "[ Removed by reddit in response to a copyright notice. ]": DeletionWhy.REMOVED,
}
_RAW_LIMIT = 64 * 1024
_OTHER_KINDS = {"t2", "t4", "t5", "t6", "more", "LabeledMulti", "UserList", "wikipage"}


@dataclass(frozen=True, slots=True)
class Listing:
    """What one listing holds, in its order.

    names, times: the full names of all comments and submissions in it, gone ones too, first to last,
    and when they were made. newest, oldest: the bounds of `times`; None where there are none.
    after: names where the next page begins. others: how many items are no posts (subreddits, "more").
    """

    posts: tuple[Post, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    names: tuple[str, ...] = ()
    times: tuple[datetime, ...] = ()
    after: str | None = None
    others: int = 0

    @property
    def newest(self) -> datetime | None:
        """When the newest was made."""
        return max(self.times, default=None)

    @property
    def oldest(self) -> datetime | None:
        """When the oldest was made."""
        return min(self.times, default=None)


def read_listing(payload: Any, *, seen_at: datetime, place: str = "") -> Listing:
    """Read a Listing, a list of them (a submission with its comments), or a single thing.

    Replies inside comments are read too. seen_at: noted with deletions, UTC. place: named in what is
    set aside. A broken item is set aside and the others are kept.
    """
    posts: dict[str, Post] = {}
    deletions: dict[str, Deletion] = {}
    aside: list[SetAside] = []
    met: dict[str, datetime] = {}
    others = 0
    for thing in _things(payload):
        data = thing.get("data") if isinstance(thing, Mapping) else None
        kind = thing.get("kind") if isinstance(thing, Mapping) else None
        if kind in _OTHER_KINDS:
            others += 1
            continue
        if not isinstance(data, Mapping) or kind not in ("t1", "t3"):
            aside.append(_aside(thing, f"not a comment or a submission (kind {kind!r})", place))
            continue
        try:
            name = _name(kind, data)
            made = _time(data["created_utc"])
            met[name] = made
            read = _deletion(kind, name, data, seen_at) or _post(kind, name, data, made)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            aside.append(_aside(thing, f"{type(error).__name__}: {error}", place))
            continue
        if isinstance(read, Deletion):
            deletions[name] = read
            posts.pop(name, None)
        elif name not in deletions:
            posts[name] = read
    return Listing(
        posts=tuple(posts.values()),
        deletions=tuple(deletions.values()),
        set_aside=tuple(aside),
        names=tuple(met),
        times=tuple(met.values()),
        after=_after(payload),
        others=others,
    )


def is_listing(payload: Any) -> bool:
    """Whether `payload` looks like something Reddit sent: a listing, a list of them, or a thing."""
    if isinstance(payload, list):
        return bool(payload) and all(is_listing(one) for one in payload)
    return isinstance(payload, Mapping) and (
        payload.get("kind") == "Listing" or (payload.get("kind") in ("t1", "t3") and "data" in payload)
    )


def _things(payload: Any) -> Iterator[Any]:
    """Every thing in the payload, replies after what they answer; deep threads do not deepen the stack."""
    waiting = [payload]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, Mapping) and one.get("kind") == "Listing":
            data = one.get("data")
            children = data.get("children") if isinstance(data, Mapping) else None
            waiting.extend(reversed(children if isinstance(children, list) else []))
        else:
            yield one
            data = one.get("data") if isinstance(one, Mapping) else None
            replies = data.get("replies") if isinstance(data, Mapping) else None
            if isinstance(replies, Mapping):
                waiting.append(replies)


def _after(payload: Any) -> str | None:
    data = payload.get("data") if isinstance(payload, Mapping) else None
    after = data.get("after") if isinstance(data, Mapping) else None
    return after if isinstance(after, str) and after else None


def _name(kind: str, data: Mapping[str, Any]) -> str:
    name = data.get("name") or f"{kind}_{data['id']}"
    if not isinstance(name, str) or not name.startswith(f"{kind}_") or not name[3:].isalnum():
        raise ValueError(f"an odd name: {name!r}")
    return name


def _time(seconds: Any) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"an odd time: {seconds!r}")
    return datetime.fromtimestamp(seconds, tz=UTC)


def _deletion(kind: str, name: str, data: Mapping[str, Any], seen_at: datetime) -> Deletion | None:
    body = data.get("body" if kind == "t1" else "selftext")
    why = _GONE.get(body.strip()) if isinstance(body, str) else None
    by = data.get("removed_by_category")
    if why is None and kind == "t3" and by:
        # A link has no body to blank; this field is the only sign.
        why = DeletionWhy.DELETED if by in ("deleted", "author") else DeletionWhy.REMOVED
    return None if why is None else Deletion(SOURCE, name, seen_at, why)


def _post(kind: str, name: str, data: Mapping[str, Any], made: datetime) -> Post:
    comment = kind == "t1"
    text = data["body"] if comment else data.get("selftext") or ""
    if not isinstance(text, str):
        raise TypeError("the text is not a string")
    thread = str(data["link_id"]) if comment else name
    title = "" if comment else str(data["title"])
    permalink = data.get("permalink") or f"/comments/{thread[3:]}/_/{name[3:]}/"
    edited = data.get("edited")
    return Post(
        source=SOURCE,
        id=name,
        kind=Kind.COMMENT if comment else Kind.POST,
        text=text,
        created_at=made,
        author=_author(data),
        revision=_revision(edited, title, text),
        url=SITE + str(permalink),
        title=title,
        conversation_id=thread,
        parent_id=str(data["parent_id"]) if comment else None,
        spread=Spread(
            replies=max(int(data.get("num_comments") or 0), 0),
            reposts=max(int(data.get("num_crossposts") or 0), 0),
            likes=max(int(data.get("ups") or data.get("score") or 0), 0),
        ),
    )


def _author(data: Mapping[str, Any]) -> Author | None:
    """Who wrote it; None where the account is gone. Old recordings name people without an id."""
    handle = data.get("author")
    if not isinstance(handle, str) or handle in ("", "[deleted]"):
        return None
    return Author(str(data.get("author_fullname") or handle), handle)


def _revision(edited: Any, title: str, text: str) -> str:
    """When it was edited, and a hash of the words: an edit in the first three minutes has no time."""
    digest = hashlib.blake2s(f"{title}\0{text}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    when = int(edited) if isinstance(edited, int | float) and not isinstance(edited, bool) else 0
    return f"{when}-{digest}"


def _aside(thing: Any, why: str, place: str) -> SetAside:
    raw = json.dumps(thing, ensure_ascii=False, default=str)[:_RAW_LIMIT]
    data = thing.get("data") if isinstance(thing, Mapping) else None
    name = data.get("name") if isinstance(data, Mapping) else None
    return SetAside(SOURCE, raw, why, place, name if isinstance(name, str) else None)
