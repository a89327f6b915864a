"""From what the X API v2 sends to posts: one normaliser for both of X's vocabularies.

Until 2026 X spoke of tweets (`note_tweet`, `referenced_tweets`, `edit_history_tweet_ids`); its newer
specification speaks of posts (`note_post`, `referenced_posts`, …). Both are read here, also mixed.
Nothing in this file asks the network, so archives are read by the same code.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.post import Author, Deletion, DeletionWhy, Kind, Post, SetAside, Spread

SOURCE = "x"

_EPOCH_MS = 1_288_834_974_657  # ids since 2010-11-04 carry milliseconds since this instant
_FIRST_TIMED_ID = 30_000_000_000  # older ids were counted, not clocked
_RAW_LIMIT = 64 * 1024

_NEW_NAMES = {
    "note_post": "note_tweet",
    "referenced_posts": "referenced_tweets",
    "edit_history_post_ids": "edit_history_tweet_ids",
}
_REFERENCES = {
    "replied_to": Kind.REPLY,
    "quoted": Kind.QUOTE,
    "retweeted": Kind.REPOST,
    "reposted": Kind.REPOST,
}
# X marks text that it could not name a language for with codes of its own (qam, qme, qst, zxx, und).
_NO_LANGUAGE = re.compile(r"und|zxx|q[a-z]{2}|")
_OLD_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}
_GONE = ("Not Found Error", "Authorization Error", "Forbidden")
_EVERYWHERE = {"XX", "XY"}  # withheld in every country, or after a copyright report


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer of the API holds.

    posts: the posts asked for, one per post even where several of its edits came along.
    context: posts sent along because others refer to them. newest, oldest: the highest and lowest
    id among the items asked for, as numbers; None where there were none. token: names the next page.
    read: how many posts X may charge for. newer: ids of later edits that are named here and did not come.
    """

    posts: tuple[Post, ...] = ()
    context: tuple[Post, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    newest: int | None = None
    oldest: int | None = None
    token: str | None = None
    read: int = 0
    newer: tuple[str, ...] = ()


def read_page(payload: Mapping[str, Any], *, seen_at: datetime, place: str = "") -> Page:
    """Read one answer: `{"data": [...] or {...}, "includes": …, "errors": …, "meta": …}`.

    seen_at: the time deletions are noted with, UTC. place: named in what is set aside. A broken item
    is set aside and the others are kept; nothing is raised for odd content.
    """
    asked, odd = _items(payload.get("data"))
    includes = payload.get("includes")
    includes = includes if isinstance(includes, Mapping) else {}
    along, odd_along = _items(list(includes.get("tweets") or ()) + list(includes.get("posts") or ()))
    users = _authors(includes.get("users") or ())
    aside = [_aside(item, "not an object", place) for item in (*odd, *odd_along)]

    first = _first_ids([*asked, *along])
    numbers = [int(item["id"]) for item in asked if _is_id(item.get("id"))]
    wanted = {first.get(str(item.get("id")), str(item.get("id"))) for item in asked}
    newest: dict[str, Post] = {}
    deletions: dict[str, Deletion] = {}
    for item in (*asked, *along):
        try:
            read = _post(item, users, first, seen_at)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            aside.append(_aside(item, f"{type(error).__name__}: {error}", place))
            continue
        if isinstance(read, Deletion):
            deletions[read.id] = read
        elif read.id not in newest or int(read.revision) > int(newest[read.id].revision):
            newest[read.id] = read
    errors, odd_errors = _items(payload.get("errors"))
    aside.extend(_aside(item, "not an error object", place) for item in odd_errors)
    for error_item in errors:
        gone = _gone(error_item, seen_at)
        if gone is not None and gone.id not in newest:
            deletions.setdefault(gone.id, gone)
        elif gone is None and not _is_about_others(error_item):
            why = str(error_item.get("detail") or error_item.get("title") or "an error X does not name")
            aside.append(_aside(error_item, why, place))
    meta = payload.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    return Page(
        posts=tuple(post for post in newest.values() if post.id in wanted),
        context=tuple(post for post in newest.values() if post.id not in wanted),
        deletions=tuple(deletions.values()),
        set_aside=tuple(aside),
        newest=max(numbers, default=None),
        oldest=min(numbers, default=None),
        token=meta.get("next_token") or None,
        read=len(asked) + len(along),
        newer=_newer(asked),
    )


def read_compliance(item: Mapping[str, Any], *, seen_at: datetime) -> Deletion | None:
    """One line of a compliance job's result: `{"id": …, "action": "delete", "reason": …}`.

    None where the line asks for nothing to be erased, such as an account that came back.
    """
    if item.get("action") != "delete" or not _is_id(item.get("id")):
        return None
    why = {
        "deleted": DeletionWhy.DELETED,
        "deactivated": DeletionWhy.DELETED,
        "scrub_geo": DeletionWhy.UNAVAILABLE,
        "protected": DeletionWhy.PROTECTED,
        "suspended": DeletionWhy.SUSPENDED,
    }.get(str(item.get("reason")), DeletionWhy.UNAVAILABLE)
    return Deletion(SOURCE, str(item["id"]), seen_at, why)


def is_compliance(item: Mapping[str, Any]) -> bool:
    """Whether a line is of a compliance job's result and not a post or a page."""
    return "action" in item and "reason" in item and "text" not in item


def time_of(post_id: int) -> datetime:
    """When the post with this id was made, to the millisecond; ids carry it."""
    return datetime.fromtimestamp(((post_id >> 22) + _EPOCH_MS) / 1000, tz=UTC)


def older(post_id: int, by: timedelta) -> int:
    """The id `by` earlier than `post_id`, never below 1."""
    return max(post_id - (int(by.total_seconds() * 1000) << 22), 1)


def unescape(text: str) -> str:
    """X sends `&`, `<` and `>` escaped, and only them; nobody wrote them so."""
    return re.sub(r"&(?:amp|lt|gt);", lambda found: html.unescape(found[0]), text)


def _items(raw: Any) -> tuple[list[Mapping[str, Any]], list[Any]]:
    """The objects in `raw` (one, a list of them, or nothing), and whatever else was there."""
    if raw is None:
        return [], []
    listed = [raw] if isinstance(raw, Mapping) else raw if isinstance(raw, list) else [raw]
    good = [item for item in listed if isinstance(item, Mapping)]
    return good, [item for item in listed if not isinstance(item, Mapping)]


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and str(value).isascii() and str(value).isdigit()


def _named(item: Mapping[str, Any], name: str) -> Any:
    """A field by its older name, wherever X now keeps it."""
    if name in item:
        return item[name]
    for new, old in _NEW_NAMES.items():
        if old == name and new in item:
            return item[new]
    return None


def _history(item: Mapping[str, Any]) -> list[str]:
    """All ids of the post's edits, first to last; its own id at least."""
    history = _named(item, "edit_history_tweet_ids")
    ids = [str(one) for one in history] if isinstance(history, list) else []
    own = str(item.get("id", ""))
    return sorted((one for one in {*ids, own} if _is_id(one)), key=int)


def _newer(items: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    latest = {history[-1]: str(item.get("id")) for item in items if (history := _history(item))}
    return tuple(last for last, came in latest.items() if last != came)


def _first_ids(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Every id an edit gave a post → the id it was first published under, which is its name here."""
    return {one: history[0] for item in items if (history := _history(item)) for one in history}


def _authors(users: Iterable[Any]) -> dict[str, Author]:
    found = {}
    for user in users:
        if isinstance(user, Mapping) and user.get("id"):
            handle, name = str(user.get("username") or ""), str(user.get("name") or "")
            found[str(user["id"])] = Author(str(user["id"]), handle, name)
    return found


def _post(
    item: Mapping[str, Any], users: Mapping[str, Author], first: Mapping[str, str], seen_at: datetime
) -> Post | Deletion:
    if not _is_id(item.get("id")):
        raise ValueError("no id")
    own = str(item["id"])
    name = first.get(own, own)
    withheld = item.get("withheld")
    if isinstance(withheld, Mapping) and _EVERYWHERE & set(withheld.get("country_codes") or ()):
        return Deletion(SOURCE, name, seen_at, DeletionWhy.REMOVED)
    kind, parent = _kind(item)
    conversation = item.get("conversation_id")
    author_id = item.get("author_id")
    author = users.get(str(author_id), Author(str(author_id), "")) if author_id else None
    return Post(
        source=SOURCE,
        id=name,
        kind=kind,
        text=_text(item),
        created_at=_created(item, name),
        author=author,
        revision=own,
        url=f"https://x.com/{author.handle if author and author.handle else 'i/web'}/status/{own}",
        language=_language(item.get("lang")),
        conversation_id=first.get(str(conversation), str(conversation)) if conversation else None,
        parent_id=first.get(parent, parent) if parent else None,
        spread=_spread(item),
    )


def _text(item: Mapping[str, Any]) -> str:
    """The full text: of a long post, more than its `text` holds."""
    note = _named(item, "note_tweet")
    text = note.get("text") if isinstance(note, Mapping) else None
    text = text if isinstance(text, str) else item["text"]
    if not isinstance(text, str):
        raise TypeError("text is not a string")
    return unescape(text)


def _created(item: Mapping[str, Any], name: str) -> datetime:
    """When it was first published; an edit keeps the time of the post it changes."""
    own = str(item["id"])
    stamp = item.get("created_at")
    if isinstance(stamp, str) and (own == name or int(name) < _FIRST_TIMED_ID):
        return datetime.fromisoformat(stamp).astimezone(UTC)
    if int(name) < _FIRST_TIMED_ID:
        raise ValueError("no created_at, and an id too old to tell the time")
    return time_of(int(name)).replace(microsecond=0)  # X itself names whole seconds


def _kind(item: Mapping[str, Any]) -> tuple[Kind, str | None]:
    """The kind, and the id of what it answers, reposts or quotes. An answer that quotes is an answer."""
    references = _named(item, "referenced_tweets") or ()
    found = {
        _REFERENCES[reference["type"]]: str(reference["id"])
        for reference in references
        if reference.get("type") in _REFERENCES
    }
    for kind in (Kind.REPOST, Kind.REPLY, Kind.QUOTE):
        if kind in found:
            return kind, found[kind]
    in_thread = item.get("conversation_id") and str(item["conversation_id"]) not in _history(item)
    if item.get("in_reply_to_user_id") and in_thread:
        return Kind.REPLY, None  # the post answered is gone, or X did not send the reference
    return Kind.POST, None


def _spread(item: Mapping[str, Any]) -> Spread:
    metrics = item.get("public_metrics")
    if not isinstance(metrics, Mapping):
        return Spread()
    reposts = metrics.get("retweet_count", metrics.get("repost_count", 0))
    counts = (metrics.get("reply_count", 0), reposts, metrics.get("like_count", 0))
    return Spread(*(max(int(count or 0), 0) for count in counts))


def _language(code: Any) -> str | None:
    if not isinstance(code, str) or _NO_LANGUAGE.fullmatch(code):
        return None
    return _OLD_LANGUAGES.get(code, code)


def _gone(error: Mapping[str, Any], seen_at: datetime) -> Deletion | None:
    """The post an error of a 200 says is not there, or None where it speaks of something else."""
    gone = error.get("resource_id") or error.get("value")
    if error.get("resource_type") not in ("tweet", "post") or not _is_id(gone):
        return None
    title, detail = str(error.get("title", "")), str(error.get("detail", ""))
    if title not in _GONE:
        return None  # X is out of sorts: no reason to erase anything
    why = DeletionWhy.UNAVAILABLE
    if "suspended" in detail:
        why = DeletionWhy.SUSPENDED
    elif "Authorization" in title:
        why = DeletionWhy.PROTECTED
    return Deletion(SOURCE, str(gone), seen_at, why)


def _is_about_others(error: Mapping[str, Any]) -> bool:
    """Whether an error speaks of something sent along that we do not keep (a user, a picture, a place)."""
    return error.get("resource_type") in ("user", "media", "place", "poll", "list", "space")


def _aside(item: Any, why: str, place: str) -> SetAside:
    raw = json.dumps(item, ensure_ascii=False, default=str)[:_RAW_LIMIT]
    own = item.get("id") if isinstance(item, Mapping) else None
    return SetAside(SOURCE, raw, why, place, str(own) if _is_id(own) else None)
