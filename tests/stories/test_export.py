"""A copy beside a real service: it follows, outlives the service, and ends when asked to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.imported import imported
from tests.service import END_WITHIN_SECONDS, Service, Target, service, target
from tests.stories.town import until

CONFIG = """
version: 1
page: {name: Acme, url: "http://127.0.0.1:{public}", languages: [en, de]}
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
defaults: {interval: 1s, timeout: 1s, confirm: {fail: 2/2, recover: 2/2}}
components:
  shop: {name: Shop, checks: {web: {http: "TARGET"}}}
"""


@pytest.fixture
async def shop() -> AsyncIterator[Target]:
    async with target() as made:
        yield made


@pytest.fixture
async def running(tmp_path: Path, shop: Target) -> AsyncIterator[Service]:
    async with service(tmp_path, CONFIG.replace("TARGET", shop.url), imported) as made:
        await made.start()
        yield made


@pytest.fixture
async def following(running: Service) -> AsyncIterator[asyncio.subprocess.Process]:
    folder = running.config.parent
    with (folder / "export.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "export", "site", "--follow",
            cwd=folder, stdout=log, stderr=log,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        )  # fmt: skip
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_the_copy_follows_the_service_and_outlives_it(
    running: Service, shop: Target, following: asyncio.subprocess.Process
) -> None:
    site = running.config.parent / "site"

    def told(file: str, words: str) -> bool:
        path = site / file
        return path.exists() and words in path.read_text()

    await until(lambda: told("index.html", "Everything is working."), "a copy")
    shop.fail()
    await until(lambda: told("index.html", "Shop is down since"), "trouble in the copy")
    await until(lambda: told("api/v2/incidents.json", '"incidents":[{'), "the incident")
    (incident,) = json.loads((site / "api/v2/incidents.json").read_text())["incidents"]
    german = f"de/incidents/{incident['id']}/index.html"
    await until(lambda: told(german, "Shop ist") and told("feed.atom", incident["id"]), "its page")
    shop.recover()
    await until(lambda: told("index.html", "Shop is working again"), "recovery in the copy")
    await running.kill()
    await until(lambda: told("index.html", "We cannot tell at the moment"), "doubt in the copy")
    assert told(f"incidents/{incident['id']}/index.html", incident["name"])
    await until(lambda: not (site / "api/v2/summary.json").exists(), "no claims")
    await running.start()
    await until(lambda: told("index.html", "Shop is working again"), "news in the copy")
    following.send_signal(signal.SIGTERM)
    async with asyncio.timeout(END_WITHIN_SECONDS):
        assert await following.wait() == 0


async def test_the_copy_goes_by_the_file_as_it_changes(
    running: Service, following: asyncio.subprocess.Process
) -> None:
    site = running.config.parent / "site"
    shop = site / "components/shop/index.html"
    await until(shop.exists, "a copy")
    text = running.config.read_text()
    running.config.write_text(text.replace("components:", "component:"))
    log = running.config.parent / "export.log"
    await until(lambda: "the file has mistakes" in log.read_text(), "a complaint")
    running.config.write_text(f"{text}  mail: {{name: Mail}}\n")
    await until(lambda: "Mail" in (site / "index.html").read_text(), "another component")
    assert following.returncode is None
