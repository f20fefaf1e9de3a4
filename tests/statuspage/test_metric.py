"""Sending numbers over HTTP: what programs send, and what they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import TestClient, TestServer

from incidents.ports import StorageError
from statuspage import web
from statuspage.api.metric import MOST_BYTES
from statuspage.ports import Refused
from statuspage.service import Service
from tests.statuspage import examples


@dataclass
class PlayedValues:
    """Takes what is sent to "good"; "busy" is too often, "full" cannot be kept."""

    taken: list[bytes] = field(default_factory=list)

    async def push(self, token: str, body: bytes) -> str | Refused:
        if token == "full":
            raise StorageError("the disk is full")
        if token == "busy":
            return Refused(429, "that was too often", 60)
        if token != "good":
            return Refused(404, "there is no such metric")
        self.taken.append(body)
        return "OK"


@pytest.fixture
def values() -> PlayedValues:
    return PlayedValues()


@pytest.fixture
async def client(open_site, values) -> AsyncIterator[TestClient]:
    site = await open_site(examples.all_good())
    service = Service(site.publisher, values=values)
    async with TestClient(TestServer(web.application(service))) as client:
        yield client


async def test_a_number_is_taken(client, values):
    answer = await client.post("/metric/good", data=b"812")
    assert (answer.status, await answer.text()) == (200, "OK\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert values.taken == [b"812"]


async def test_programs_elsewhere_may_post(client, values):
    answer = await client.post(
        "/metric/good", data=b"1", headers={"Origin": "https://elsewhere.example"}
    )
    assert answer.status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not(client, values, method):
    answer = await client.request(method, "/metric/good")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert values.taken == []


async def test_an_unknown_address_is_answered_as_one_of_a_site_without_any(client, open_site):
    answer = await client.post("/metric/other", data=b"1")
    assert (answer.status, await answer.text()) == (404, "there is no such metric\n")
    site = await open_site(examples.all_good())
    without = await site.client.post("/metric/good", data=b"1")
    assert (without.status, await without.text()) == (404, "there is no such metric\n")


async def test_too_often_is_told_with_when_to_come_back(client):
    answer = await client.post("/metric/busy", data=b"1")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")


async def test_what_cannot_be_kept_is_not_said_to_be(client):
    answer = await client.post("/metric/full", data=b"1")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert "disk" not in await answer.text()


async def test_a_body_may_be_so_long_and_no_longer(client, values):
    assert (await client.post("/metric/good", data=b"1" * MOST_BYTES)).status == 200
    answer = await client.post("/metric/good", data=b"1" * (MOST_BYTES + 1))
    assert answer.status == 413
    assert await answer.text() == "that is too much: at most 64 KiB at once\n"
    assert len(values.taken) == 1


async def test_a_body_without_end_is_not_read_to_its_end(client, values):
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"1" * 65_536

    answer = await client.post("/metric/good", data=endless())
    assert answer.status == 413
    assert values.taken == []
