"""What the ledger's tables are written with: the metadata, moments in UTC, and columns in a word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
    text,
    true,
)

from listeners.post import require_utc


class Utc(TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, sortable text on SQLite. Naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Check the zone on the way in; SQLite gets the bare clock reading."""
        if value is None:
            return None
        require_utc("time", value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def number() -> Column[int]:
    """The surrogate number of a row."""
    return Column("id", Id, primary_key=True)


def ref(name: str, target: str, *, null: bool = False, index: bool = False) -> Column[Any]:
    """A reference to the number of a row in another table."""
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=null, index=index)


def count(name: str) -> Column[int]:
    """A count that starts at 0."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


def words(name: str, kind: type[Text] | String = Text) -> Column[str]:
    """Words that may be empty, never null."""
    return Column(name, kind, nullable=False, server_default=text("''"))


def flag(name: str, *, on: bool = False) -> Column[bool]:
    """Yes or no; no unless `on`."""
    return Column(name, Boolean, nullable=False, server_default=true() if on else false())


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, for both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def either(values: Iterable[str]) -> str:
    """Values as an SQL list, in a fixed order."""
    return ", ".join(f"'{value}'" for value in sorted(values))
