"""Near-copies share a band and are the same; two people with one problem are two."""

from __future__ import annotations

from pathlib import Path

from nlp.duplicates import adds_nothing, fingerprint, same

STORY = (
    "Larkspur has told customers in the whole of Somerset that engineers will not be able to come "
    "before Friday, after a digger cut through the main line near the river on Monday morning"
)


def test_a_syndicated_article_is_the_same() -> None:
    """A few words changed, a link added: still the same text, and a shared band says so."""
    copy = (
        "RT @news: " + STORY.replace("the whole of Somerset", "all of Somerset") + " https://example.test/1"
    )
    assert same(STORY, copy)
    assert set(fingerprint(STORY)) & set(fingerprint(copy))


def test_another_text_is_not() -> None:
    """The same subject in other words is another voice."""
    assert not same(
        STORY, "My Larkspur line near the river is dead since Monday and nobody will come before Friday"
    )


def test_short_texts_are_never_copies() -> None:
    """Two people who write the same short cry are two people."""
    assert fingerprint("@LarkspurHelp my internet is down again") == ()
    assert not same("my internet is down again", "my internet is down again")


def test_a_fingerprint_is_stable() -> None:
    """The bands are kept in the ledger: they may not change between runs."""
    assert fingerprint(STORY)[0].startswith("0:")
    assert fingerprint(STORY) == fingerprint(STORY)
    assert len(fingerprint(STORY)) == 8


def test_a_bare_quote_adds_nothing() -> None:
    """Links and handles are not words of one's own."""
    assert adds_nothing("@joe https://example.test/1 …")
    assert not adds_nothing("this! https://example.test/1")


def test_bands_find_copies_among_real_posts(shared_data: Path) -> None:
    """In a file full of retweets the bands propose nearly every pair that is a copy."""
    from nlp.training.copies import measure

    assert measure(shared_data, say=lambda line: None)["recall"] >= 0.95
