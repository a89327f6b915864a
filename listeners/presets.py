"""Forums, aggregators and shops that have a feed, if one knows its address: recipes for it.

In sources.yaml a feed may be written as a preset:

    feeds:
      - {preset: discourse, site: https://forum.example}
      - {preset: app_store, app: 1234567890, country: gb}

Addresses are as the programs and services make them (last looked at 2026-11); `earnest try` shows
whether one answers.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from pydantic import AfterValidator, Field, TypeAdapter

from listeners.brand import Strict, Word


def _site(value: str) -> str:
    """A site's address without the slash at its end; https where no protocol is written."""
    value = value.strip().rstrip("/")
    if "://" not in value:
        value = f"https://{value}"
    if not value.startswith(("http://", "https://")) or any(sign in value for sign in "?# "):
        raise ValueError("write the site as https://forum.example")
    return value


Site = Annotated[str, AfterValidator(_site)]


class Discourse(Strict):
    """A Discourse forum: all posts; or only the topics of a category or of a tag."""

    preset: Literal["discourse"]
    site: Site
    category: Annotated[str, Field(pattern=r"^[\w\-/]+$")] | None = Field(
        default=None, description="slug and number as in its address, such as support/6"
    )
    tag: Annotated[str, Field(pattern=r"^[\w\-]+$")] | None = None

    def address(self) -> str:
        """posts.rss has every reply; a category or a tag only has its newest topics."""
        if self.category:
            return f"{self.site}/c/{self.category}.rss"
        return f"{self.site}/tag/{self.tag}.rss" if self.tag else f"{self.site}/posts.rss"


class PhpBB(Strict):
    """A phpBB board, or one forum of it; the board's owner must have switched feeds on."""

    preset: Literal["phpbb"]
    site: Site
    forum: int | None = Field(default=None, ge=1, description="the f= of its address")

    def address(self) -> str:
        """feed.php is as old as phpBB 3; newer ones lead on from it."""
        return f"{self.site}/feed.php" + (f"?f={self.forum}" if self.forum else "")


class HackerNews(Strict):
    """Hacker News: comments (or stories) that hold these words, through hnrss.org."""

    preset: Literal["hacker_news"]
    words: Word
    what: Literal["comments", "stories"] = "comments"

    def address(self) -> str:
        """hnrss.org asks Algolia's index of Hacker News, newest first."""
        page = "newcomments" if self.what == "comments" else "newest"
        return f"https://hnrss.org/{page}?{urlencode({'q': self.words, 'count': '100'})}"


class Lemmy(Strict):
    """A Lemmy community, or all that an instance knows where none is named."""

    preset: Literal["lemmy"]
    site: Site
    community: Annotated[str, Field(pattern=r"^!?[\w.@\-]+$")] | None = None

    def address(self) -> str:
        """Newest first; the default order would hide what nobody voted for."""
        where = f"c/{self.community.lstrip('!')}" if self.community else "all"
        return f"{self.site}/feeds/{where}.xml?sort=New"


class StackExchange(Strict):
    """Questions of a Stack Exchange site, all or with a tag."""

    preset: Literal["stack_exchange"]
    site: Site
    tag: Word | None = None

    def address(self) -> str:
        """Feeds are part of every site of the network."""
        if self.tag is None:
            return f"{self.site}/feeds"
        return f"{self.site}/feeds/tag?{urlencode({'tagnames': self.tag, 'sort': 'newest'})}"


class AppStore(Strict):
    """Reviews of an app in Apple's App Store, per country: the densest place for complaints."""

    preset: Literal["app_store"]
    app: int = Field(ge=1, description="the number in its address, after id")
    country: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "us"

    def address(self) -> str:
        """The newest fifty reviews. Apple does not document this feed; some networks get it empty."""
        return (
            f"https://itunes.apple.com/{self.country}/rss/customerreviews/page=1/id={self.app}"
            "/sortBy=mostRecent/xml"
        )


class GoogleAlerts(Strict):
    """A Google Alert that is delivered to a feed; its address is secret, so do not share it."""

    preset: Literal["google_alerts"]
    alert: Annotated[str, Field(pattern=r"^(https://www\.google\.\w+/alerts/feeds/)?\d+/\d+$")] = Field(
        description="the two numbers at the end of its feed's address, such as 0123/4567"
    )

    def address(self) -> str:
        """Both numbers name it."""
        numbers = "/".join(self.alert.split("/")[-2:])
        return f"https://www.google.com/alerts/feeds/{quote(numbers)}"


Preset = Annotated[
    Discourse | PhpBB | HackerNews | Lemmy | StackExchange | AppStore | GoogleAlerts,
    Field(discriminator="preset"),
]
_PRESET: TypeAdapter[Preset] = TypeAdapter(Preset)


def feed_of(written: dict[str, Any]) -> dict[str, Any]:
    """url and title of a feed written as a preset; pydantic's ValidationError where it is wrong."""
    rest = {key: value for key, value in written.items() if key != "title"}
    made = {"url": _PRESET.validate_python(rest).address()}
    return {**made, "title": written["title"]} if "title" in written else made
