"""Cookies only this desk wrote; tokens that fit one visit."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.desk.identity import Seal, Visit, clean_name

SEAL = Seal(b"k" * 32)


def test_a_cookie_comes_back_as_it_was() -> None:
    """Signing and reading are each other's way back."""
    visit = Visit("abc", "Priya Shäh", keys=False, told="Done.", undo=7)
    assert SEAL.read(SEAL.sign(visit)) == visit


@pytest.mark.parametrize("value", ["", "x", "x.y", ".", "é.é"])
def test_a_foreign_cookie_is_nobody(value: str) -> None:
    """Anything we did not sign is passed over."""
    assert SEAL.read(value) is None


def test_a_changed_cookie_is_nobody() -> None:
    """A name cannot be put into somebody's cookie."""
    text, mac = SEAL.sign(Visit("abc", "Priya")).split(".")
    other, _ = SEAL.sign(Visit("abc", "Boss")).split(".")
    assert SEAL.read(f"{other}.{mac}") is None
    assert SEAL.read(f"{text}.{mac}") is not None


def test_a_token_fits_its_visit_only() -> None:
    """Another visit's token is refused."""
    assert SEAL.fits(Visit("a"), SEAL.token(Visit("a")))
    assert not SEAL.fits(Visit("b"), SEAL.token(Visit("a")))


def test_the_key_is_kept_and_private(tmp_path: Path) -> None:
    """A restart reads the same key from a file only its owner reads."""
    first, second = Seal.kept_in(tmp_path, {}), Seal.kept_in(tmp_path, {})
    assert second.read(first.sign(Visit("a"))) == Visit("a")
    assert (tmp_path / "desk.key").stat().st_mode & 0o077 == 0


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    """A key from the environment must be long enough, and never shows in a repr."""
    with pytest.raises(ValueError, match="32 bytes"):
        Seal.kept_in(tmp_path, {"EARNEST_DESK_KEY": "short"})
    assert "kkkk" not in repr(SEAL)


def test_names_are_cleaned() -> None:
    """No controls, single spaces, a ceiling."""
    assert clean_name("  Priya\u202e \n Shah ") == "Priya Shah"
    assert len(clean_name("x" * 500)) == 60
