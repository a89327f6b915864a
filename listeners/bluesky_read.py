"""Bluesky's records as posts, and the words by which they are chosen: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from listeners.brand import Brand
from listeners.feed_entry import read_time
from listeners.post import Author, Kind, Post, Spread
from listeners.slips import slips

SOURCE = "bluesky"
_COLLECTION = "app.bsky.feed.post"


class Words:
    """The words of brands, for choosing: a little wider than the brand finder, narrower only for rare slips.

    A word counts where it stands, in any case and also as part of a longer one ("#larkspurdown"); a
    misspelt name, of which the likeliest are known, only as a word of its own.
    """

    def __init__(self, brands: Iterable[Brand], more: Iterable[str] = ()) -> None:
        """more: words beyond the brands' own."""
        words = list(more)
        misspelt: list[str] = []
        pairs: list[tuple[str, str]] = []
        for brand in brands:
            words += [brand.name, *brand.aliases, *brand.handles, *brand.hashtags, *brand.products]
            words += brand.domains
            misspelt += [form for forms in slips(brand).values() for form in forms]
            pairs += [near.words for near in brand.near]
        found = {" ".join(word.casefold().split()) for word in words if word.strip()}
        either = [re.escape(word) for word in sorted(found, key=len, reverse=True)]
        joined = "|".join([*either, *(rf"\b{form}\b" for form in misspelt)])
        self._any = re.compile(joined) if joined else None
        self._pairs = [(one.casefold(), other.casefold()) for one, other in pairs]

    def found_in(self, text: str) -> bool:
        """Whether `text` holds any of the words, or both of a pair."""
        folded = " ".join(text.casefold().split())
        if self._any is not None and self._any.search(folded):
            return True
        return any(one in folded and other in folded for one, other in self._pairs)


def text_of(record: Mapping[str, Any]) -> str:
    """All words of a record: its text, and the addresses and titles of what it links to."""
    parts = [record.get("text")]
    for facet in record.get("facets") or ():
        parts += [feature.get("uri") or feature.get("tag") for feature in facet.get("features") or ()]
    parts += record.get("tags") or ()
    external = (record.get("embed") or {}).get("external") or {}
    parts += [external.get("uri"), external.get("title"), external.get("description")]
    return "\n".join(part for part in parts if isinstance(part, str))


def read_post(
    key: str, record: Mapping[str, Any], *, cid: str, seen: datetime, author: Author | None = None
) -> Post:
    """A record as a post. Raises ValueError where its text is none.

    key: "did/rkey". cid: the fingerprint of this revision. seen: when the network saw it; a post
    claims its own time, which counts only where it lies before.
    """
    text = record.get("text", "")
    if not isinstance(text, str):
        raise ValueError("the post's text is no text")
    did, _, rkey = key.partition("/")
    created = record.get("createdAt")
    claimed = read_time(created) if isinstance(created, str) else None
    parent, root, quoted = parent_of(record, "parent"), parent_of(record, "root"), _quoted(record)
    languages = record.get("langs")
    return Post(
        source=SOURCE,
        id=uri_of(key),
        kind=Kind.REPLY if parent else Kind.QUOTE if quoted else Kind.POST,
        text=text,
        created_at=min(claimed or seen, seen),
        author=author or Author(id=did, handle=did),
        revision=cid,
        url=f"https://bsky.app/profile/{did}/post/{rkey}",
        language=str(languages[0]) if isinstance(languages, list) and languages else None,
        conversation_id=root or parent or uri_of(key),
        parent_id=parent or quoted,
    )


def read_view(view: Mapping[str, Any]) -> Post:
    """A post as Bluesky's API shows it, with author and spread. Raises ValueError where it is none."""
    uri, record = view.get("uri"), view.get("record")
    seen = read_time(str(view.get("indexedAt") or ""))
    if not isinstance(uri, str) or not isinstance(record, Mapping) or seen is None:
        raise ValueError("no post")
    did, _, rest = uri.removeprefix("at://").partition("/")
    post = read_post(
        f"{did}/{rest.rpartition('/')[2]}",
        record,
        cid=str(view.get("cid") or ""),
        seen=seen,
        author=read_author(view.get("author") or {}),
    )
    counts = [view.get(key) for key in ("replyCount", "repostCount", "likeCount")]
    replies, reposts, likes = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return replace(post, spread=Spread(replies, reposts, likes))


def read_author(profile: Mapping[str, Any]) -> Author | None:
    """A profile as an author; a handle that is not valid any more gives way to the did."""
    did, handle = profile.get("did"), profile.get("handle")
    if not isinstance(did, str):
        return None
    valid = isinstance(handle, str) and handle and handle != "handle.invalid"
    return Author(id=did, handle=str(handle) if valid else did, name=str(profile.get("displayName") or ""))


def parent_of(record: Mapping[str, Any], which: str) -> str | None:
    """The address of the post answered ("parent") or of the thread's first ("root")."""
    reply = record.get("reply")
    target = reply.get(which) if isinstance(reply, Mapping) else None
    uri = target.get("uri") if isinstance(target, Mapping) else None
    return uri if isinstance(uri, str) and uri else None


def uri_of(key: str) -> str:
    """The network's own id of a post named "did/rkey"."""
    did, _, rkey = key.partition("/")
    return f"at://{did}/{_COLLECTION}/{rkey}"


def when_of(payload: Mapping[str, Any]) -> datetime | None:
    """When the network saw an event."""
    return read_time(str(payload.get("witnessedAt") or payload.get("time") or ""))


def _quoted(record: Mapping[str, Any]) -> str | None:
    """The post a quote is about, also beside pictures."""
    embed = record.get("embed")
    inner = embed.get("record") if isinstance(embed, Mapping) else None
    inner = inner.get("record", inner) if isinstance(inner, Mapping) else None
    uri = inner.get("uri") if isinstance(inner, Mapping) else None
    return uri if isinstance(uri, str) and f"/{_COLLECTION}/" in uri else None
