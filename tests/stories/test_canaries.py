"""The real service loses its network, and blames nobody for it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.imported import imported
from tests.service import Service, Target, service, target

CONFIG = """
version: 1
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
defaults: {interval: 1s, timeout: 1s, confirm: {fail: 3/3, recover: 2/2}}
connectivity: [CANARIES]
components:
  shop:
    checks:
      front: {http: "SHOP"}
"""
WITHIN_SECONDS = 30.0
IMPACTS = ("none", "minor", "major", "critical")


@dataclass
class World:
    """A shop, three canaries, and the service that watches them."""

    service: Service
    shop: Target
    canaries: list[Target]

    def cut(self) -> None:
        """Our network is gone: nothing answers as it should."""
        for one in (self.shop, *self.canaries):
            one.fail()

    async def metric(self, series: str) -> float | None:
        _, text = await self.service.ask("/metrics", internal=True)
        found = [line for line in text.splitlines() if line.startswith(f"{series} ")]
        return float(found[0].rpartition(" ")[2]) if found else None

    async def blind(self) -> float | None:
        return await self.metric('upfront_location_blind{location="local"}')

    async def verdict(self) -> float | None:
        return await self.metric('upfront_check_verdict{check="shop/front",component="shop"}')

    async def incidents(self) -> float:
        """How many are open, public or not."""
        series = (f'upfront_open_incidents{{impact="{impact}"}}' for impact in IMPACTS)
        return sum([await self.metric(one) or 0 for one in series])

    async def sees(self) -> bool:
        """Whether all canaries have answered."""
        up = (
            f'upfront_canary_up{{canary="_connectivity/{number}",location="local"}}'
            for number in (1, 2, 3)
        )
        return [await self.metric(one) for one in up] == [1, 1, 1]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        shop, *canaries = [await stack.enter_async_context(target()) for _ in range(4)]
        asked = ", ".join(f"{{http: '{one.url}', interval: 2s, timeout: 1s}}" for one in canaries)
        config = CONFIG.replace("CANARIES", asked).replace("SHOP", shop.url)
        made = await stack.enter_async_context(service(tmp_path, config, imported))
        await made.start()
        yield World(made, shop, canaries)


async def comes(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once it holds.

    Raises:
        TimeoutError: It does not come to hold.
    """
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await holds():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.1)


async def test_an_outage_of_our_own_opens_no_incident_and_is_told_to_operators(world):
    await comes(world.sees)

    async def is_well() -> bool:
        return await world.verdict() == 0

    await comes(is_well)
    assert await world.blind() == 0

    world.cut()

    async def is_unknown() -> bool:
        return await world.verdict() == -1

    await comes(is_unknown)
    assert (await world.blind(), await world.incidents()) == (1, 0)
    status, text = await world.service.ask("/readyz", internal=True)
    assert (status, text.splitlines()[1:]) == (
        200, ["no canary answers at local (that is everywhere: nothing is judged)"],
    )  # fmt: skip
    assert world.service.printed().count("Upfront is blind at all locations") == 1
    assert "a location sees again" not in world.service.printed()

    for one in world.canaries:
        one.recover()

    async def is_told() -> bool:
        return await world.incidents() == 1

    await comes(is_told)
    assert (await world.blind(), await world.verdict()) == (0, 3)
    assert "a location sees again" in world.service.printed()


async def test_canaries_are_on_no_page_and_in_no_api(world):
    await comes(world.sees)
    for path in ("/", "/api/v2/summary.json", "/api/v2/components.json", "/history", "/feed.rss"):
        assert "onnectivity" not in await world.service.get(path)
    _, text = await world.service.ask("/metrics", internal=True)
    named = {line.partition("{")[0] for line in text.splitlines() if "_connectivity" in line}
    assert named == {"upfront_canary_up"}


async def test_canaries_come_and_go_while_the_service_runs(world):
    await comes(world.sees)
    file = world.service.config
    kept = f"[{{http: '{world.canaries[0].url}', interval: 2s, timeout: 1s}}]"
    file.write_text(re.sub(r"connectivity: \[.*\]", f"connectivity: {kept}", file.read_text()))
    series = 'upfront_canary_up{canary="_connectivity/%d",location="local"}'

    async def only_one_is_asked() -> bool:
        return [await world.metric(series % number) for number in (1, 2, 3)] == [1, None, None]

    await comes(only_one_is_asked)
    file.write_text(file.read_text().replace(f"connectivity: {kept}", "connectivity: []"))

    async def none_is_asked() -> bool:
        return await world.metric(series % 1) is None and await world.blind() is None

    await comes(none_is_asked)
