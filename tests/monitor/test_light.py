"""A service that checks a few URLs holds no more than that takes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.service import free_port, target

CONFIG = """
version: 1
server: {{public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}}
storage: sqlite:{folder}/upfront.db
defaults: {{interval: 1s, timeout: 1s}}
components:
  shop: {{checks: {{answers: {{http: "{url}"}}}}}}
"""

RUN = """
import asyncio, sys
from pathlib import Path
from monitor.config.apart import begin_loading
from monitor.serving import App

async def until_known(app):
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(app.run())
        while app.pipeline.waiting:
            await asyncio.sleep(0.01)
        app.end()

async def main(config):
    app = App(config)
    await app.start()
    await until_known(app)
    await app.stop()

asyncio.run(main(begin_loading(Path(sys.argv[1]))().config))
print(*sys.modules)
"""

HEAVY = {
    "aiosmtpd", "css_inline", "cryptography", "dns", "feedgen", "h2", "jsonpath", "limits",
    "lxml", "markdown_it", "nh3", "pydantic", "pydantic_core", "re2", "yaml",
}  # fmt: skip
"""What only some kinds, news, forms, feeds, or reading the file need."""


async def test_what_only_others_need_is_not_imported(tmp_path: Path) -> None:
    file = tmp_path / "checks.yaml"
    async with target() as shop:
        ports = {"public": free_port(), "internal": free_port()}
        file.write_text(CONFIG.format(**ports, folder=tmp_path, url=shop.url))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RUN, str(file), stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
    assert process.returncode == 0
    assert shop.requests
    imported = set(printed.decode().split())
    assert {"aiohttp", "sqlite_utils", "jinja2"} <= imported
    assert HEAVY & imported == set()
