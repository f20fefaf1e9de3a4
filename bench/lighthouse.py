"""What Lighthouse says of the start page and of an incident's, served by the whole product.

Run: .venv/bin/python -m bench.lighthouse [--lighthouse PATH] [--times 3]

It needs Chromium, Node.js and Lighthouse (npm install lighthouse). The product watches 50
components, two of which fail; Lighthouse looks as it does by default: a phone, a slow line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.service import Service, service, target
from tests.support import require_browser

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
COMPONENTS, FAILING = 50, 2
ATTEMPTS = 3
CALM_SECONDS = 15.0
"""What is measured should not change meanwhile."""
CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"

HEAD = """\
version: 1
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
defaults: {interval: 2s, timeout: 1s, confirm: {fail: 2/2, recover: 2/2}}
page: {name: Acme, languages: [en, de]}
groups: {r0: {name: North}, r1: {name: East}, r2: {name: South}, r3: {name: West}, r4: {name: Far}}
components:
"""


def config(well: str, failing: str) -> str:
    """The file: the last components are on the target that fails."""
    lines = []
    for number in range(COMPONENTS):
        url = failing if number >= COMPONENTS - FAILING else well
        place = f"name: Service {number}, group: r{number // 10}"
        lines.append(f"  c{number}: {{{place}, checks: {{web: {{http: '{url}'}}}}}}")
    return HEAD + "\n".join(lines) + "\n"


async def incident_of(running: Service) -> str:
    """The path of the incident, once the start page has told of it and is calm again."""
    while True:
        if found := re.search(r'href="(/en/incidents/\w+)"', await running.get("/en/")):
            await asyncio.sleep(CALM_SECONDS)
            return found[1]
        await asyncio.sleep(0.2)


async def audited(lighthouse: str, url: str, folder: Path) -> Mapping[str, Any]:
    """Lighthouse's report of a page; a browser that gave it no trace is asked again."""
    report = folder / "report.json"
    for _ in range(ATTEMPTS):
        process = await asyncio.create_subprocess_exec(
            lighthouse, url, "--quiet", "--output=json", f"--output-path={report}",
            f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROMIUM}",
            env={**os.environ, "CHROME_PATH": str(require_browser())},
        )  # fmt: skip
        if await process.wait() == 0:
            found: Mapping[str, Any] = json.loads(await asyncio.to_thread(report.read_text))
            return found
    raise SystemExit(f"lighthouse failed on {url}")


def faults(report: Mapping[str, Any]) -> set[str]:
    """What cost points."""
    weighed = {
        part["id"]
        for category in report["categories"].values()
        for part in category["auditRefs"]
        if part["weight"]
    }
    audits = [audit for audit in report["audits"].values() if audit["id"] in weighed]
    return {
        f"{audit['title']}: {audit.get('displayValue', '')}"
        for audit in audits
        if audit["score"] is not None and audit["score"] < 1
    }


def tell(name: str, reports: Sequence[Mapping[str, Any]]) -> None:
    """The median score of each category, and what kept it from being better."""
    for category in CATEGORIES:
        scores = [report["categories"][category]["score"] * 100 for report in reports]
        print(f"{name:10} {category:15} {statistics.median(scores):.0f}  of {scores}")
    for fault in sorted(set().union(*map(faults, reports))):
        print(f"{name:10} cost: {fault}")


async def main(lighthouse: str, times: int) -> None:
    """Audit both pages."""
    with tempfile.TemporaryDirectory() as place:
        async with target() as well, target() as failing:
            failing.fail()
            async with service(Path(place), config(well.url, failing.url)) as running:
                await running.start()
                paths = {"home": "/en/", "incident": await incident_of(running)}
                for name, path in paths.items():
                    url = running.url + path
                    tell(name, [await audited(lighthouse, url, Path(place)) for _ in range(times)])
                await running.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lighthouse", default=shutil.which("lighthouse") or "")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    if not given.lighthouse:
        sys.exit("lighthouse is not installed: npm install lighthouse, then --lighthouse PATH")
    asyncio.run(main(given.lighthouse, given.times))
