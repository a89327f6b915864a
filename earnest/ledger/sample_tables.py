"""Tables of random samples that people read to tell how many complaints were missed."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Integer, String, Table, UniqueConstraint

from earnest.ledger.columns import Utc, either, metadata, number, ref, words

ANSWERS = ("complaint", "none", "unsure")
"""What a person may say of a post: a complaint that should have reached somebody, none, or hard to say."""

samples = Table(
    "recall_sample",
    metadata,
    number(),
    Column("drawn_at", Utc, nullable=False),
    Column("since", Utc, nullable=False),  # posts from here
    Column("until", Utc, nullable=False),  # to before here
    Column("seed", Integer, nullable=False),
    words("who"),
    Column("strata", JSON, nullable=False),  # [[name, how many there were], …]
)

sample_items = Table(
    "recall_sample_item",
    metadata,
    number(),
    ref("sample_id", "recall_sample"),
    Column("place", Integer, nullable=False),  # the order to read in, which tells nothing of the stratum
    Column("stratum", String(20), nullable=False),
    ref("post_id", "post", index=True),
    ref("mention_id", "mention", null=True),  # null: no brand was found in the post
    words("answer", String(12)),
    words("who"),
    Column("answered_at", Utc),
    UniqueConstraint("sample_id", "place"),
    CheckConstraint(f"answer IN ('', {either(ANSWERS)})", name="answer"),
)
