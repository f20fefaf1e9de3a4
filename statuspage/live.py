"""The live stream: server-sent events to thousands of open pages from one message each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

import msgspec
from aiohttp import web

from incidents.words import Words
from statuspage.guards import client_address
from statuspage.ports import Snapshot
from statuspage.publisher import Publisher
from statuspage.views import live
from statuspage.visit import Visit

AT_ONCE = 200
"""So many readers are woken before others get their turn."""

RETRY_SECONDS = range(2, 10)
"""Readers come back after a spread of pauses, not all in the same moment."""

_AGE = ("as_of", "as_of_said", "last_result_at", "last_result_said")
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may read along, and for how long one may leave a message lying.

    A company's readers may share an address; one machine's greed shall not shut out the others.
    A reader that is dropped for being slow comes back by itself if it is alive.
    """

    readers: int = 10_000
    from_one_address: int = 500
    slow_after: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Message:
    """A state as it is sent: whole, or only how old it is to readers who know the rest."""

    snapshot: Snapshot
    version: str
    state: bytes
    age: bytes


class Stream:
    """Who reads along, and what they are told: always the newest state, in their language.

    A reader that missed states gets the present one, after whatever it knew before, and
    fetches what it missed. `readers` is how many are connected; `limits` may be replaced.
    """

    def __init__(self, publisher: Publisher, limits: Limits = Limits()) -> None:
        """Follow a publisher."""
        self.limits = limits
        self.readers = 0
        self._publisher = publisher
        self._by_address: Counter[str] = Counter()
        self._waiting: set[asyncio.Event] = set()
        self._messages: dict[tuple[str, str], Message] = {}
        self._pauses = cycle(RETRY_SECONDS)
        self._waking: set[asyncio.Task[None]] = set()
        self._closed = False
        publisher.listeners.append(self._published)

    async def serve(self, visit: Visit) -> web.StreamResponse:
        """Tell one reader for as long as it listens.

        Raises:
            web.HTTPServiceUnavailable: There are too many already; pages then ask by themselves.
        """
        address = client_address(visit.request, visit.service.trusted_proxies)
        most = self.limits
        alone = self._by_address[address] >= most.from_one_address
        if self._closed or alone or self.readers >= most.readers:
            raise web.HTTPServiceUnavailable
        response = web.StreamResponse(headers={**visit.site.headers, **_HEADERS})
        await response.prepare(visit.request)
        with self._reading(address) as news:
            try:
                await self._tell(visit, response, news)
            except (TimeoutError, ConnectionError):
                if visit.request.transport is not None:
                    visit.request.transport.abort()
        return response

    async def close(self, _: object = None) -> None:
        """Let all readers go: the site is about to end."""
        self._closed = True
        for news in self._waiting:
            news.set()

    @contextmanager
    def _reading(self, address: str) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        self._waiting.add(news)
        self.readers += 1
        self._by_address[address] += 1
        try:
            yield news
        finally:
            self._waiting.discard(news)
            self.readers -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    async def _tell(self, visit: Visit, response: web.StreamResponse, news: asyncio.Event) -> None:
        told, slow_after = visit.request.headers.get("Last-Event-ID", ""), self.limits.slow_after
        await send(response, f"retry: {next(self._pauses)}000\n\n".encode(), slow_after)
        while not self._closed:
            news.clear()
            message = self._message(visit.site.page.id, visit.words.language)
            if message is None:
                return
            await send(
                response, message.age if message.version == told else message.state, slow_after
            )
            told = message.version
            await news.wait()

    def _message(self, page: str, language: str) -> Message | None:
        """The present state of a page, made once for all of its readers; None: it is gone."""
        site = next((site for site in self._publisher.sites if site.page.id == page), None)
        if site is None or language not in site.page.languages:
            return None
        message = self._messages.get((page, language))
        if message is None or message.snapshot is not site.snapshot:
            words = site.renderer_for(language).words
            message = self._messages[page, language] = _made(site.snapshot, words)
        return message

    def _published(self) -> None:
        task = asyncio.create_task(self._wake())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _wake(self) -> None:
        for number, news in enumerate(list(self._waiting), 1):
            news.set()
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


async def send(response: web.StreamResponse, message: bytes, within: timedelta) -> None:
    """Send to a reader.

    Raises:
        TimeoutError: The reader does not take what it was sent.
    """
    async with asyncio.timeout(within.total_seconds()):
        await response.write(message)


def _made(snapshot: Snapshot, words: Words) -> Message:
    now = live.now(snapshot, words)
    age = {name: getattr(now, name) for name in _AGE}
    state = msgspec.json.encode(now).decode()
    return Message(
        snapshot,
        now.version,
        f"id: {now.version}\nevent: state\ndata: {state}\n\n".encode(),
        f"event: age\ndata: {msgspec.json.encode(age).decode()}\n\n".encode(),
    )


STREAM = web.AppKey("STREAM", Stream)
