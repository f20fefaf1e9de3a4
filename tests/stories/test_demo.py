"""The demo as a newcomer sees it: a real process, its words, its mailbox, its page."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

END_WITHIN_SECONDS = 15
STORY_WITHIN_SECONDS = 90

TOLD_IN_ORDER = (
    "Status page",
    "Mailbox",
    "The 90 days before today are made up",
    "All 5 checks have answered",
    "asked on the page for mails",
    "pressed the button",
    "Search failed once",
    "One failure is no incident",
    "Checkout answered slowly: latency",
    "Incident opened",
    "Payments stopped answering: connection refused",
    "Nobody has been told yet: two more looks first",
    "Payments is down for sure",
    "An operator wrote “Cause found”",
    "All checks pass",
    "The operator wrote “Watching”",
    "Resolved.",
    "Checkout became slow",
    "Payments went down",
    "Ctrl-C to stop",
)


@dataclass
class Demo:
    """`upfront demo --fast`, and what it printed so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    @property
    def printed(self) -> str:
        return "".join(self.lines)

    def address(self, name: str) -> str:
        found = re.search(rf"^  {name}\s+(\S+)$", self.printed, re.MULTILINE)
        assert found, self.printed
        return found[1].rstrip("/")

    async def until(self, words: str) -> None:
        """Read on until these words are printed."""
        assert self.process.stdout is not None
        async with asyncio.timeout(STORY_WITHIN_SECONDS):
            while words not in self.printed:
                line = await self.process.stdout.readline()
                assert line, self.printed
                self.lines.append(line.decode())

    async def stop(self) -> int:
        """Press Ctrl-C; the exit status."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(END_WITHIN_SECONDS):
            self.lines.append((await self.process.stdout.read()).decode())
            return await self.process.wait()


@contextlib.asynccontextmanager
async def demo(folder: Path, *options: str) -> AsyncIterator[Demo]:
    """The demo, running; its temporary folder is made within `folder`."""
    root = Path(__file__).parent.parent.parent
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor", "demo", "--port", "0", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(folder), "TZ": "UTC"},
    )  # fmt: skip
    try:
        yield Demo(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def fetch(url: str) -> Any:
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        assert answer.status == 200
        return await answer.json(content_type=None)


@pytest.mark.timeout(150)
async def test_the_story_is_told_as_it_happens_and_can_be_checked(tmp_path):
    async with demo(tmp_path, "--fast", "--seed", "7") as running:
        await running.until("Ctrl-C to stop")
        page, mailbox = running.address("Status page"), running.address("Mailbox")
        arrived = (await fetch(f"{mailbox}/items.json"))["items"]
        incidents = (await fetch(f"{page}/api/v2/incidents.json"))["incidents"]
        components = (await fetch(f"{page}/api/v2/components.json"))["components"]
        assert await running.stop() == 0

    said = [running.printed.find(words) for words in TOLD_IN_ORDER]
    assert -1 not in said, (TOLD_IN_ORDER[said.index(-1)], running.printed)
    assert said == sorted(said), running.printed

    told = [
        item["subject"] for item in reversed(arrived) if item["recipient"] == "kim@customer.example"
    ]
    assert told[1:] == [
        "Investigating: Checkout is slow",
        "Investigating: Payments is down, Checkout is slow",
        "Cause found: Payments is down, Checkout is slow",
        "Checkout and Payments are working again; we keep watching",
        "Resolved: Payments was down, Checkout was slow",
    ]
    assert {item["channel"] for item in arrived} == {"mail", "webhook"}

    newest = incidents[0]
    assert newest["status"] == "resolved"
    assert newest["impact"] == "critical"
    assert [update["status"] for update in reversed(newest["incident_updates"])] == [
        "investigating", "investigating", "identified", "monitoring", "resolved",
    ]  # fmt: skip
    assert len(incidents) > 5
    assert {component["status"] for component in components} == {"operational"}

    [folder] = tmp_path.iterdir()
    assert [path.name for path in folder.iterdir()] == ["checks.yaml"]


async def test_it_can_be_stopped_in_the_middle(tmp_path):
    async with demo(tmp_path, "--fast") as running:
        await running.until("All 5 checks have answered")
        assert await running.stop() == 0
    assert "Traceback" not in running.printed
    assert "Stopped." in running.printed
