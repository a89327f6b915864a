"""Passwords: kept as argon2id hashes, and refused where they are easily guessed.

Length counts, composition does not: no "one digit, one capital". The password is taken exactly as it
was typed.
"""

from __future__ import annotations

from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from earnest.settings import Settings

LEAST, MOST = 12, 256
"""Characters. The most is there so that nobody has us hash a book."""
STRONG = 4
"""zxcvbn's score from 0 to 4; 4 means more than 10¹⁰ guesses."""
SHORT = 3
"""Names shorter than this are in many good passwords by chance."""

_HASHER = PasswordHasher()  # RFC 9106, the profile for 64 MiB; about a tenth of a second
_NOBODY = _HASHER.hash("a password that nobody has")


def hash_password(password: str) -> str:
    """The hash to keep, salt and costs included."""
    return _HASHER.hash(password)


def verify(kept: str | None, password: str) -> bool:
    """Whether this is the password; None takes as long and is always False: unknown names do not show."""
    try:
        fits = _HASHER.verify(_NOBODY if kept is None else kept, password[: MOST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return fits and kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made at lower costs than today's."""
    return _HASHER.check_needs_rehash(kept)


def known_here(settings: Settings) -> list[str]:
    """What a guesser knows of this desk: its team and its brands."""
    return [settings.desk.team, *(brand.name for brand in settings.brands)]


def weakness(password: str, *, name: str, about: Iterable[str] = ()) -> str:
    """Why this may not be the password of somebody with this name, with the mend; "" where it may.

    about: words that whoever guesses here tries first: the brands, the team.
    """
    if len(password) < LEAST:
        return f"Take at least {LEAST} characters: a few words that do not belong together are easy to keep."
    if len(password) > MOST:
        return f"Take at most {MOST} characters."
    # zxcvbn knows the common passwords, names, words and keyboard walks; it reads 72 characters. What a
    # guesser knows of the person and the place counts for nothing: the rest must be strong by itself.
    rest = password.casefold()
    for word in sorted({*name.split(), "earnest", *(w for text in about for w in text.split())}, key=len):
        if len(word) >= SHORT:
            rest = rest.replace(word.casefold(), "")
    if min(zxcvbn(text[:72])["score"] for text in (password, rest)) < STRONG:
        return "That is easily guessed. A few words that do not belong together are harder to guess."
    return ""
