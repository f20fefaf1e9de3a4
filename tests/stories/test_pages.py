"""The real service serves several pages: one outage, told to each of them as far as it may know."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.imported import imported
from tests.service import Service, service, target

PASSWORD = "correct horse"
CONFIG = """
version: 1
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
defaults: {interval: 1s, timeout: 1s, confirm: {fail: 2/2, recover: 2/2}}
pages:
  main: {name: Acme, groups: front}
  inside: {name: Inside, access: {password: "${file:password}"}}
groups: {front: {name: Front}}
components:
  shop: {group: front, name: Storefront, depends_on: [ledger], checks: {web: {http: "TARGET"}}}
  ledger: {name: Bookkeeping, checks: {web: {http: "TARGET"}}}
"""
WITHIN_SECONDS = 60.0
BROWSER = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    (tmp_path / "password").write_text(PASSWORD)
    async with (
        target() as site,
        service(tmp_path, CONFIG.replace("TARGET", site.url), imported) as made,
    ):
        await made.start()
        site.fail()
        yield made


async def until_down(client: aiohttp.ClientSession) -> str:
    """The text of the start page once both outages are told inside."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            text = await (await client.get("/inside", headers=BROWSER)).text()
            if re.search(r"Bookkeeping[^.<]* (is|are) down", text):
                return text
            await asyncio.sleep(0.1)


async def test_an_outage_inside_is_told_to_those_who_may_know_of_it(running: Service) -> None:
    base = running.url
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base, cookie_jar=jar) as client:
        locked = await client.get("/inside", headers=BROWSER)
        assert locked.status == 401
        form = {"password": PASSWORD, "back": "/inside"}
        await client.post("/inside/unlock", data=form, headers=BROWSER)
        assert "Storefront" in await until_down(client)
        for path in ("/", "/history", "/feed.atom", "/api/v2/summary.json", "/api/v1/incidents"):
            text = await (await client.get(path)).text()
            assert "Bookkeeping" not in text, path
            assert "ledger" not in text, path
        assert "Storefront" in await (await client.get("/")).text()
