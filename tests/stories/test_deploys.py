"""The real service is told of releases: by the command, over the API, by the recipe's script."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import chdir, closing
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from click.testing import CliRunner

from incidents.signals import DeployMarker
from monitor.commands import main
from monitor.secrets import control_token
from tests.imported import imported
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
  jobs: {checks: {nightly: {heartbeat: {every: 1h}}}}
  mixed:
    checks:
      plain: {tcp: "127.0.0.1:{public}", confirm: {fail: 2/2}}
      learned: {tcp: "127.0.0.1:{public}"}
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


Marker = tuple[str, bool, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A service that most tests share."""
    async with service(tmp_path_factory.mktemp("deploys"), CONFIG, imported) as made:
        await made.start()
        yield made


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[Service]:
    """One of its own, for a test that ends it."""
    async with service(tmp_path, CONFIG, imported) as made:
        await made.start()
        yield made


@pytest.fixture
def marked(running: Service) -> Callable[[], list[Marker]]:
    """Tells which markers have come to the shared service's disk since the test began."""
    before = len(kept(running))
    return lambda: kept(running)[before:]


def kept(on: Service) -> list[Marker]:
    """The markers on disk, read beside the service or after it."""
    uri = f"file:{on.config.with_name('upfront.db')}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        query = "SELECT data FROM signals WHERE type = 'deploy' ORDER BY position"
        rows = [json.loads(data) for (data,) in database.execute(query)]
    return [(row["component"], row["began"], row.get("note", "")) for row in rows]


async def ran(on: Service, *command: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of a program, run beside the service's file."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=on.config.parent, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def deploy(on: Service, *words: str, **environment: str) -> tuple[int, str]:
    """`upfront deploy` with these words, in this process and beside the service's file."""
    with chdir(on.config.parent):
        command = partial(CliRunner(env=environment).invoke, main, ["deploy", *words])
        outcome = await asyncio.to_thread(command)
    return outcome.exit_code, outcome.output


def token(on: Service) -> str:
    return control_token(on.config.with_name("upfront.db"))


async def test_a_marker_that_was_answered_survives_a_kill(mortal):
    command = (sys.executable, "-m", "monitor", "deploy", "start", "shop", "--note", "v1.2")
    status, out = await ran(mortal, *command)
    assert status == 0
    assert out.startswith("shop: the release began at ")
    assert "for 30 minutes at most" in out
    status, out = await deploy(mortal, "end", "shop")
    assert (status, "Failures and slowness count from now on." in out) == (0, True)
    assert "shop: the release that began " in out
    assert (await deploy(mortal, "start", "shop"))[0] == 0
    await mortal.kill()
    assert kept(mortal) == [("shop", True, "v1.2"), ("shop", False, ""), ("shop", True, "")]
    await mortal.start()
    status, out = await deploy(mortal, "end", "shop")
    assert (status, "shop: the release that began " in out) == (0, True)
    assert len(kept(mortal)) == 4


async def test_an_end_without_a_start_is_said_and_breaks_no_pipeline(running):
    for _ in range(2):
        status, out = await deploy(running, "end", "mixed")
        assert status == 0
    assert "mixed: the end of a release is marked at " in out
    assert "No start of it was marked, or more than 30 minutes ago" in out
    assert json.loads((await deploy(running, "end", "mixed", "--json"))[1])["began_at"] is None


async def test_checks_that_heed_no_release_are_said_to_be_judged_as_ever(running):
    status, out = await deploy(running, "start", "jobs")
    assert (status, "All its checks are judged as ever" in out) == (0, True)
    assert "only a total outage" not in out
    await deploy(running, "start", "mixed")
    status, out = await deploy(running, "end", "mixed")
    assert (status, "Failures and slowness count" in out) == (0, True)
    assert "1 of its checks is judged as ever: by `confirm`" in out
    status, out = await deploy(running, "start", "phone")
    assert (status, "It has no checks" in out) == (0, True)


async def test_an_address_without_its_scheme_is_used_wrongly(running, marked):
    url = f"127.0.0.1:{running.internal}"
    status, out = await deploy(running, "start", "shop", "--url", url, UPFRONT_TOKEN=token(running))
    assert (status, f"--url begins with http:// or https://: http://{url}" in out) == (2, True)
    assert marked() == []


async def test_an_address_where_nobody_listens_is_said_and_no_other_way_in(running):
    status, out = await deploy(running, "start", "shop", "--url", "http://127.0.0.1:1",
                               UPFRONT_TOKEN=token(running))  # fmt: skip
    assert (status, "no service answers at http://127.0.0.1:1\n" in out) == (1, True)


async def test_a_script_is_answered_in_json(running):
    status, out = await deploy(running, "start", "phone", "--json")
    told = json.loads(out)
    assert status == 0
    assert (told["component"], told["phase"], told["checks"]) == ("phone", "start", 0)


async def test_a_component_that_there_is_not_is_used_wrongly(running, marked):
    status, out = await deploy(running, "start", "shpo")
    assert (status, 'no component "shpo", did you mean "shop"?' in out) == (2, True)
    status, out = await deploy(running, "start", "shop/front")
    assert (status, 'did you mean "shop"?' in out) == (2, True)
    assert marked() == []


async def test_it_goes_over_the_internal_listener_for_whoever_has_the_token(running, marked):
    url = f"http://127.0.0.1:{running.internal}"
    status, _ = await deploy(running, "start", "shop", "--url", url, UPFRONT_TOKEN=token(running))
    assert status == 0
    status, out = await deploy(running, "end", "shop", UPFRONT_URL=url, UPFRONT_TOKEN="wrong")
    assert (status, "it answers with 401" in out) == (1, True)
    status, out = await deploy(running, "end", "shop", "--url", url, UPFRONT_TOKEN="")
    assert (status, "--url wants UPFRONT_TOKEN" in out) == (2, True)
    assert marked() == [("shop", True, "")]


async def test_where_no_service_runs_it_says_so(tmp_path):
    async with service(tmp_path, CONFIG) as never_started:
        status, out = await ran(
            never_started, sys.executable, "-m", "monitor", "deploy", "start", "shop"
        )
    assert (status, "no service answers at upfront.sock" in out) == (1, True)


async def test_a_marker_is_not_taken_while_the_disk_is_full(mortal):
    mortal.limit_files_to(8192)
    status, out = await deploy(mortal, "start", "shop")
    assert (status, "not marked, try again" in out) == (1, True)
    mortal.limit_files_to(None)
    async with asyncio.timeout(20):
        while (await deploy(mortal, "start", "shop"))[0] != 0:  # noqa: ASYNC110 - another process
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
    running, marked, work: str, status: int
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
    assert marked() == [("shop", True, note), ("shop", False, note)]


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
