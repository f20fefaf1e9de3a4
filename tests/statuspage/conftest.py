"""A public site over a service that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from checks.rollup import LatencyPoint, Sketch
from incidents import words
from incidents.mistakes import Mistake
from incidents.model import Span
from incidents.ports import StorageError
from statuspage import assets, web
from statuspage.access import Locks
from statuspage.guards import networks
from statuspage.ports import Snapshot, Webhooks
from statuspage.publisher import Publisher
from statuspage.render import Renderer
from statuspage.service import Service
from tests.browsers import chromium
from tests.statuspage.scenes import NOW

if TYPE_CHECKING:
    from playwright.async_api import Browser

PROBLEM = "application/problem+json"
"""What our own API answers with when it cannot."""


@dataclass
class PlayedLive:
    """Hands out the snapshot that the test has set; `stir` says that it changed."""

    now: Snapshot
    broken: bool = False
    asked: int = 0
    _moves: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    async def snapshot(self) -> Snapshot:
        self.asked += 1
        if self.broken:
            raise OSError("the store does not answer")
        return self.now

    async def changes(self) -> AsyncIterator[int]:
        while True:
            yield await self._moves.get()

    def stir(self, snapshot: Snapshot) -> None:
        self.now = snapshot
        self._moves.put_nowait(snapshot.board.position)

    async def spans(self, from_at: datetime) -> Sequence[Span]:
        return self.now.spans

    async def latency(
        self, component: str, from_at: datetime, step: timedelta
    ) -> Sequence[LatencyPoint]:
        if self.broken:
            raise StorageError("the store does not answer")
        points = self.now.latencies.get(component, ())
        return [point for point in points if point.at >= from_at]

    async def latency_sketch(self, component: str, from_at: datetime) -> Sketch | None:
        sketch = Sketch()
        for point in await self.latency(component, from_at, timedelta(minutes=15)):
            if point.p50_seconds is not None:
                sketch.add(point.p50_seconds)
        return sketch if sketch.count else None


@dataclass
class PlayedIntake:
    """Remembers what it was asked; "good" is the one valid token."""

    asked: list[tuple[str, str, str, tuple[str, ...], str]] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def subscribe(
        self, page: str, channel: str, address: str, components: Sequence[str], language: str
    ) -> None:
        if "@" not in address:
            raise Mistake("mistake.mail_address")
        self.asked.append((page, channel, address, tuple(components), language))

    async def subscription(self, token: str) -> str | None:
        return "reader@customer.example" if token == "good" else None

    async def confirm(self, token: str) -> bool:
        self.confirmed.append(token)
        return token == "good"

    async def unsubscribe(self, token: str) -> bool:
        self.ended.append(token)
        return token == "good"


class PlayedClock:
    """Stands still until it is set forward; sleepers wake in order."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []
        self.asleep = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, span: timedelta) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._now + span, woken))
        self.asleep.set()
        await woken.wait()

    def advance(self, span: timedelta) -> None:
        self._now += span
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self._now]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self._now]
        self.asleep.clear()
        for _, woken in sorted(due, key=lambda sleeper: sleeper[0]):
            woken.set()


@dataclass
class Site:
    """A site that runs, and what it runs on."""

    client: TestClient
    live: PlayedLive
    intake: PlayedIntake
    publisher: Publisher
    clock: PlayedClock


Open = Callable[..., Awaitable[Site]]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(words.load("en"), assets.load(), "https://status.acme.example")


@pytest.fixture
def german() -> Renderer:
    """The German side of a page in several languages."""
    address = "https://status.acme.example"
    return Renderer(words.load("de"), assets.load(), address, "/de", home=f"{address}/de")


@pytest.fixture
async def open_site() -> AsyncIterator[Open]:
    """Opens sites on snapshots; closes them afterwards."""
    clients: list[TestClient] = []

    async def open_on(
        snapshot: Snapshot, *, trusted: Sequence[str] = (), webhooks: Webhooks | None = None
    ) -> Site:
        live, intake, clock = PlayedLive(snapshot), PlayedIntake(), PlayedClock()
        locks = Locks((b"k" * 32,), clock)
        publisher = Publisher(
            live, clock, web.made_pages(), address="http://127.0.0.1:8080", locks=locks
        )
        await publisher.publish()
        app = web.application(Service(publisher, intake, networks(trusted), webhooks=webhooks))
        client = TestClient(
            TestServer(app), auto_decompress=False, headers={"Accept-Encoding": "identity"}
        )
        clients.append(client)
        await client.start_server()
        return Site(client, live, intake, publisher, clock)

    yield open_on
    for client in clients:
        await client.close()


@pytest.fixture
async def ask(open_site: Open) -> Ask:
    """Asks our own API on a snapshot; tells what is answered, with this status and to anybody."""

    async def get(snapshot: Snapshot, path: str, status: int = 200) -> Any:
        site = await open_site(snapshot)
        answer = await site.client.get(path)
        assert answer.status == status
        told = await answer.json(content_type=None)
        if status != 200:
            assert answer.headers["Content-Type"] == PROBLEM
            assert told["status"] == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return told

    return get


@pytest.fixture
def _function_scoped_runner(_session_scoped_runner: asyncio.Runner) -> asyncio.Runner:
    """Tests of pages and their fixtures share one event loop, and so can share a browser.

    This is pytest-asyncio's fixture for the loop of one test. Its own settings change the loop for
    all tests of the project, or for one fixture and one test at a time.
    """
    return _session_scoped_runner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_chromium() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def browser(running_chromium: Browser, open_site: Open) -> AsyncIterator[Browser]:
    """Chromium, in the zone of the examples' page; whatever a test opens is closed after it.

    That is before its sites are: none of them is left while somebody connects to it.
    """
    yield running_chromium
    await close_tabs(running_chromium)


async def close_tabs(browser: Browser) -> None:
    """Close all that is open."""
    for context in browser.contexts:
        await context.close()
