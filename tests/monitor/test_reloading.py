"""A reload is taken over, refused, found needless or put off; whoever asked is told which."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.clock import SystemClock
from incidents.ports import StorageError
from monitor.config.config import Config
from monitor.config.load import load
from monitor.reloading import Reloader
from monitor.running import Reload

FILE = "version: 1\ncomponents:\n  shop: {checks: {api: {tcp: 'shop.example:443'}}}\n"


@dataclass
class Service:
    """What a reloader works on; raises `trouble` instead of taking anything over."""

    config: Config
    started: Config
    clock: SystemClock = field(default_factory=SystemClock)
    trouble: Exception | None = None
    successes: list[bool] = field(default_factory=list)

    async def adopt(self, config: Config) -> None:
        if self.trouble:
            raise self.trouble
        self.config = config

    def reloaded(self, *, ok: bool) -> None:
        self.successes.append(ok)


@dataclass
class Desk:
    """A file, a service that runs by it, and the reloader between them."""

    file: Path
    service: Service
    reloader: Reloader

    async def reload(self, text: str) -> Reload:
        self.file.write_text(text)
        async with asyncio.timeout(20):
            return await self.reloader.reload()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    file = tmp_path / "checks.yaml"
    file.write_text(FILE)
    loaded = load(file)
    assert loaded.config is not None
    service = Service(loaded.config, loaded.config)
    made = Desk(file, service, Reloader(file, loaded, service))
    task = asyncio.create_task(made.reloader.run())
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_right_file_is_taken_over(desk: Desk) -> None:
    told = await desk.reload(FILE.replace("443", "444"))
    assert (told.result, told.ok) == ("adopted", True)
    assert desk.service.config.checks["shop/api"].options.address.port == 444
    assert desk.reloader.last is told
    assert desk.service.successes[-1] is True


async def test_the_same_content_changes_nothing(desk: Desk) -> None:
    before = desk.service.config
    assert (await desk.reload(FILE)).result == "unchanged"
    assert desk.service.config is before


async def test_a_wrong_file_is_refused_with_its_issues_and_the_old_one_stays(desk: Desk) -> None:
    before, digest = desk.service.config, desk.reloader.digest
    told = await desk.reload(FILE.replace("tcp", "tpc"))
    assert (told.result, told.ok) == ("refused", False)
    assert [(issue.line, issue.level) for issue in told.issues] == [(3, "error")]
    assert 'unknown key "tpc"' in told.issues[0].message
    assert (desk.service.config, desk.reloader.digest) == (before, digest)
    assert desk.service.successes[-1] is False


async def test_a_file_put_right_again_ends_the_alarm(desk: Desk) -> None:
    await desk.reload("nonsense")
    assert (await desk.reload(FILE)).result == "unchanged"
    assert desk.service.successes[-1] is True


@pytest.mark.parametrize("trouble", [StorageError("the disk is full"), RuntimeError("a bug")])
async def test_what_cannot_be_recorded_waits_and_is_tried_again(
    desk: Desk, trouble: Exception
) -> None:
    desk.service.trouble = trouble
    told = await desk.reload(FILE.replace("443", "444"))
    assert told.result == "failed"
    assert str(trouble) in told.error
    assert desk.service.successes[-1] is False
    desk.service.trouble = None
    async with asyncio.timeout(20):
        assert (await desk.reloader.reload()).result == "adopted"


async def test_what_a_running_service_cannot_change_is_said_until_it_is_started_anew(
    desk: Desk,
) -> None:
    moved = FILE + "server: {public: '127.0.0.1:8088'}\nstorage: sqlite:other.db\n"
    pending = ("server.public", "storage")
    assert (await desk.reload(moved)).at_next_start == pending
    assert (await desk.reload(moved.replace("443", "444"))).at_next_start == pending
    assert (await desk.reload(FILE)).at_next_start == ()
