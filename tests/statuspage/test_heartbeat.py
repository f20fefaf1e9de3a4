"""Reporting over HTTP: what programs send, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import TestClient, TestServer

from incidents.ports import StorageError
from statuspage import web
from statuspage.api.heartbeat import KEPT_BYTES, READ_BYTES
from statuspage.ports import BeatAnswer
from statuspage.service import Service
from tests.statuspage import examples


@dataclass
class PlayedBeats:
    """Takes what is reported to "good"; "busy" is too often, "full" cannot be kept."""

    taken: list[tuple[str, str]] = field(default_factory=list)

    async def beat(self, token: str, word: str, body: str) -> BeatAnswer:
        if token == "full":
            raise StorageError("the disk is full")
        if token == "good" and word != "nonsense":
            self.taken.append((word, body))
            return BeatAnswer.TAKEN
        return BeatAnswer.TOO_OFTEN if token == "busy" else BeatAnswer.UNKNOWN


@pytest.fixture
def beats() -> PlayedBeats:
    return PlayedBeats()


@pytest.fixture
async def client(open_site, beats) -> AsyncIterator[TestClient]:
    site = await open_site(examples.all_good())
    service = Service(site.publisher, beats=beats)
    async with TestClient(TestServer(web.application(service))) as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("word", ["", "start", "fail", "0", "17"])
async def test_a_beat_is_taken(client, beats, method, word):
    answer = await client.request(method, f"/beat/good/{word}" if word else "/beat/good")
    assert answer.status == 200
    assert await answer.text() == ("" if method == "HEAD" else "OK\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert beats.taken == [(word, "")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not(client, beats, method):
    answer = await client.request(method, "/beat/good")
    assert answer.status == 405
    assert answer.headers["Allow"].split(",") == ["GET", "HEAD", "POST"]
    assert beats.taken == []


@pytest.mark.parametrize("path", ["/beat/other", "/beat/good/nonsense", "/beat/other/start"])
async def test_what_is_unknown_is_answered_alike(client, path):
    answer = await client.post(path, data=b"x")
    assert (answer.status, await answer.text()) == (404, "there is no such heartbeat\n")


async def test_a_site_without_beats_has_no_such_address(open_site):
    site = await open_site(examples.all_good())
    assert (await site.client.get("/beat/good")).status == 404


async def test_too_often_is_told_with_when_to_come_back(client):
    answer = await client.get("/beat/busy")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")


async def test_what_cannot_be_kept_is_not_said_to_be(client):
    answer = await client.get("/beat/full")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert "disk" not in await answer.text()


async def test_programs_elsewhere_may_post(client, beats):
    answer = await client.post("/beat/good", headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 200
    assert beats.taken == [("", "")]


async def test_the_end_of_a_body_is_kept(client, beats):
    await client.post("/beat/good/1", data=b"begin " + b"x" * 50_000 + " end é\n".encode())
    [(word, body)] = beats.taken
    assert word == "1"
    assert body.endswith(" end é\n")
    assert len(body.encode()) == KEPT_BYTES


async def test_bytes_that_are_no_text_are_taken_as_well(client, beats):
    await client.post("/beat/good", data=b"\xff\xfe ok")
    assert beats.taken == [("", "�� ok")]


async def test_a_body_without_end_is_not_read_to_its_end(client, beats):
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    answer = await client.post("/beat/good", data=endless())
    assert answer.status == 200
    [(_, body)] = beats.taken
    assert len(body) == KEPT_BYTES < READ_BYTES


async def test_a_job_that_dies_while_it_reports_has_not_reported(client, beats):
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"POST /beat/good HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await client.get("/beat/good")).status == 200
    assert beats.taken == [("", "")]
