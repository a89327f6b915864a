"""Small pieces of a page that stand in lists by the hundred: names, times, signs, tags, reasons.

Made here and not by macros of the templates: a macro's call and the escaping of each of its values cost
several times what the piece itself does, and a queue of 50 rows has 300 of them. Every value from outside
goes through `words.plain`; what else stands in them is our own.
"""
# ruff: noqa: S704 - Markup is what this page is about; the rule above says what may stand in it

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from functools import cache, lru_cache

from markupsafe import Markup

from earnest.desk import keys, labels, times
from earnest.desk.words import plain
from earnest.ledger.views import QueueRow
from routing.decision import Reason


def when(moment: datetime, now: datetime, zone: tzinfo) -> Markup:
    """A `<time>` that says how long ago, with the full moment on hover; the browser keeps it current."""
    return Markup(f"<time {_stamp(moment, zone)} data-ago>{times.ago(moment, now)}</time>")


def due(moment: datetime | None, now: datetime, zone: tzinfo) -> Markup:
    """A `<time>` that counts down to when an answer is due; "" where nothing is."""
    if moment is None:
        return Markup("")
    stamp, left = _stamp(moment, zone), times.due(moment, now)
    return Markup(f'<time class="due {times.pressure(moment, now)}" {stamp} data-due>{left}</time>')


@lru_cache(maxsize=4096)
def _stamp(moment: datetime, zone: tzinfo) -> str:
    """What of a `<time>` stays the same; the same moments are shown again and again."""
    return f'datetime="{moment.isoformat()}" title="{times.moment(moment, zone)}"'


@cache
def steps(level: int) -> Markup:
    """How hard the words reproach, as four steps; the words beside it say the same."""
    return Markup(
        f'<span class="steps" data-level="{level:d}" aria-hidden="true"><i></i><i></i><i></i><i></i></span>'
    )


def person(source: str, handle: str, name: str) -> Markup:
    """A person as they are called: name, else handle, in a direction of its own."""
    return Markup(f"<bdi>{plain(name or handle or 'somebody')}</bdi>")


def handle(source: str, handle: str, name: str) -> Markup:
    """A person's handle as its network writes it; "" where `person` says it already, or there is none."""
    if not handle or not name or name == handle:
        return Markup("")
    return Markup(f"<bdi>{plain(labels.handle_name(source, handle))}</bdi>")


def tags(topics: Iterable[str]) -> Markup:
    """What somebody's words are about, each once."""
    return Markup(
        "".join(f'<span class="tag">{plain(labels.topic_name(one))}</span>' for one in dict.fromkeys(topics))
    )


def reasons(found: Sequence[Reason], total: int | None = None) -> Markup:
    """What counted for a decision, each with its points, and (total) their sum."""
    lines = "".join(
        f"<li><span>{plain(one.saw)}</span>{f'<b>{one.weight:+d}</b>' if one.weight else ''}</li>\n"
        for one in found
    )
    score = f'<p class="score"><span>Priority</span><span>{total:d}</span></p>' if total is not None else ""
    return Markup(f'<ul class="reasons">\n{lines or "<li>No reason was kept.</li>"}</ul>{score}')


def priority(row: QueueRow) -> Markup:
    """A row's priority, and why: a card on hover and focus."""
    card, number = f"why-{row.case_id:d}", row.priority
    return Markup(
        f'<div class="why"><button type="button" aria-describedby="{card}">Priority {number:d}</button>'
        f'<div class="why-card" role="tooltip" id="{card}">{reasons(row.reasons, number)}</div></div>'
    )


@lru_cache
def key_help(mine: tuple[str, ...]) -> Markup:
    """Which key does what, for the help of every page. mine: a key for each of `keys.ACTS`, "" for none."""
    told = [(key, act.text) for act, key in zip(keys.ACTS, mine, strict=True) if key] + list(keys.FIXED)
    return Markup("\n").join(
        Markup(
            f"<dt>{''.join(f'<kbd>{plain(part)}</kbd> ' for part in key.split())}</dt><dd>{plain(text)}</dd>"
        )
        for key, text in told
    )
