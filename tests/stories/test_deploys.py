"""The real service is told of releases: by the command, over the API, by the recipe's script."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from incidents.signals import DeployMarker
from monitor.secrets import control_token
from monitor.storage import open_store
from tests.service import Service, service
from tests.stories.story import Story

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "recipes" / "releases.sh"
CONFIG = """
version: 1
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
components:
  shop:
    checks:
      front: {tcp: "127.0.0.1:{public}"}
  phone:
"""

LEARNED = """
version: 1
defaults: {interval: 30s}
components:
  shop:
    checks:
      front: {tcp: "shop.example:443"}
"""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with service(tmp_path, CONFIG) as made:
        await made.start()
        yield made


async def ran(running: Service, *command: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of a program, run beside the service's file."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=running.config.parent, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def deploy(running: Service, *words: str, **environment: str) -> tuple[int, str]:
    """`upfront deploy` with these words."""
    return await ran(running, sys.executable, "-m", "monitor", "deploy", *words, **environment)


async def kept(running: Service) -> list[tuple[str, bool, str]]:
    """The markers on disk, once the service is gone."""
    await running.kill()
    store = open_store(f"sqlite:{running.config.with_name('upfront.db')}")
    await store.start()
    signals = [one.signal async for one in store.signals.since(0)]
    await store.close()
    markers = [one for one in signals if isinstance(one, DeployMarker)]
    return [(one.component, one.began, one.note) for one in markers]


def token(running: Service) -> str:
    return control_token(running.config.with_name("upfront.db"))


async def test_a_marker_that_was_answered_survives_a_kill(running):
    status, out = await deploy(running, "start", "shop", "--note", "v1.2")
    assert status == 0
    assert out.startswith("shop: the release began at ")
    assert "for 30 minutes at most" in out
    status, out = await deploy(running, "end", "shop")
    assert (status, "Failures and slowness count from now on." in out) == (0, True)
    assert await kept(running) == [("shop", True, "v1.2"), ("shop", False, "")]
    await running.start()
    assert (await deploy(running, "end", "shop"))[0] == 0
    assert len(await kept(running)) == 3


async def test_a_script_is_answered_in_json(running):
    status, out = await deploy(running, "start", "phone", "--json")
    told = json.loads(out)
    assert status == 0
    assert (told["component"], told["phase"], told["checks"]) == ("phone", "start", 0)


async def test_a_component_that_there_is_not_is_used_wrongly(running):
    status, out = await deploy(running, "start", "shpo")
    assert (status, 'no component "shpo", did you mean "shop"?' in out) == (2, True)
    status, out = await deploy(running, "start", "shop/front")
    assert (status, 'did you mean "shop"?' in out) == (2, True)
    assert await kept(running) == []


async def test_it_goes_over_the_internal_listener_for_whoever_has_the_token(running):
    url = f"http://127.0.0.1:{running.internal}"
    status, _ = await deploy(running, "start", "shop", "--url", url, UPFRONT_TOKEN=token(running))
    assert status == 0
    status, out = await deploy(running, "end", "shop", UPFRONT_URL=url, UPFRONT_TOKEN="wrong")
    assert (status, "it answers with 401" in out) == (1, True)
    status, out = await deploy(running, "end", "shop", "--url", url, UPFRONT_TOKEN="")
    assert (status, "--url wants UPFRONT_TOKEN" in out) == (2, True)
    assert await kept(running) == [("shop", True, "")]


async def test_where_no_service_runs_it_says_so(running):
    await running.kill()
    status, out = await deploy(running, "start", "shop")
    assert (status, "no service answers at upfront.sock" in out) == (1, True)


async def test_a_marker_is_not_taken_while_the_disk_is_full(running):
    running.limit_files_to(8192)
    status, out = await deploy(running, "start", "shop")
    assert (status, "not marked, try again" in out) == (1, True)
    running.limit_files_to(None)
    async with asyncio.timeout(20):
        while (await deploy(running, "start", "shop"))[0] != 0:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


async def test_the_public_has_no_way_to_mark_a_release(running):
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{running.url}/api/v1/deploys/shop/start") as answer,
    ):
        assert answer.status == 404


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing; apt-get install curl")
@pytest.mark.parametrize(("work", "status"), [("true", 0), ("false", 1)])
async def test_the_recipes_script_marks_both_ends_however_the_release_ends(
    running, work: str, status: int
):
    folder = running.config.parent
    (folder / "deploy.sh").write_text(f"#!/bin/sh\n{work}\n")
    (folder / "deploy.sh").chmod(0o755)
    ended, out = await ran(
        running, "bash", "-e", str(SCRIPT), UPFRONT=f"http://127.0.0.1:{running.internal}",
        UPFRONT_TOKEN=token(running), GITHUB_SHA="4f2a & more",
    )  # fmt: skip
    assert ended == status, out
    note = "4f2a & more"
    assert await kept(running) == [("shop", True, note), ("shop", False, note)]


def test_what_a_release_breaks_is_told_once_it_has_ended(tmp_path: Path):
    story = Story(tmp_path, LEARNED).passes("10m")
    well = story.headline()
    story.replay.feed(DeployMarker("shop", story.now, began=True))
    story.fails("shop/front").passes("90s")
    assert story.headline() == well
    story.replay.feed(DeployMarker("shop", story.now, began=False))
    story.passes("4m")
    assert story.shown("shop")[-1] == "major_outage"


def test_that_nothing_works_for_minutes_is_told_though_a_release_runs(tmp_path: Path):
    story = Story(tmp_path, LEARNED).passes("10m")
    story.replay.feed(DeployMarker("shop", story.now, began=True))
    story.fails("shop/front").passes("5m")
    assert story.shown("shop")[-1] == "major_outage"


def test_a_rule_of_ones_own_knows_nothing_of_releases(tmp_path: Path):
    rule = "confirm: {fail: 3/3, recover: 2/2}"
    story = Story(tmp_path, LEARNED.replace("interval: 30s", f"interval: 30s, {rule}"))
    story.passes("10m").replay.feed(DeployMarker("shop", story.now, began=True))
    story.fails("shop/front").passes("4m")
    assert story.shown("shop")[-1] == "major_outage"
