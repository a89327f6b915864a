"""A browser without a screen: speaks to an ASGI application in process, keeps cookies, posts forms."""

from __future__ import annotations

import asyncio
import html
import re
import secrets
from typing import Any

import httpx
from starlette.types import ASGIApp

from earnest.ledger.doors import Doors

HOME = "http://127.0.0.1:8321"


class Browser:
    """One visitor. Redirects are not followed; `page` is the last HTML read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.cookies = httpx.Cookies()
        self.page = ""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request as it is."""
        return asyncio.run(self._request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page."""
        return self.request("GET", path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        """Send a form of the last page: with its token and as a browser names its origin."""
        fields = {"token": self.field("token"), **(data or {})}
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": HOME, **options.pop("headers", {})}
        return self.request("POST", path, data=fields, headers=headers, **options)

    def field(self, name: str) -> str:
        """The value of a hidden field of the last page; "" where it has none."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return html.unescape(found.group(1)) if found else ""

    def sit_down(self, name: str) -> Browser:
        """Say who one is."""
        self.get("/you")
        answer = self.post("/you", {"name": name, "keys": "on"})
        assert answer.status_code == 303, answer.text
        return self

    def come_in(self, doors: Doors, name: str) -> Browser:
        """Sign in without typing: a session of this person, and its cookie."""
        person = next(person for person in doors.people() if person.name == name)
        secret = secrets.token_urlsafe(32)
        doors.begin(person, secret, address="127.0.0.1", browser="test")
        self.cookies.set("earnest_session", secret, domain="127.0.0.1")
        return self

    async def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url=HOME, cookies=self.cookies) as client:
            response = await client.request(method, path, **options)
            self.cookies = client.cookies
        if "text/html" in response.headers.get("content-type", ""):
            self.page = response.text
        return response
