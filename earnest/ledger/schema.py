"""Bringing a database to this version's tables, or saying why that cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from earnest.ledger.errors import LedgerError
from earnest.ledger.tables import metadata

if TYPE_CHECKING:
    # Loaded where it is needed: a ledger that is up to date, as nearly always, opens without it.
    from alembic.config import Config
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0012"
"""The newest migration. A test compares it with the folder and with tables.py."""


def current(conn: Connection) -> str | None:
    """The version of the tables in this database, None where it is empty of them."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(conn: Connection, name: str) -> None:
    """Migrate to `HEAD` in the caller's transaction. Raises LedgerError with the mend."""
    from alembic import command  # noqa: PLC0415

    version = current(conn)
    if version == HEAD:
        return
    if version is None:
        strangers = set(inspect(conn).get_table_names()) & set(metadata.tables)
        if strangers:
            raise LedgerError(
                f"the database {name} holds tables of the same names that are not Earnest's "
                f"({', '.join(sorted(strangers))}); name another database in EARNEST_DATABASE"
            )
    elif version not in {script.revision for script in _scripts().walk_revisions()}:
        raise LedgerError(
            f"the database {name} has version {version}, which this Earnest does not know (it knows {HEAD}); "
            "it was written by another version: install that one, or restore a copy made before"
        )
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def configuration() -> Config:
    """Alembic's configuration, without a file."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory.from_config(configuration())
