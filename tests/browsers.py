"""Chromium for tests: without what only takes time where nobody looks at its window."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tests.support import require_browser, unavailable

if TYPE_CHECKING:
    from playwright.async_api import Browser

ZONE = "Europe/Berlin"
"""Where the browser is: in the zone of the examples' page."""

UNUSED = (
    # Each is a page of its own behind the address bar of every window.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "PaintHolding",
    # Processes kept for pages that may come, and frames made anew for those that do.
    "SpareRendererForSitePerProcess", "RenderDocument",
)  # fmt: skip
"""What of Chromium only takes time here."""

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    f"--disable-features={','.join(UNUSED)}",
)  # fmt: skip


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running Chromium; without it, or what drives it, the test ends here."""
    path = require_browser()
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        unavailable("playwright", "browser", "pip install playwright")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS), env={**os.environ, "TZ": ZONE}
        )
        yield opened
        await opened.close()
