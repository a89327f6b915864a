"""Processes that tests start and kill, forked from one server that has imported what they need.

A fresh start takes seconds. Python has one such server per run of the tests, so its list is here.
"""

from __future__ import annotations

import multiprocessing

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    [
        "__main__",
        "tests.ledger.test_claims",
        "listeners.blogs",
        "listeners.bluesky",
        "listeners.mastodon",
        "listeners.reddit",
        "listeners.x",
    ]
)
