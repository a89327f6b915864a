"""Places that belong to a brand: in its own subreddit nobody needs to name it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from listeners.brand import Brand
from listeners.post import Post

_SUBREDDIT = re.compile(r"https?://(?:[\w-]{1,20}\.)?reddit\.com/r/(\w{2,32})(?:/|$)", re.IGNORECASE)


def community_of(post: Post) -> str:
    """The subreddit a post on Reddit stands in, in small letters; "" elsewhere. Its address names it."""
    if post.source != "reddit":
        return ""
    found = _SUBREDDIT.match(post.url)
    return found[1].casefold() if found else ""


class Communities:
    """The communities of all brands."""

    def __init__(self, brands: Sequence[Brand]) -> None:
        """Take in what the brands name under `communities`."""
        self._brands: dict[tuple[str, str], list[Brand]] = {}
        for brand in brands:
            for source, names in brand.communities.items():
                for name in {name.casefold() for name in names}:
                    self._brands.setdefault((source, name), []).append(brand)

    def brands_of(self, post: Post) -> Sequence[Brand]:
        """The brands that a post speaks about by where it stands."""
        if not self._brands:
            return ()
        return self._brands.get((post.source, community_of(post)), ())
