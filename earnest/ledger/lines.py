"""Connections to a server for statements that stand alone: each its own transaction, and asked at once.

Claims go this way. What a pool does around a statement takes a third as long as the statement itself;
here a connection is taken from a list and put back.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

KEPT = 4
"""Connections that are kept for later; more are opened where more are needed at once."""
RESTED = 1.0
"""Seconds after which a connection is asked whether it still stands before it is used."""


class Lines:
    """The connections of one engine that speaks to PostgreSQL; for any number of threads."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is opened before the first statement."""
        self._engine = engine
        self._free: list[tuple[Any, float]] = []  # cursors; taken from and put at the end, each in one step

    def first(self, statement: str, values: Sequence[Any]) -> Any:
        """The first row of a statement in the driver's words, None where there is none."""
        line = self._line()
        try:
            row = line.execute(statement, values, prepare=True).fetchone()
        except BaseException:
            line.connection.close()
            raise
        if len(self._free) < KEPT:
            self._free.append((line, time.monotonic()))
        else:
            line.connection.close()
        return row

    def close(self) -> None:
        """Let go of all that are not in use."""
        while self._free:
            self._free.pop()[0].connection.close()

    def _line(self) -> Any:
        while True:
            try:
                line, since = self._free.pop()
            except IndexError:
                return self._opened()
            if time.monotonic() - since < RESTED:
                return line
            try:
                line.execute("SELECT 1")
            except self._engine.dialect.loaded_dbapi.Error:
                line.connection.close()
            else:
                return line

    def _opened(self) -> Any:
        held = self._engine.raw_connection()
        connection: Any = held.driver_connection
        held.detach()
        connection.autocommit = True
        return connection.cursor()
