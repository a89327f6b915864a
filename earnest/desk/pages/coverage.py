"""What was heard and what was not: a picture of the last days of every source, and what has gone deaf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from earnest.coverage import Alarm, Day, DayState, SourceCoverage
from earnest.desk.glances import DAYS, look
from earnest.desk.rendering import page

router = APIRouter(include_in_schema=False)

FEW = 6
"""Queries of a source that are all shown; of more, those in trouble are, and the others fold away."""

HEIGHT = 20  # of the highest bar, in the picture's own units

SIGNS = {
    DayState.HEARD: "",
    DayState.GAP: "gap",
    DayState.FAILED: "failed",
    DayState.SILENT: "silent",
    DayState.NOT_ASKED: "not-asked",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in the picture. sign: the shape drawn; height: of its bar; words: for whoever hears it."""

    sign: str
    height: int
    count: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the picture: the source as a whole (query "") or one of its queries."""

    query: str
    asked: bool
    alarms: tuple[Alarm, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """The picture of a source: what is seen at once, and what folds away."""

    source: SourceCoverage
    open: tuple[Line, ...]
    folded: tuple[Line, ...]


@router.get("/coverage")
def coverage(request: Request, days: Annotated[int, Query(ge=1, le=28)] = DAYS) -> Response:
    """Show the picture, the alarms first."""
    seen = look(request, days)
    return page(
        request,
        "coverage.html",
        seen=seen,
        groups=[_lines(source) for source in seen.sources],
        anchors={source.name: f"source-{place}" for place, source in enumerate(seen.sources, 1)},
        reach=lambda start, end: _reach(start, end, request),
    )


def _lines(source: SourceCoverage) -> Lines:
    lines = [Line(query.query, query.asked, query.alarms, _cells(query.days)) for query in source.queries]
    whole = [Line("", source.configured, source.alarms, _cells(source.days))] if len(lines) != 1 else []
    if len(lines) <= FEW:
        return Lines(source, (*whole, *lines), ())
    return Lines(
        source,
        (*whole, *(line for line in lines if line.alarms)),
        tuple(line for line in lines if not line.alarms),
    )


def _cells(days: tuple[Day, ...]) -> tuple[Cell, ...]:
    most = max((day.posts for day in days), default=0)
    return tuple(
        Cell(
            sign=SIGNS[day.state],
            height=max(round(day.posts * HEIGHT / most), 2) if day.posts else 0,
            count=_short(day.posts) if day.posts or day.state is DayState.SILENT else "",
            words=_words(day),
        )
        for day in days
    )


def _words(day: Day) -> str:
    """A day as one says it: "Fri 20 Nov: heard, 40 posts; 2 of 96 polls failed"."""
    told = [f"{day.day:%a %-d %b}: {day.state}"]
    if day.posts:
        told.append(f"{day.posts:,} post{'' if day.posts == 1 else 's'}")
    if day.gaps and day.state is not DayState.GAP:
        told.append("with a gap")
    failed = f"; {day.failed} of {day.polls} polls failed" if day.failed else ""
    return ", ".join(told) + failed


def _short(count: int) -> str:
    return f"{count}" if count < 1000 else f"{count / 1000:.1f}k" if count < 10_000 else f"{count // 1000}k"


def _reach(start: datetime | None, end: datetime | None, request: Request) -> str:
    """From when to when a gap reaches, on the desk's clock."""
    zone = request.app.state.zone
    begins = f"{start.astimezone(zone):%-d %b %H:%M}" if start else "the beginning"
    return f"{begins} to {f'{end.astimezone(zone):%-d %b %H:%M}' if end else 'now, still open'}"
