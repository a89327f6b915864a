"""The lead's page: how it goes for the people who wait, in pictures that are tables too.

Nobody who answers is counted, compared or named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from earnest import overview as leading
from earnest.desk import glances, times
from earnest.desk.cells import cell
from earnest.desk.rendering import page
from earnest.ledger.outcomes import Outcomes
from earnest.overview import EDGES, Change, Overview, Topic

router = APIRouter(include_in_schema=False)

HIGH, LONG = 40, 100
"""The highest and the longest bar, in the pictures' own units."""
TOPICS = 12
ENOUGH = 10
"""Of fewer people no share in percent is told."""

SIGNS = {
    Change.MORE: ("▲", "more than usual"),
    Change.FEWER: ("▼", "fewer than usual"),
    Change.USUAL: ("", "as usual"),
    Change.FEW: ("", "too few to tell"),
    Change.NEW: ("", "no whole week before"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One hour in the picture. label: under every third; words: for whoever points at it."""

    label: str
    day: str
    arrived: int
    answered: int
    up: int
    beside: int
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A named count with the length of its bar."""

    name: str
    count: int
    length: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A topic with the heights of its weeks, the oldest first."""

    topic: Topic
    heights: tuple[int, ...]
    sign: str
    words: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that became of people, for all of them and for each network; length: of the bar for all."""

    name: str
    words: str
    values: tuple[str, ...]
    length: int | None


@router.get("/overview")
def overview(request: Request) -> Response:
    """Show the figures."""
    seen = glances.overview(request)
    columns = list(_columns(seen, request))
    networks = [name for name in seen.outcomes if name]
    return page(
        request,
        "overview.html",
        seen=seen,
        columns=columns,
        arrived=sum(column.arrived for column in columns),
        answered=sum(column.answered for column in columns),
        busiest=max(columns, key=lambda column: column.arrived),
        ages=_bars(zip(_bands(), seen.ages, strict=True)),
        queues=sorted(seen.queues, key=lambda queue: (-queue.overdue, -queue.open, queue.queue)),
        trends=[_trend(topic) for topic in seen.topics[:TOPICS]],
        stories=list(zip(seen.stories, _lengths([story.echoes for story in seen.stories]), strict=True)),
        networks=networks,
        measures=list(_measures(seen.outcomes[""], [seen.outcomes[name] for name in networks])),
    )


@router.get("/overview.csv")
def table(request: Request) -> Response:
    """The figures as a file for a spreadsheet; no cell of it is a formula."""
    seen = glances.overview(request)
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(("of", "which", "what", "number"))
    out.writerows([cell(value) for value in row] for row in leading.rows(seen))
    name = f"overview-{seen.now.astimezone(request.app.state.zone):%Y-%m-%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _columns(seen: Overview, request: Request) -> Iterator[Column]:
    most = max((max(hour.arrived, hour.answered) for hour in seen.hours), default=0)
    day = ""
    for hour in seen.hours:
        at = hour.at.astimezone(request.app.state.zone)
        new_day, day = f"{at:%a}" if f"{at:%a}" != day else "", f"{at:%a}"
        yield Column(
            label=f"{at:%H}" if at.hour % 3 == 0 else "",
            day=new_day,
            arrived=hour.arrived,
            answered=hour.answered,
            up=_scaled(hour.arrived, most, HIGH),
            beside=_scaled(hour.answered, most, HIGH),
            words=f"{at:%a %H:%M}: {hour.arrived} arrived, {hour.answered} answered",
        )


def _bands() -> list[str]:
    names = [times.span(edge.total_seconds()).replace("1 day", "24 h") for edge in EDGES]
    between = [f"{earlier} to {later}" for earlier, later in pairwise(names)]
    return [f"under {names[0]}", *between, f"over {names[-1]}"]


def _bars(named: Any) -> list[Bar]:
    pairs = list(named)
    lengths = _lengths([count for _, count in pairs])
    return [Bar(name, count, length) for (name, count), length in zip(pairs, lengths, strict=True)]


def _lengths(counts: list[int]) -> list[int]:
    most = max(counts, default=0)
    return [_scaled(count, most, LONG) for count in counts]


def _scaled(count: int, most: int, size: int) -> int:
    """A bar's size; what is there at all can be seen."""
    return max(round(count * size / most), 2) if count else 0


def _trend(topic: Topic) -> Trend:
    weeks = (*reversed(topic.before), topic.week)
    most = max(weeks)
    sign, words = SIGNS[topic.change]
    counts = ", ".join(map(str, weeks[:-1]))
    return Trend(
        topic,
        tuple(_scaled(count, most, HIGH) for count in weeks),
        sign,
        words,
        f"the weeks before, oldest first: {counts}",
    )


def _measures(everybody: Outcomes, networks: list[Outcomes]) -> Iterator[Measure]:
    of = (everybody, *networks)

    def share(name: str, words: str, part: str, whole: str) -> Measure:
        pairs = [(getattr(one, part), getattr(one, whole)) for one in of]
        done, out_of = pairs[0]
        length = round(done * LONG / out_of) if out_of else None
        return Measure(name, words, tuple(_share(*pair) for pair in pairs), length)

    yield share("Answered", "by the brand, in public", "answered", "cases")
    waits = tuple(_minutes(one.first_answer_minutes) for one in of)
    yield Measure("First answer", "half of them came within", waits, None)
    waits = tuple(_minutes(one.nine_in_ten_within_minutes) for one in of)
    yield Measure("Nine in ten", "came within", waits, None)
    yield share(
        "Solved in their words",
        "of those who wrote again after the answer, last words no complaint",
        "solved_in_their_words",
        "spoke_after_answer",
    )
    yield share("Told", "of the resolved, that it is solved", "told", "resolved")
    yield share("Came back", "of the resolved, with the same complaint", "came_back", "resolved")


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    told = f"{part:,} of {whole:,}"
    return f"{told} ({part / whole:.0%})" if whole >= ENOUGH else told


def _minutes(minutes: float | None) -> str:
    return "–" if minutes is None else times.span(minutes * 60)
