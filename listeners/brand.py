"""A brand as a person writes it down once, in brands.yaml.

Queries for the networks, the brand finder and the sense of "own voice" all derive from this.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Word = Annotated[str, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    """Configuration: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Near(Strict):
    """Two words that speak of the brand when they stand close together."""

    words: tuple[Word, Word]
    within: int = Field(default=5, ge=1, le=50, description="tokens between the two words at most")
    ordered: bool = Field(default=False, description="the first word must come first")


class Brand(Strict):
    """One brand, as written in brands.yaml."""

    name: Word = Field(description="as people write it; also the key everywhere else")
    description: str = Field(default="", max_length=500, description="one line: what the brand is")
    aliases: tuple[Word, ...] = Field(default=(), description="other names for the brand")
    handles: tuple[Word, ...] = Field(default=(), description="@names people address, without @")
    hashtags: tuple[Word, ...] = Field(default=(), description="without #")
    domains: tuple[Word, ...] = Field(default=(), description="web addresses, such as larkspur.example")
    products: tuple[Word, ...] = Field(default=(), description="product names that stand for the brand")
    misspellings: Literal["off", "strict", "loose"] = "strict"
    case_sensitive: bool = Field(default=False, description="match names only as written")
    none: tuple[Word, ...] = Field(default=(), description="words that say it is something else")
    near: tuple[Near, ...] = ()
    with_: tuple[Word, ...] = Field(
        default=(), alias="with", description="for ordinary words: one of these must be in the post too"
    )
    examples: tuple[Word, ...] = Field(default=(), description="posts that do mean the brand")
    counter_examples: tuple[Word, ...] = Field(default=(), description="posts that do not")
    own_accounts: dict[str, tuple[Word, ...]] = Field(
        default_factory=dict, description="network → the brand's own account names there"
    )
    communities: dict[Literal["reddit"], tuple[Word, ...]] = Field(
        default_factory=dict,
        description="network → communities about the brand alone, such as its subreddit: "
        "a post there counts as naming it",
    )

    @field_validator("handles", "hashtags")
    @classmethod
    def _bare(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.lstrip("@#") for word in words)

    @field_validator("own_accounts")
    @classmethod
    def _bare_accounts(cls, accounts: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {source: tuple(name.lstrip("@") for name in names) for source, names in accounts.items()}

    @field_validator("communities")
    @classmethod
    def _bare_communities(
        cls, names: dict[Literal["reddit"], tuple[str, ...]]
    ) -> dict[Literal["reddit"], tuple[str, ...]]:
        return {
            source: tuple(name.strip("/").removeprefix("r/") for name in several)
            for source, several in names.items()
        }

    def is_own(self, source: str, handle: str) -> bool:
        """Whether `handle` on `source` is the brand itself speaking."""
        return handle.casefold() in {name.casefold() for name in self.own_accounts.get(source, ())}
