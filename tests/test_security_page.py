"""docs/security.md names tests that exist, and roles as they are."""

from __future__ import annotations

import re
from pathlib import Path

from earnest.desk.roles import ROLES, May

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_it_names_exists() -> None:
    """A renamed test does not leave a promise without proof."""
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE))
    assert len(named) > 10
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"


def test_its_table_of_roles_is_the_programs() -> None:
    """Yes where the role may, in the order of the columns."""
    columns = (May.READ, May.WORK, May.ARRANGE, May.ERASE, May.KEEP_DOOR, May.AUDIT)
    for role, may in ROLES.items():
        cells = "".join(f" {'yes' if what in may else ''} |".replace("  |", " |") for what in columns)
        assert f"| {role} |{cells}" in PAGE, role
