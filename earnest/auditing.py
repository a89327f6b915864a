"""Honest recall: draws a sample for human eyes, takes the answers, and says what was missed."""

from __future__ import annotations

import csv
import secrets
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from earnest.ledger.database import Database
from earnest.ledger.sample_tables import ANSWERS
from earnest.ledger.samples import (
    Candidate,
    SampleItem,
    SampleView,
    answer,
    candidates,
    items,
    keep,
    sample,
)
from earnest.recall import STRATA, Estimate, Read, allot, estimate, spread_over

COLUMNS: Final = ("place", "answer", "about", "text", "answers", "source", "written", "url")
ENOUGH: Final = 30
"""Posts that are judged before a page shows the estimate: with fewer its interval spans nearly everything."""
_WORDS: Final = {
    **{word: word for word in ANSWERS},
    **dict.fromkeys(("c", "y", "yes", "1"), "complaint"),
    **dict.fromkeys(("n", "no", "0"), "none"),
    **dict.fromkeys(("u", "?"), "unsure"),
}


class BadAnswers(ValueError):
    """A file of answers that cannot be taken; the message names the line."""


@dataclass(slots=True)
class _Stratum:
    """Numbers of posts and mentions (0: none), and which of them are of which source and brand."""

    posts: array[int] = field(default_factory=lambda: array("q"))
    mentions: array[int] = field(default_factory=lambda: array("q"))
    groups: dict[tuple[str, str], array[int]] = field(default_factory=dict)

    def add(self, one: Candidate) -> None:
        self.groups.setdefault((one.source, one.brand), array("q")).append(len(self.posts))
        self.posts.append(one.post)
        self.mentions.append(one.mention or 0)


def draw(
    db: Database, *, since: datetime, until: datetime, size: int, seed: int | None, who: str
) -> SampleView:
    """Draw and store a sample of `size` posts written from `since` to before `until`.

    seed: draws the same again; None: by chance. Raises LookupError where there is nothing to draw from.
    Memory: some 24 bytes a post of that time.
    """
    seed = secrets.randbelow(2**31) if seed is None else seed
    strata = {name: _Stratum() for name in STRATA}
    for one in candidates(db, since, until):
        strata[one.stratum].add(one)
    populations = {name: len(stratum.posts) for name, stratum in strata.items()}
    if not any(populations.values()):
        raise LookupError(f"no post from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC was decided on")
    drawn: list[Candidate] = []
    for number, (name, count) in enumerate(allot(populations, size).items()):
        stratum = strata[name]
        drawn += [
            Candidate(name, "", "", stratum.posts[at], stratum.mentions[at] or None)
            for at in spread_over(stratum.groups, count, seed + number)
        ]
    order = np.random.default_rng(seed).permutation(len(drawn))
    there = {name: count for name, count in populations.items() if count}
    mixed = [drawn[int(at)] for at in order]
    number = keep(db, mixed, there, since=since, until=until, seed=seed, who=who)
    made = sample(db, number)
    assert made is not None
    return made


def judged(view: SampleView, *, seed: int = 0) -> Estimate:
    """The estimate that the answers to a sample allow so far."""
    read = (Read(one.name, one.population, one.complaints + one.none, one.complaints) for one in view.strata)
    return _estimate(tuple(read), seed)


def enough(view: SampleView) -> bool:
    """Whether so many are judged that the estimate says something, or nothing is left to read."""
    return not view.open or sum(one.complaints + one.none for one in view.strata) >= ENOUGH


@lru_cache(maxsize=64)
def _estimate(read: tuple[Read, ...], seed: int) -> Estimate:
    """Remembered: a page shows the same one again and again, and each takes 20,000 draws."""
    return estimate(read, seed=seed)


def upcoming(db: Database, view: SampleView, *, who: str = "") -> SampleItem | None:
    """The post that `who` reads next; None where none waits.

    Everybody begins at a place of their own, by their name, so that two who read at once
    read different posts.
    """
    drawn = sum(one.drawn for one in view.strata)
    begins = zlib.crc32(who.encode()) % drawn if who and drawn else 0
    found = items(db, view.id, waiting=True, after=begins, limit=1)
    if not found and begins:
        found = items(db, view.id, waiting=True, limit=1)
    return found[0] if found else None


def told(view: SampleView) -> dict[str, Any]:
    """A sample and its estimate for programs."""
    found = judged(view)
    return {
        "sample": view.id,
        "drawn_at": view.drawn_at,
        "since": view.since,
        "until": view.until,
        "open": view.open,
        "missed": asdict(found.missed),
        "found": asdict(found.found),
        "recall": asdict(found.recall) if found.recall else None,
        "strata": [
            asdict(one) | {"what": STRATA[one.name][1], "estimate": asdict(found.by_stratum[one.name])}
            for one in view.strata
        ],
    }


def write(db: Database, view: SampleView, file: Path) -> int:
    """Write a sample to a CSV to fill in, readable by its owner only; how many posts that are."""
    file.touch(mode=0o600)
    with file.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, COLUMNS)
        table.writeheader()
        count, after = 0, 0
        while some := items(db, view.id, after=after):
            after = some[-1].place
            for one in some:
                count += 1
                table.writerow(
                    {
                        "place": one.place,
                        "answer": one.answer,
                        "about": one.brand or "any brand of ours",
                        "text": "\n\n".join(part for part in (one.post.title, one.post.text) if part),
                        "answers": one.parent.text if one.parent else "",
                        "source": one.post.source,
                        "written": f"{one.post.created_at:%Y-%m-%d %H:%M}",
                        "url": one.post.url,
                    }
                )
    return count


def take(db: Database, view: SampleView, file: Path, *, who: str) -> int:
    """Take the answers of a CSV that was filled in; how many. Raises BadAnswers, and then takes none."""
    return answer(db, view.id, dict(_answers(view, file)), who=who)


def word_of(said: str) -> str:
    """An answer as it is stored, from what people type. Raises ValueError."""
    word = _WORDS.get(said.strip().casefold())
    if word is None:
        raise ValueError(f"{said.strip()[:40]!r} is none of {', '.join(ANSWERS)}")
    return word


def _answers(view: SampleView, file: Path) -> Iterator[tuple[int, str]]:
    drawn = sum(one.drawn for one in view.strata)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if not {"place", "answer"} <= set(rows.fieldnames or ()):
                raise BadAnswers(f"{file}, line 1: no columns 'place' and 'answer'")
            for row in rows:
                where = f"{file}, line {rows.line_num}"
                if not (row["answer"] or "").strip():
                    continue
                place = row["place"] or ""
                if not place.isdecimal() or not 1 <= int(place) <= drawn:
                    raise BadAnswers(f"{where}: {place!r} is no place of sample {view.id} (1 to {drawn})")
                try:
                    yield int(place), word_of(row["answer"])
                except ValueError as error:
                    raise BadAnswers(f"{where}, column 'answer': {error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadAnswers(f"{file}: is no CSV in UTF-8 ({error})") from None
