"""The socket beside the database, and what it answers; the reload that takes a token."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from incidents.board import Board
from incidents.policy import CheckPolicy, Component, Confirm, Policy
from incidents.ports import StorageError
from incidents.signals import DeployMarker
from monitor.config.load import load
from monitor.control import Control, control_app, offer_control
from monitor.control_client import running
from monitor.control_socket import CannotControl, open_socket, socket_path
from monitor.deploys import LONGEST_NOTE, Deploys, Marked
from monitor.running import Reload, Running
from monitor.secrets import control_token
from tests.clock import START, FakeClock

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


@dataclass
class Heard:
    """What was marked; `full` stands for a disk that takes nothing, `running` for a release."""

    policy: Policy
    markers: list[DeployMarker] = field(default_factory=list)
    full: bool = False
    running: datetime | None = None

    def release_until(self, component: str) -> datetime | None:
        return self.running

    async def hear(self, marker: DeployMarker, /) -> None:
        if self.full:
            raise StorageError("The disk is full.")
        self.markers.append(marker)


@pytest.fixture
def heard() -> Heard:
    shop = Component("shop", "Shop", checks=("shop/api", "shop/edge"), aliases=("store",))
    second = timedelta(seconds=1)
    checks = {id: CheckPolicy(id, second, second, ("local",)) for id in shop.checks}
    checks["shop/edge"] = replace(checks["shop/edge"], confirm=Confirm())
    phone = Component("phone", "Phone")
    return Heard(Policy(components={"shop": shop, "phone": phone}, checks=checks))


@pytest.fixture
def deploys(heard: Heard) -> Deploys:
    return Deploys(heard, FakeClock())


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
    control: Control, deploys: Deploys, answers: Answers, result: str, status: int
) -> None:
    answers.result = result
    async with TestClient(TestServer(control_app(control, deploys))) as client:
        answer = await client.post("/v1/reload")
        assert answer.status == status
        assert (await answer.json())["result"] == result
        assert (await (await client.get("/v1/running")).json())["reload"]["result"] == result


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer ", "Basic abc", "Bearer ü"])
async def test_without_the_token_nobody_reloads_over_tcp(
    control: Control, deploys: Deploys, answers: Answers, given: str | None
) -> None:
    app = web.Application()
    offer_control(app, control, deploys, "right")
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


async def test_the_client_reads_what_runs(
    control: Control, deploys: Deploys, tmp_path: Path
) -> None:
    storage = f"sqlite:{tmp_path}/upfront.db"
    runner = web.AppRunner(control_app(control, deploys))
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


# Releases ---------------------------------------------------------------------------------------


@pytest.fixture
async def client(control: Control, deploys: Deploys) -> AsyncIterator[TestClient]:
    """Speaks to the internal listener, with the token."""
    app = web.Application()
    offer_control(app, control, deploys, "right")
    headers = {"Authorization": "Bearer right"}
    async with TestClient(TestServer(app), headers=headers) as found:
        yield found


@pytest.mark.parametrize(("phase", "began"), [("start", True), ("end", False)])
async def test_a_release_is_marked_and_the_answer_says_what_was(
    client: TestClient, heard: Heard, phase: str, began: bool
) -> None:
    answer = await client.post(f"/api/v1/deploys/shop/{phase}", data={"note": " v1.2\n final "})
    told = await answer.json()
    assert (answer.status, told["component"], told["phase"]) == (200, "shop", phase)
    assert (told["checks"], told["as_ever"], told["note"]) == (1, 1, "v1.2 final")
    assert (told["until"] is not None) is began
    assert heard.markers == [DeployMarker("shop", START, began, "v1.2 final")]


@pytest.mark.parametrize(("left", "began"), [(20, True), (0, False), (-5, False), (None, False)])
async def test_an_end_says_when_what_it_ends_began_if_anything_did(
    client: TestClient, heard: Heard, left: int | None, began: bool
) -> None:
    heard.running = None if left is None else START + timedelta(minutes=left)
    answer = await client.post("/api/v1/deploys/shop/end")
    assert answer.status == 200
    told = msgspec.convert(await answer.json(), Marked)
    assert told.began_at == (START - timedelta(minutes=10) if began else None)


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({"json": {"note": "v2"}}, "v2"),
        ({"json": {}}, ""),
        ({"data": {}}, ""),
        ({"data": {"note": "x" * 500}}, "x" * LONGEST_NOTE),
    ],
)
async def test_a_note_comes_as_a_form_or_as_json_or_not_at_all(
    client: TestClient, heard: Heard, given: dict[str, object], note: str
) -> None:
    answer = await client.post("/api/v1/deploys/shop/start", **given)  # type: ignore[arg-type]
    assert answer.status == 200
    assert heard.markers[0].note == note


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"note": 3}'])
async def test_what_is_no_note_is_refused(client: TestClient, heard: Heard, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/v1/deploys/shop/start", data=body, headers=headers)
    assert (answer.status, heard.markers) == (400, [])


async def test_a_component_is_found_under_the_id_that_it_had(
    client: TestClient, heard: Heard
) -> None:
    assert (await (await client.post("/api/v1/deploys/store/start")).json())["component"] == "shop"
    assert heard.markers[0].component == "shop"


async def test_an_unknown_component_is_answered_with_the_one_that_was_meant(
    client: TestClient, heard: Heard
) -> None:
    answer = await client.post("/api/v1/deploys/shpo/start")
    told = (await answer.json())["error"]
    assert (answer.status, heard.markers) == (404, [])
    assert told == 'There is no component "shpo", did you mean "shop"?'


async def test_a_marker_that_cannot_be_kept_is_to_be_sent_again(
    client: TestClient, heard: Heard
) -> None:
    heard.full = True
    answer = await client.post("/api/v1/deploys/shop/start")
    assert answer.status == 503
    assert "try again: The disk is full." in (await answer.json())["error"]


@pytest.mark.parametrize("path", ["shop/stop", "shop", "shop/api/start"])
async def test_what_is_no_phase_is_not_found(client: TestClient, heard: Heard, path: str) -> None:
    assert (await client.post(f"/api/v1/deploys/{path}")).status == 404
    assert heard.markers == []


async def test_without_the_token_nobody_marks_a_release(client: TestClient, heard: Heard) -> None:
    headers = {"Authorization": "Bearer wrong"}
    answer = await client.post("/api/v1/deploys/shop/start", headers=headers)
    assert (answer.status, heard.markers) == (401, [])
