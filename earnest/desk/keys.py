"""The desk's keys: one table for what they do, for the help, and for whoever wants others (WCAG 2.1.4).

A key is one character, or two pressed one after the other ("g q"). Keys of the list, of a case and of the
audit may be the same: what holds the focus, or the page, decides. Ctrl+K, Enter and Escape are nobody's to
change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANYWHERE, LIST, CASE, AUDIT = "anywhere", "list", "case", "audit"


@dataclass(frozen=True, slots=True)
class Act:
    """Something a key does. name: as the browser's table knows it; key: the desk's own; where: it acts."""

    name: str
    key: str
    text: str
    where: str = ANYWHERE
    goes: str = ""
    """The address it leads to, "" where it does something on the page."""


ACTS = (
    Act("down", "j", "next person", LIST),
    Act("up", "k", "previous person", LIST),
    Act("open", "o", "open, or go into the case beside the list", LIST),
    Act("choose", "x", "choose this one, to do one thing to many", LIST),
    Act("choose_all", "a", "choose all shown, or none", LIST),
    Act("bulk", "b", "to what can be done with the chosen", LIST),
    Act("next", "n", "take the next person"),
    Act("take", "t", "take this case", CASE),
    Act("resolve", "e", "resolved", CASE),
    Act("sleep", "h", "sleep until…", CASE),
    Act("dismiss", "x", "not a complaint…", CASE),
    Act("note", "c", "write a note", CASE),
    Act("answer", "r", "write an answer", CASE),
    Act("saved", "s", "a saved reply…", CASE),
    Act("merge", "m", "bring in their other case", CASE),
    Act("elsewhere", "l", "the same problem elsewhere", CASE),
    Act("correct", "w", "it was misread…", CASE),
    Act("audit_complaint", "c", "audit: a complaint", AUDIT),
    Act("audit_none", "x", "audit: no complaint", AUDIT),
    Act("audit_unsure", "s", "audit: hard to say", AUDIT),
    Act("undo", "u", "undo"),
    Act("news", ".", "show what is new"),
    Act("search", "/", "search"),
    Act("help", "?", "this list"),
    Act("go_queue", "g q", "queue", goes="/"),
    Act("go_mine", "g m", "mine", goes="/?view=mine"),
    Act("go_calls", "g c", "who asks for you", goes="/?view=calls"),
    Act("go_overdue", "g o", "overdue", goes="/?view=overdue"),
    Act("go_search", "g s", "search page", goes="/search"),
    Act("go_dismissed", "g d", "dismissed", goes="/dismissed"),
    Act("go_sources", "g l", "sources", goes="/status"),
    Act("go_coverage", "g v", "coverage", goes="/coverage"),
    Act("go_overview", "g a", "overview: all at a glance", goes="/overview"),
    Act("go_audit", "g u", "audit: what we missed", goes="/audit"),
)
FIXED = (("Enter", "open"), ("Escape", "back to the list"), ("Ctrl K", "go anywhere"))
"""What is not to be changed, for the help."""
OWN = {act.name: act.key for act in ACTS}
"""The desk's own keys."""


def keys_with(changed: Mapping[str, str]) -> dict[str, str]:
    """Every act's key: the desk's own where a person did not choose another; "" for none."""
    return {name: changed.get(name, key) for name, key in OWN.items()}


def changes(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What differs from the desk's own keys, and what is wrong with the wish, in words.

    wanted: act → key as typed; acts that are not named keep the desk's own, unknown ones are refused.
    """
    problems = [f"there is nothing named {name}" for name in wanted if name not in OWN]
    keys = keys_with({name: " ".join(key.split()) for name, key in wanted.items() if name in OWN})
    for act in ACTS:
        if not _readable(keys[act.name]):
            problems.append(f"{act.text}: write one character, or two with a space between them")
    if not problems:
        problems = _conflicts(keys)
    return {name: key for name, key in keys.items() if key != OWN[name]}, problems


def _readable(key: str) -> bool:
    parts = key.split(" ") if key else []
    return len(parts) <= 2 and all(len(part) == 1 and part.isprintable() for part in parts)


def _conflicts(keys: Mapping[str, str]) -> list[str]:
    """Which acts one press could not tell apart."""
    told = []
    for at, one in enumerate(ACTS):
        for other in ACTS[at + 1 :]:
            if one.where != other.where and ANYWHERE not in {one.where, other.where}:
                continue
            first, second = keys[one.name], keys[other.name]
            if first and first == second:
                told.append(f"{first} is for “{one.text}” and for “{other.text}”")
            elif first and second and _swallows(first, second):
                told.append(
                    f"{min(first, second, key=len)} would never let {max(first, second, key=len)} be finished"
                )
    return list(dict.fromkeys(told))


def _swallows(one: str, other: str) -> bool:
    """Whether one of two keys is the beginning of the other."""
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and len(long) == 3 and long[0] == short
