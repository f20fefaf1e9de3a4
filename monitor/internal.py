"""The internal listener: metrics, health, and single probes on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from checks.clock import Clock
from monitor.blackbox import Blackbox

CACHED = timedelta(seconds=1)
"""How long one rendering of the metrics serves everybody who asks."""

Unready = Callable[[], Awaitable[Sequence[str]]]
"""Says in words for people what is still missing; nothing when we are ready."""


class _Exposition:
    """The metrics as text, rendered in a thread and kept for a moment."""

    def __init__(
        self, registry: CollectorRegistry, refresh: Callable[[], None], clock: Clock
    ) -> None:
        self._registry = registry
        self._refresh = refresh
        self._clock = clock
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._rendering = asyncio.Lock()

    async def text(self, accept: str) -> tuple[bytes, str]:
        """The text in the format that a scraper accepts, and its content type."""
        encode, content_type = choose_encoder(accept)
        async with self._rendering:
            rendered, text = self._kept.get(content_type, (float("-inf"), b""))
            if self._clock.monotonic() - rendered >= CACHED.total_seconds():
                self._refresh()
                text = await asyncio.to_thread(encode, self._registry)
                self._kept[content_type] = (self._clock.monotonic(), text)
        return text, content_type


def internal_app(
    *,
    registry: CollectorRegistry,
    refresh: Callable[[], None],
    unready: Unready,
    remarks: Callable[[], Sequence[str]],
    blackbox: Blackbox,
    clock: Clock,
) -> web.Application:
    """The application for the internal listener; it is never to be reachable by the public.

    `refresh` brings the metrics up to date before they are rendered, on the event loop. What
    `remarks` says keeps nobody from being ready.
    """
    exposition = _Exposition(registry, refresh, clock)

    async def metrics(request: web.Request) -> web.Response:
        text, content_type = await exposition.text(request.headers.get("Accept", ""))
        response = web.Response(
            body=text, headers={"Content-Type": content_type}, zlib_executor_size=1024
        )
        response.enable_compression()
        return response

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        missing = await unready()
        told = (*(missing or ("ok",)), *remarks())
        return web.Response(
            text="".join(f"{line}\n" for line in told), status=503 if missing else 200
        )

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/probe", blackbox.answer)
    return app
