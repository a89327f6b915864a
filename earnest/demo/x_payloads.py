"""Posts of the world as X API v2 writes them: JSON objects with only the fields that were asked for.

As there, links in a text are shortened, `&`, `<` and `>` are escaped, a text over 280 characters is
cut and kept whole in `note_tweet`, and positions in entities count characters of the text as sent.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from earnest.demo.matching import Searchable, words_of
from earnest.demo.world import World, WorldPost

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,:;!?)]")
_MENTION = re.compile(r"(?<![\w@])@(\w{1,15})")
_TAG = re.compile(r"(?<![\w#])#(\w+)")
_LONG = 280
_EDIT_WINDOW = timedelta(minutes=30)
_BASIC = {"id", "text", "edit_history_tweet_ids"}


def stamp(when: datetime) -> str:
    """A time as X writes it, to the whole second."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def plain_text(world: World, post: WorldPost, now: datetime) -> str:
    """What the person sees: the text, with the mark of a repost or the link of a quote."""
    text = post.reads(now).text
    parent = world.parent(post)
    if parent is not None and post.relation == "repost":
        text = f"RT @{parent.by}: {parent.reads(now).text}"
        return text if len(text) <= 140 else text[:139] + "…"
    if parent is not None and post.relation == "quote":
        return f"{text} https://x.com/{parent.by}/status/{parent.id}"
    return text


def searchable(world: World, post: WorldPost, now: datetime) -> Searchable:
    """The post as recent search sees it."""
    text = plain_text(world, post, now)
    links = _LINK.findall(text)
    mentions = frozenset(name.casefold() for name in _MENTION.findall(text))
    tags = frozenset(name.casefold() for name in _TAG.findall(text))
    parent, root = world.parent(post), world.root(post)
    names = {"reply": "is:reply", "quote": "is:quote", "repost": "is:retweet"}
    flags = {names[post.relation]} if post.relation else set()
    flags |= {
        f"has:{what}" for what, any_ in (("links", links), ("mentions", mentions), ("hashtags", tags)) if any_
    }
    answered = {parent.by.casefold()} if parent is not None else set()
    fields = {
        "from": frozenset({post.by.casefold(), world.author_id(post.by)}),
        "to": frozenset(answered if post.relation == "reply" else ()),
        "retweets_of": frozenset(answered if post.relation == "repost" else ()),
        "lang": frozenset({post.lang}),
        "conversation_id": frozenset({root.id}),
        "@": mentions,
        "#": tags,
    }
    url_words = tuple(word for link in links for word in words_of(link))
    return Searchable(words_of(text), frozenset(flags), fields, {"url": url_words})


def tweet(
    world: World, post: WorldPost, now: datetime, wanted: Iterable[str], *, version: str = ""
) -> dict[str, Any]:
    """One post object. wanted: of tweet.fields. version: the id of an earlier wording of it."""
    current = next((one for one in post.history(now) if one.id == version), post.reads(now))
    full = plain_text(world, post, current.at if version else now)
    text, entities = _sent(world, full)
    note = None
    if len(text) > _LONG and post.relation != "repost":
        note = {"text": text, "entities": entities}
        text, entities = _cut(world, full, current.id)
    parent, root = world.parent(post), world.root(post)
    replies, reposts, likes = post.spread
    names = {"reply": "replied_to", "quote": "quoted", "repost": "retweeted"}
    editable_until = post.created_at + _EDIT_WINDOW
    everything = {
        "id": current.id,
        "text": text,
        "edit_history_tweet_ids": [one.id for one in post.history(now)],
        "author_id": world.author_id(post.by),
        "conversation_id": root.id,
        "created_at": stamp(current.at),
        "lang": post.lang,
        "source": "X for Web",
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": {
            "retweet_count": reposts,
            "reply_count": replies,
            "like_count": likes,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 40 * (1 + likes + reposts),
        },
        "edit_controls": {
            "edits_remaining": 6 - len(post.history(now)),
            "is_edit_eligible": not post.relation and now < editable_until,
            "editable_until": stamp(editable_until),
        },
    }
    if entities:
        everything["entities"] = entities
    if note:
        everything["note_tweet"] = note
    if parent is not None:
        everything["referenced_tweets"] = [{"type": names[post.relation], "id": parent.id}]
        if post.relation == "reply":
            everything["in_reply_to_user_id"] = world.author_id(parent.by)
    fields = _BASIC | set(wanted)
    return {name: value for name, value in everything.items() if name in fields}


def user(world: World, handle: str, wanted: Iterable[str]) -> dict[str, Any]:
    """One user object. wanted: of user.fields."""
    author = world.authors[handle]
    everything = {
        "id": world.author_id(handle),
        "name": author.name,
        "username": handle,
        "created_at": "2014-05-01T09:30:00.000Z",
        "description": "",
        "protected": False,
        "verified": author.id is not None,
        "public_metrics": {
            "followers_count": author.followers,
            "following_count": 150,
            "tweet_count": 900,
            "listed_count": 1,
        },
    }
    fields = {"id", "name", "username"} | set(wanted)
    return {name: value for name, value in everything.items() if name in fields}


def _sent(world: World, text: str) -> tuple[str, dict[str, Any]]:
    """The text as it is sent, and its entities."""
    links: list[dict[str, Any]] = []
    parts, at, length = [], 0, 0
    for found in _LINK.finditer(text):
        before, short = _escaped(text[at : found.start()]), _short(found[0])
        start = length + len(before)
        length = start + len(short)
        parts += [before, short]
        at = found.end()
        shown = found[0].split("://", 1)[1]
        links.append(
            {
                "start": start,
                "end": length,
                "url": short,
                "expanded_url": found[0],
                "display_url": shown if len(shown) < 27 else shown[:26] + "…",
            }
        )
    sent = "".join([*parts, _escaped(text[at:])])
    known = {handle.casefold(): handle for handle in world.authors}
    mentions = []
    for found in _MENTION.finditer(sent):
        mention: dict[str, Any] = {"start": found.start(), "end": found.end(), "username": found[1]}
        if handle := known.get(found[1].casefold()):
            mention["id"] = world.author_id(handle)
        mentions.append(mention)
    tags = [{"start": found.start(), "end": found.end(), "tag": found[1]} for found in _TAG.finditer(sent)]
    groups = {"urls": links, "mentions": mentions, "hashtags": tags}
    return sent, {name: group for name, group in groups.items() if group}


def _cut(world: World, text: str, own_id: str) -> tuple[str, dict[str, Any]]:
    """The first 279 characters and the link that leads to the rest."""
    more = f"… https://x.com/i/web/status/{own_id}"
    return _sent(world, text[:250].rstrip() + more)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _short(link: str) -> str:
    number = zlib.crc32(link.encode())
    letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    name = ""
    for _ in range(10):
        number, place = divmod(number * 7919 + 13, len(letters))
        name += letters[place]
    return f"https://t.co/{name}"
