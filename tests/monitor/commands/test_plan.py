"""`upfront plan` as a person and as a script meets it, with and without a running service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from incidents.board import Board
from incidents.policy import Policy
from incidents.signals import DeployMarker
from monitor.commands import main
from monitor.config.load import load
from monitor.control import Control, control_app
from monitor.control_socket import open_socket
from monitor.deploys import Deploys
from monitor.running import Reload
from tests.clock import START, FakeClock

STORAGE = "sqlite:upfront.db"
FILE = f"""version: 1
page: {{name: Acme, url: https://status.example}}
storage: {STORAGE}
components:
  shop: {{name: Shop, checks: {{api: {{tcp: "shop.example:443"}}}}}}
"""


class Still:
    """A reloader that has nothing to tell."""

    digest = "abc"
    last: Reload | None = None

    async def reload(self) -> Reload:
        raise AssertionError("a plan changes nothing")


@dataclass
class Unmarked:
    """What judges, when no release is marked."""

    policy: Policy

    def release_until(self, component: str) -> datetime | None:
        return None

    async def hear(self, marker: DeployMarker, /) -> None:
        raise AssertionError("a plan marks nothing")


@pytest.fixture
async def served(folder: Path) -> AsyncIterator[None]:
    config = load(folder / "checks.yaml").config
    assert config is not None
    control = Control(Still(), lambda: config, Board, START)
    runner = web.AppRunner(control_app(control, Deploys(Unmarked(config.policy), FakeClock())))
    await runner.setup()
    await web.SockSite(runner, open_socket(STORAGE)).start()
    yield
    await runner.cleanup()


def ran(*options: str) -> Result:
    return CliRunner().invoke(main, ["plan", *options])


def test_without_a_service_everything_is_new(folder: Path) -> None:
    result = ran()
    assert result.exit_code == 0
    first, *_, last = result.output.splitlines()
    assert first == (
        "No service runs on sqlite:upfront.db (seen from this folder), so everything is new."
    )
    assert last == "1 component added, 1 check added, 4 settings changed."


def test_a_wrong_file_is_answered_as_validate_does(folder: Path) -> None:
    (folder / "checks.yaml").write_text(FILE.replace("name: Shop", "naem: Shop"))
    result, validated = ran(), CliRunner().invoke(main, ["validate"])
    assert (result.exit_code, result.output) == (1, validated.output)
    assert json.loads(ran("--json").output)["right"] is False


@pytest.mark.usefixtures("served")
async def test_the_same_file_would_change_nothing() -> None:
    result = await asyncio.to_thread(ran)
    assert result.exit_code == 0
    assert result.output == (
        "Compared with the service that runs since 2026-03-02 09:00 UTC:\nNothing would change.\n"
    )


@pytest.mark.usefixtures("served")
async def test_a_change_is_told_in_words(folder: Path) -> None:
    (folder / "checks.yaml").write_text(
        FILE.replace("443", "444").replace("Acme", "Acme Ltd").replace("api:", "till:")
        + "  phone: {name: Phone support}\n"
    )
    result = await asyncio.to_thread(ran)
    assert result.exit_code == 0
    assert result.output.splitlines()[1:] == [
        "",
        "Components",
        "  + phone",
        "      appears on the page as “Phone support”, set by operators",
        "",
        "Checks",
        "  + shop/till",
        "      tcp shop.example:444, every 30s from local",
        "  - shop/api",
        "      is probed no more; what was measured is kept",
        "",
        "Settings",
        "  ~ page.name: Acme -> Acme Ltd",
        "",
        "2 probes a minute.",
        "1 component added, 1 check added, 1 check removed, 1 setting changed.",
    ]


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("change", "worth"), [("sensitivity: calm", True), ("confirm: {}", True), ("name: Door", False)]
)
async def test_a_change_of_how_it_is_judged_leads_to_a_backtest(
    folder: Path, change: str, worth: bool
) -> None:
    edited = FILE.replace('443"', f'443", {change}')
    (folder / "my edit.yaml").write_text(edited)
    output = (await asyncio.to_thread(ran, "my edit.yaml")).output
    assert "1 check changed." in output
    lead = "What it would have told lately: upfront backtest 'my edit.yaml'"
    assert (lead in output) is worth


@pytest.mark.usefixtures("served")
async def test_a_script_reads_the_same_as_json(folder: Path) -> None:
    (folder / "checks.yaml").write_text(FILE.replace("443", "444"))
    result = await asyncio.to_thread(ran, "--json")
    told = json.loads(result.output)
    assert told["running"] is True
    [check] = told["checks"]
    assert (check["id"], check["what"]) == ("shop/api", "changed")
    assert check["effects"] == ["asks another question: evidence begins anew, history stays"]


def test_a_service_that_cannot_be_asked_is_said(folder: Path) -> None:
    (folder / "checks.yaml").write_text(FILE.replace("upfront.db", f"{'x' * 120}/upfront.db"))
    result = ran()
    assert result.exit_code == 2
    assert "at most 103" in result.output


def test_there_must_be_a_file(folder: Path) -> None:
    assert ran("gone.yaml").exit_code == 2


def test_canaries_are_settings_and_their_probes_are_counted(folder: Path) -> None:
    (folder / "checks.yaml").write_text(
        FILE
        + 'connectivity: [{tcp: "192.0.2.1:53"}, {tcp: "198.51.100.7:443"}, {icmp: 10.1.2.3}]\n'
    )
    lines = ran().output.splitlines()
    assert "  + connectivity/1: tcp 192.0.2.1:53, every 1m from local" in lines
    assert "5 probes a minute, 0 before." in lines
    assert lines[-1] == "1 component added, 1 check added, 7 settings changed."
