"""Takes the screenshots of README and docs: the demo's own pages, in Chromium.

Run it as `make screenshots`; it needs Chromium (on Debian: apt-get install chromium) and takes
as long as the demo's story, two minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.support import require_browser

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = (1120, 900), (390, 844)
SEED = 1
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Shot:
    """One picture: its name, which address of the demo it shows, how large, how lit."""

    name: str
    address: str
    size: tuple[int, int]
    theme: str = "light"


MOMENTS = {
    "wrote “Cause found”": (
        Shot("home", "Status page", DESKTOP),
        Shot("home-dark", "Status page", DESKTOP, "dark"),
        Shot("home-phone", "Status page", PHONE),
        Shot("home-phone-dark", "Status page", PHONE, "dark"),
        Shot("mailbox", "Mailbox", DESKTOP),
    ),
    "Ctrl-C to stop": (
        Shot("incident", "The incident", DESKTOP),
        Shot("incident-dark", "The incident", DESKTOP, "dark"),
        Shot("incident-phone", "The incident", PHONE),
    ),
}
"""What is shot once the terminal says so."""


@contextlib.asynccontextmanager
async def demo(folder: str) -> AsyncIterator[asyncio.StreamReader]:
    """The demo, running; its terminal to read along."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor", "demo", "--seed", str(SEED), "--port", "0",
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "TZ": ZONE, "TMPDIR": folder},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.send_signal(signal.SIGINT)
        await process.stdout.read()
        await process.wait()


async def shoot(browser: Browser, shot: Shot, url: str) -> None:
    """One picture of a page as it looks on first sight."""
    width, height = shot.size
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.theme == "dark" else "light",
        device_scale_factor=2 if shot.size == PHONE else 1,
        timezone_id=ZONE,
    )
    await page.goto(url)
    await page.screenshot(path=IMAGES / f"{shot.name}.png")
    await page.close()


async def main() -> None:
    """Watch the story and take each picture at its moment."""
    IMAGES.mkdir(exist_ok=True)
    addresses: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with demo(folder) as terminal, async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=require_browser(), args=["--no-sandbox", "--disable-gpu"]
            )
            due = dict(MOMENTS)
            while due and (line := (await terminal.readline()).decode()):
                if found := re.fullmatch(r"  (\w[\w ]*?)\s{2,}(http\S+)\n", line):
                    addresses[found[1]] = found[2]
                for words in [words for words in due if words in line]:
                    await asyncio.gather(
                        *(shoot(browser, shot, addresses[shot.address]) for shot in due.pop(words))
                    )
            await browser.close()
    if due:
        raise SystemExit("the demo ended before its story did")


if __name__ == "__main__":
    asyncio.run(main())
