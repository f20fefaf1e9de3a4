"""The internal listener: what a scraper and a supervisor ask."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from checks.model import Check, ProbeRequest, Result
from monitor.blackbox import Blackbox
from monitor.internal import internal_app
from monitor.metrics import PrometheusMeter
from tests.clock import FakeClock


async def never_asked(check: Check, request: ProbeRequest) -> Result:
    raise AssertionError("nobody asked for a probe")


class Scene:
    """The application over a real socket, with a meter to fill."""

    def __init__(self) -> None:
        self.meter = PrometheusMeter()
        self.clock = FakeClock()
        self.missing: list[str] = []
        self.remarks: list[str] = []
        self.refreshed = 0

    def refresh(self) -> None:
        self.refreshed += 1
        self.meter.gauge("upfront_outbox_pending", self.refreshed)

    async def unready(self) -> Sequence[str]:
        return self.missing

    async def client(self, aiohttp_client: AiohttpClient) -> TestClient:
        blackbox = Blackbox({}, never_asked, self.clock)
        app = internal_app(
            registry=self.meter.registry,
            refresh=self.refresh,
            unready=self.unready,
            remarks=lambda: self.remarks,
            blackbox=blackbox,
            clock=self.clock,
        )
        return await aiohttp_client(app)


async def test_metrics_are_served_in_prometheus_format(aiohttp_client):
    scene = Scene()
    client = await scene.client(aiohttp_client)
    scene.meter.gauge("upfront_build_info", 1, version="1.2.3")
    answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert 'upfront_build_info{version="1.2.3"} 1.0' in await answer.text()


async def test_a_scraper_that_prefers_openmetrics_gets_it(aiohttp_client):
    client = await Scene().client(aiohttp_client)
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = await client.get("/metrics", headers=accept)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert (await answer.text()).endswith("# EOF\n")


async def test_one_rendering_serves_everybody_within_a_second(aiohttp_client):
    scene = Scene()
    client = await scene.client(aiohttp_client)

    async def pending() -> str:
        text = await (await client.get("/metrics")).text()
        return next(line for line in text.splitlines() if line.startswith("upfront_outbox_pending"))

    together = await asyncio.gather(*(pending() for _ in range(10)))
    assert set(together) == {"upfront_outbox_pending 1.0"}
    await scene.clock.advance(timedelta(seconds=1))
    assert await pending() == "upfront_outbox_pending 2.0"


async def test_a_large_answer_is_compressed_for_who_can_read_that(aiohttp_client):
    client = await Scene().client(aiohttp_client)
    answer = await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = await client.get("/metrics", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


async def test_it_is_alive_whether_or_not_it_is_ready(aiohttp_client):
    scene = Scene()
    scene.missing = ["no probe has answered yet"]
    client = await scene.client(aiohttp_client)
    assert (await client.get("/healthz")).status == 200


async def test_it_is_ready_when_nothing_is_missing_and_says_what_is(aiohttp_client):
    scene = Scene()
    scene.missing = ["no probe has answered yet", "the database cannot be written"]
    client = await scene.client(aiohttp_client)
    answer = await client.get("/readyz")
    assert answer.status == 503
    assert (await answer.text()).splitlines() == scene.missing
    scene.missing = []
    assert (await client.get("/readyz")).status == 200


async def test_what_is_worth_knowing_stands_below_the_ok_and_keeps_nobody_from_being_ready(
    aiohttp_client,
):
    scene = Scene()
    client = await scene.client(aiohttp_client)
    scene.remarks = ["no canary answers at fra"]
    answer = await client.get("/readyz")
    assert (answer.status, await answer.text()) == (200, "ok\nno canary answers at fra\n")
    scene.missing = ["waiting"]
    answer = await client.get("/readyz")
    assert (answer.status, await answer.text()) == (503, "waiting\nno canary answers at fra\n")
