"""The front door: hosts, origins, sizes and the headers of every answer."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from earnest.desk.guard import MAX_BODY, Guard
from tests.desk.browser import HOME, Browser


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def door() -> Browser:
    """A one-page application behind the guard."""
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    return Browser(Guard(app, ("127.0.0.1", "localhost", "::1")))


def test_another_name_is_misdirected(door: Browser) -> None:
    """A page that resolves its own name to loopback cannot read the desk."""
    assert door.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:9", "[::1]:8321", "127.0.0.1"])
def test_loopback_names_are_answered(door: Browser, host: str) -> None:
    """With and without a port."""
    assert door.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOME}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": HOME}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Cookie": "a=b"}, 403),
        ({}, 200),
    ],
)
def test_changes_come_from_own_pages(door: Browser, headers: dict[str, str], status: int) -> None:
    """Fetch metadata decides, else the origin; a cookie with neither is refused."""
    assert door.request("POST", "/", headers=headers).status_code == status


def test_reading_from_elsewhere_is_a_plain_link(door: Browser) -> None:
    """A link to the desk in a message opens."""
    assert door.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_declared_giant_is_refused(door: Browser) -> None:
    """Nothing of it is read."""
    assert door.request("POST", "/", content=b"x" * (MAX_BODY + 1)).status_code == 413


@pytest.mark.parametrize("status", [200, 403, 421])
def test_every_answer_carries_the_headers(door: Browser, status: int) -> None:
    """Refusals too."""
    headers = {200: {}, 403: {"Origin": "null"}, 421: {"Host": "x"}}[status]
    answer = door.request("POST", "/", headers=headers)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
