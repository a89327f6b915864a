"""axe-core on a page: WCAG 2.2 A and AA and good practice, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

ONLY_WRONG: dict[str, Any] = {"resultTypes": ["violations"]}
"""What is right is not written down node by node: a fifth less work."""


def finds_nothing(page: Page, what: str) -> None:
    """Fail with axe's report where it finds something on the page as it stands, everything unfolded."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    page.emulate_media(color_scheme="light")
    _report(axe.run(page, options=ONLY_WRONG), f"{what} in light")
    # Dark changes colours only: the other rules were looked at in the light.
    page.emulate_media(color_scheme="dark")
    _report(axe.run(page, options=ONLY_WRONG | {"runOnly": ["color-contrast"]}), f"{what} in dark")
    page.emulate_media(color_scheme="light")


def _report(found: Any, what: str) -> None:
    assert found.violations_count == 0, f"{what}: {found.generate_report()}"
