"""Takes the screenshots of README and docs: real pages of example situations, in Chromium.

Run it as `make screenshots`; it needs Chromium (on Debian: apt-get install chromium).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from playwright.async_api import Browser, async_playwright

from statuspage import assets, words
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.web import made_pages
from tests.statuspage import examples
from tests.support import require_browser

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = (1120, 900), (390, 844)
SHOTS = (
    ("home", DESKTOP, "light"),
    ("home-dark", DESKTOP, "dark"),
    ("home-phone", PHONE, "light"),
    ("home-phone-dark", PHONE, "dark"),
)


@contextlib.asynccontextmanager
async def serving(snapshot: Snapshot) -> AsyncIterator[str]:
    """The pages of a snapshot on loopback."""
    kept = assets.load()
    renderer = Renderer(words.load("en"), kept, snapshot.page.url)

    async def handle(request: web.Request) -> web.Response:
        if document := kept.documents.get(request.path):
            return web.Response(body=document.body, headers={"Content-Type": document.content_type})
        for page in made_pages():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(page.path))
            match = re.fullmatch(pattern, request.path)
            found = match and page.render(renderer, snapshot, **match.groupdict())
            if found:
                return web.Response(body=found.body, headers={"Content-Type": found.content_type})
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def shoot(browser: Browser, url: str, name: str, size: tuple[int, int], theme: str) -> None:
    """One picture of a page as it looks on first sight, in the situation's own time."""
    width, height = size
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        device_scale_factor=2 if width < 500 else 1,
        timezone_id="Europe/Berlin",
    )
    await page.clock.install(time=examples.NOW)
    await page.goto(url)
    await page.screenshot(path=IMAGES / f"{name}.png")
    await page.close()


async def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    async with serving(examples.major_outage()) as url, async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=require_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, size, theme in SHOTS:
            await shoot(browser, url, name, size, theme)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
