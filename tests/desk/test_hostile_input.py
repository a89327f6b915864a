"""Whatever is sent, the answer is a page or a sentence, never a crash."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.browser import Browser
from tests.desk.larkspur import Room

PATHS = (
    "/",
    "/search",
    "/dismissed",
    "/status",
    "/you",
    "/live-not",
    "/api/queue",
    "/api/search",
    "/api/dismissed",
)
NAMES = ("q", "after", "view", "queue", "state", "brand", "topic", "source", "limit", "back", "token")
ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["\x00", "-1", "9" * 40, "1e9", "%", "'", '"', "~", "|", "2026-01-01|x", "AND", "(", "a" * 900]
    ),
)
NUMBERS = st.one_of(st.integers(), st.sampled_from([0, 2**31, 2**63 - 1, 2**63, 10**30]))
STEADY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@STEADY
@given(path=st.sampled_from(PATHS), parameters=st.lists(st.tuples(st.sampled_from(NAMES), ODD), max_size=4))
def test_reading_with_odd_parameters(priya: Browser, path: str, parameters: list[tuple[str, str]]) -> None:
    """Lists, search and their pages of pages."""
    said = urlencode([(name, value.encode("utf-8", "replace")) for name, value in parameters])
    assert priya.get(f"{path}?{said}").status_code < 500


@STEADY
@given(source=ODD, post=ODD, number=NUMBERS)
def test_odd_addresses(priya: Browser, source: str, post: str, number: int) -> None:
    """Cases, people and posts that cannot be."""
    a, b = (quote(text.encode("utf-8", "replace"), safe="") for text in (source, post))
    for path in (
        f"/why/{a}/{b}",
        f"/api/why/{a}/{b}",
        f"/cases/{number}",
        f"/people/{number}",
        f"/api/cases/{number}",
    ):
        assert priya.get(path).status_code < 500


@STEADY
@given(
    fields=st.dictionaries(
        st.sampled_from(
            ("action", "version", "epoch", "seen", "note", "reason", "until", "snooze", "to", "reply")
        ),
        ODD,
    )
)
def test_odd_forms(room: Room, priya: Browser, fields: dict[str, str]) -> None:
    """A form sent by somebody's script, with the right token and nonsense in it."""
    case_id = room.ledger.queue().rows[0].case_id
    priya.get(f"/cases/{case_id}")
    shown = {name: priya.field(name) for name in ("version", "epoch", "seen")}
    sent = shown | {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    for way in ("act", "check"):
        assert priya.post(f"/cases/{case_id}/{way}", sent).status_code < 500


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"action": 1}', b"\xff\xfe", b"token=" + b"x" * 300_000]
)
def test_odd_bodies(priya: Browser, body: bytes) -> None:
    """Neither form nor JSON."""
    for path in ("/next", "/cases/1/act", "/cases/1/hold", "/api/next", "/api/cases/1/act"):
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        assert priya.request("POST", path, content=body, headers=headers).status_code < 500
