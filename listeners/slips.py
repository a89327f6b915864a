"""The likeliest slips of the fingers in a name, for networks that find only what is spelt out.

The brand finder (nlp) takes a word for a misspelt name wherever a letter is left out, added, changed or
swapped with its neighbour. A network's search does not, so a few such forms have to be asked for by
themselves. Which, is a simple rule: a doubled letter written once, two neighbours swapped, a letter left
out, those towards the end first, as people see their slips at the beginning of a word. The first letter
is left as it is; nothing that is a word, a person's name or another name of the configuration is asked
for, since everybody else's posts would come with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain, zip_longest

from listeners.brand import Brand

FEW = 6
"""Forms of one name at most: beyond, each finds next to nothing and takes room from the others."""
_SHORTEST = {"strict": 6, "loose": 5}
"""Letters a name has at least; in shorter ones a letter makes too many other words. As in the finder."""
_LONG = 7
"""Letters from which on one may be left out: a name of six makes a word of five, and those are many."""
_LETTERS = re.compile("[a-z]+")  # the lists of words are English, and other scripts slip in other ways


def slips(brand: Brand) -> dict[str, tuple[str, ...]]:
    """Each name of the brand that the finder looks for in misspelt forms → the forms, likeliest first.

    Names of several words are left out (the finder knows their slips only where they are run together),
    and so are brands that a person spells exactly: case_sensitive, or with words that must stand by.
    """
    if brand.misspellings == "off" or brand.case_sensitive or brand.with_:
        return {}
    shortest = _SHORTEST[brand.misspellings]
    names = dict.fromkeys((brand.name, *brand.aliases, *brand.products))
    found = {name: _forms(name.casefold()) for name in names if len(name) >= shortest}
    return {name: forms for name, forms in found.items() if forms}


def _forms(name: str) -> tuple[str, ...]:
    if not _LETTERS.fullmatch(name):
        return ()
    others = zip_longest(_swapped(name), _left_out(name) if len(name) >= _LONG else ())
    forms = dict.fromkeys(form for form in chain(_once(name), *others) if form and _meant(form, name))
    return tuple(form for form in forms if form not in _words())[:FEW]


def _once(name: str) -> Iterator[str]:
    """Doubled letters written once."""
    for place in range(len(name) - 1, 1, -1):
        if name[place] == name[place - 1]:
            yield name[:place] + name[place + 1 :]


def _swapped(name: str) -> Iterator[str]:
    """Two neighbours in each other's place."""
    for place in range(len(name) - 1, 1, -1):
        yield name[: place - 1] + name[place] + name[place - 1] + name[place + 1 :]


def _left_out(name: str) -> Iterator[str]:
    """Without one letter inside."""
    for place in range(len(name) - 2, 0, -1):
        yield name[:place] + name[place + 1 :]


def _meant(form: str, name: str) -> bool:
    """Whether it is a slip, and not the name itself or the word that it is the plural of ("guess")."""
    return form != name and not (form == name[:-1] and name[-1] in "sy")


@cache
def _words() -> frozenset[str]:
    """Common English words, first names and surnames: those that passwords are compared with."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - a tenth of a second, and seldom

    return frozenset(chain.from_iterable(FREQUENCY_LISTS.values()))
