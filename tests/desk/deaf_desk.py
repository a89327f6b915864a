"""A desk whose sources were listened to for weeks: one lively, one silent, one failing, one with gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from earnest.desk.app import create_app
from earnest.ledger import Ledger
from earnest.search.embedded import EmbeddedIndex
from earnest.settings import DeskSettings, Settings
from listeners.listener import Refused
from listeners.sources import AnySource, BlogsSource, Feed, MastodonSource
from routing.rules import Rules
from tests.clock import SetClock
from tests.coverage.listening import HILL, VALE, Listening
from tests.new_ledger import new_ledger

FORUMS = tuple(f"https://forum.example/c/{number}.rss" for number in range(1, 9))
SOURCES: tuple[AnySource, ...] = (
    BlogsSource(kind="blogs", name="blogs", feeds=(Feed(url=HILL), Feed(url=VALE))),
    BlogsSource(kind="blogs", name="forums", feeds=tuple(Feed(url=url) for url in FORUMS)),
    MastodonSource(kind="mastodon", name="mastodon"),
)


def desk(folder: Path) -> tuple[FastAPI, Ledger]:
    """Three weeks of it; the caller closes the ledger."""
    clock = SetClock()
    ledger = Ledger.open(new_ledger(folder / "earnest.db"), clock=clock)
    listening = Listening(ledger, clock)
    for day in range(22):
        if day == 17:  # the machine was off
            clock.move(days=1)
            continue
        for turn in range(2):
            gaps = (
                (replace(listening.gap(timedelta(hours=30)), source="blog"),)
                if (day, turn) == (18, 0)
                else ()
            )
            listening.poll(9 + day % 4 if day < 19 else 0, HILL, gaps=gaps, cost=0.01)
            listening.poll(day * turn % 3, VALE)
            for number, url in enumerate(FORUMS):
                error = Refused("403: the forum wants a sign-in now") if number == 5 and day > 14 else None
                listening.poll((day + number + turn) % 5, url, name="forums", error=error)
            clock.move(hours=12)
    settings = Settings(
        folder=folder,
        sources=SOURCES,
        brands=(),
        rules=Rules(),
        taxonomy=None,
        desk=DeskSettings(time_zone="Europe/London"),
        data_dir=folder / "var",
        database=ledger.url,
    )
    return create_app(ledger, settings, EmbeddedIndex(ledger.engine), clock=clock), ledger
