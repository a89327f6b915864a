"""What a handle tells of who it is on other networks."""

from __future__ import annotations

SHORTEST = 4
"""Handles shorter than this are anybody's."""


def handle_key(source: str, handle: str) -> str:
    """A handle as its owner would have it elsewhere; "" where it tells nothing of who that is."""
    key = handle.strip().casefold().removeprefix("@").removeprefix("u/")
    if source == "mastodon":
        key = key.partition("@")[0]
    if source == "bluesky":
        key = key.removesuffix(".bsky.social")
    if source == "blog" or len(key) < SHORTEST or key.isdigit() or any(c.isspace() for c in key):
        return ""
    return key
