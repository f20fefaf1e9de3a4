"""Draws the pictures that social networks show beside a link to a page: one for each state.

Networks take no SVG, and a picture without words serves every page in every language; what it
says in words is in the page's `og:` fields. Run it as `python -m docs.cards` after a change of
the tokens or shapes; it needs Chromium (on Debian: apt-get install chromium).
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from hashlib import blake2b
from pathlib import Path

from playwright.async_api import async_playwright

from incidents.letters import TONES
from incidents.model import ComponentStatus
from statuspage import assets
from tests.support import require_browser

CARDS = Path(assets.__file__).parent / "static" / "cards"
WIDTH, HEIGHT = 1200, 630
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def drawing(state: ComponentStatus) -> str:
    """The picture of a state: its shape on its tint, its colour below."""
    tone, shape = TONES[state], assets.load().shapes[state]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'color="{tone.light}"><path fill="{tone.tint}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f'<svg x="470" y="177" width="260" height="260" viewBox="0 0 20 20">{shape}</svg>'
        f'<path fill="currentColor" d="M0 {HEIGHT - 16}h{WIDTH}v16H0z"/></svg>'
    )


def mark(state: ComponentStatus) -> bytes:
    """What the picture says of the drawing that it was made from."""
    return b"Source\0" + blake2b(drawing(state).encode(), digest_size=8).hexdigest().encode()


def marked(png: bytes, state: ComponentStatus) -> bytes:
    """The picture with its mark, a text chunk behind the header."""
    end_of_header = len(SIGNATURE) + 25
    chunk = b"tEXt" + mark(state)
    length, checksum = struct.pack(">I", len(chunk) - 4), struct.pack(">I", zlib.crc32(chunk))
    return png[:end_of_header] + length + chunk + checksum + png[end_of_header:]


async def draw() -> None:
    """Write all pictures."""
    CARDS.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=require_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for state in ComponentStatus:
            await page.set_content(f"<style>body {{ margin: 0 }}</style>{drawing(state)}")
            png = await page.screenshot()
            (CARDS / f"{state}.png").write_bytes(marked(png, state))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
