"""The socket beside the database, and what it answers; the reload that takes a token."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from incidents.board import Board
from monitor.config import load
from monitor.control import Control, control_app, offer_reload
from monitor.control_client import running
from monitor.control_socket import CannotControl, open_socket, socket_path
from monitor.running import Reload, Running
from monitor.secrets import control_token
from tests.clock import START

FILE = """
version: 1
page: {name: Acme}
channels: {mail: {host: mail.example, from: a@b.example, password: "${env:SMTP_PASSWORD}"}}
components:
  shop:
    name: Shop
    checks:
      api: {http: {url: "https://shop.example/", bearer_token: "s3cret"}, interval: 10s}
"""


@dataclass
class Answers:
    """A reloader that answers as a test wants."""

    result: str = "adopted"
    digest: str = "abc"
    asked: int = 0
    last: Reload | None = field(default=None)

    async def reload(self) -> Reload:
        self.asked += 1
        self.last = Reload(self.result, START)
        return self.last


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def control(tmp_path: Path, answers: Answers) -> Control:
    path = tmp_path / "checks.yaml"
    path.write_text(FILE)
    loaded = load(path, environ={"SMTP_PASSWORD": "hunter2"})
    assert loaded.config is not None
    config = loaded.config
    return Control(answers, lambda: config, Board, START)


async def test_it_tells_what_runs_and_no_secrets(control: Control) -> None:
    raw = await control.running()
    assert b"hunter2" not in raw
    assert b"s3cret" not in raw
    told = msgspec.json.decode(raw, type=Running)
    check = told.checks["shop/api"]
    assert (check.kind, check.target, check.interval) == ("http", "https://shop.example/", "10s")
    assert told.components["shop"]["name"] == "Shop"
    assert (told.digest, told.since_at, told.probes_per_minute) == ("abc", START, 6)
    assert told.settings["page.name"] == "Acme"


@pytest.mark.parametrize(
    ("result", "status"), [("adopted", 200), ("unchanged", 200), ("refused", 422), ("failed", 503)]
)
async def test_a_reload_answers_what_happened(
    control: Control, answers: Answers, result: str, status: int
) -> None:
    answers.result = result
    async with TestClient(TestServer(control_app(control))) as client:
        answer = await client.post("/v1/reload")
        assert answer.status == status
        assert (await answer.json())["result"] == result
        assert (await (await client.get("/v1/running")).json())["reload"]["result"] == result


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer ", "Basic abc", "Bearer ü"])
async def test_without_the_token_nobody_reloads_over_tcp(
    control: Control, answers: Answers, given: str | None
) -> None:
    app = web.Application()
    offer_reload(app, control, "right")
    async with TestClient(TestServer(app)) as client:
        headers = {"Authorization": given} if given else {}
        answer = await client.post("/api/v1/reload", headers=headers)
        assert (answer.status, answers.asked) == (401, 0)
        answer = await client.post("/api/v1/reload", headers={"Authorization": "Bearer right"})
        assert (answer.status, answers.asked) == (200, 1)


def test_the_token_is_made_once_and_only_for_us(tmp_path: Path) -> None:
    token = control_token(tmp_path / "upfront.db")
    assert len(token) >= 32
    assert control_token(tmp_path / "upfront.db") == token
    assert stat.S_IMODE((tmp_path / "control_token").stat().st_mode) == 0o600


def test_the_socket_is_ours_alone_and_replaces_one_that_was_left(tmp_path: Path) -> None:
    storage = f"sqlite:{tmp_path}/upfront.db"
    for _ in range(2):
        opened = open_socket(storage)
        assert stat.S_IMODE(socket_path(storage).stat().st_mode) == 0o600
        opened.close()


def test_a_path_too_long_for_a_socket_is_said_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(CannotControl, match=r"at most 103; .* `storage` names a shorter one"):
        open_socket(f"sqlite:{tmp_path}/{'x' * 100}/upfront.db")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotControl, match="cannot be made: No such file"):
        open_socket(f"sqlite:{tmp_path}/gone/upfront.db")


async def test_the_client_reads_what_runs(control: Control, tmp_path: Path) -> None:
    storage = f"sqlite:{tmp_path}/upfront.db"
    runner = web.AppRunner(control_app(control))
    await runner.setup()
    await web.SockSite(runner, open_socket(storage)).start()
    told = await asyncio.to_thread(running, storage)
    assert told is not None
    assert list(told.checks) == ["shop/api"]
    await runner.cleanup()
    assert await asyncio.to_thread(running, storage) is None


def test_nobody_there_is_no_error_whether_a_socket_was_left_or_not(tmp_path: Path) -> None:
    storage = f"sqlite:{tmp_path}/upfront.db"
    assert running(storage) is None
    left = socket.socket(socket.AF_UNIX)
    left.bind(os.fspath(tmp_path / "upfront.sock"))
    left.close()
    assert running(storage) is None
