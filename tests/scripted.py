"""Listeners that play a script: what a network says, page by page, from a cursor; never a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from listeners.listener import Batch, Budget, State


class Scripted:
    """Serves `pages` one after the other; a poll goes on after the last page that was committed.

    fails: raised instead of the page of that number, once the pages before it were served.
    """

    def __init__(
        self,
        pages: Sequence[Batch],
        *,
        name: str = "script",
        source: str = "x",
        query: str = "q",
        host: str = "",
        fails: dict[int, Exception] | None = None,
    ) -> None:
        self.name, self.source, self.query, self.host = name, source, query, host
        self.pages = list(pages)
        self.fails = fails or {}
        self.polls = 0

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """The pages that were not committed yet."""
        self.polls += 1
        for number in range(int(state.get("page", 0)), len(self.pages)):
            if number in self.fails:
                raise self.fails[number]
            yield replace(self.pages[number], next_state={"v": 1, "page": number + 1})
