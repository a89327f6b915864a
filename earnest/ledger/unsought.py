"""A column that SQLite shall look at and not seek by.

SQLite takes any index that begins with a column for better than walking through the queue's own, also
where nearly every case has the value: a brand, a network. In PostgreSQL, which counts values, it is the
column itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class unsought(FunctionElement[str]):  # noqa: N801 (written as a function of SQL)
    """The values of one column."""

    type = String()
    inherit_cache = True


@compiles(unsought)
def _as_it_is(element: ColumnElement[str], compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(unsought, "sqlite")
def _in_sqlite(element: ColumnElement[str], compiler: Any, **options: Any) -> str:
    return f"+{_as_it_is(element, compiler, **options)}"
