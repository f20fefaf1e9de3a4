"""The simulated shop does what the story asks of it."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from monitor.demo.chance import chance
from monitor.demo.shop import KEPT_WAITING_SECONDS, Manner, latency_seconds, open_shop


async def ask(client: aiohttp.ClientSession, port: int) -> tuple[int, float]:
    """Status of an answer, and how long it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with client.get(f"http://127.0.0.1:{port}/health") as answer:
        await answer.read()
        return answer.status, loop.time() - began


async def test_all_components_answer():
    async with open_shop(1) as shop, aiohttp.ClientSession() as client:
        for stall in shop.stalls:
            assert (await ask(client, stall.port))[0] == 200
        reader, writer = await asyncio.open_connection("127.0.0.1", shop.ports["warehouse"])
        assert (await reader.readline()).startswith(b"220 ")
        writer.close()


@pytest.mark.parametrize("manner", [Manner.STRAINED, Manner.CLOSED])
async def test_checkout_is_slow_while_payments_is_not_well(manner: Manner):
    async with open_shop(1) as shop, aiohttp.ClientSession() as client:
        await shop.payments.behave(manner)
        status, took_seconds = await ask(client, shop.checkout.port)
        assert status == 200
        assert took_seconds > KEPT_WAITING_SECONDS


async def test_what_is_strained_answers_its_own_check():
    async with open_shop(1) as shop, aiohttp.ClientSession() as client:
        await shop.payments.behave(Manner.STRAINED)
        assert (await ask(client, shop.payments.port))[0] == 200


async def test_what_is_closed_refuses_until_it_opens_again_at_the_same_port():
    async with open_shop(1) as shop, aiohttp.ClientSession() as client:
        port = shop.payments.port
        await shop.payments.behave(Manner.CLOSED)
        with pytest.raises(aiohttp.ClientConnectionError):
            await ask(client, port)
        await shop.payments.behave(Manner.WELL)
        assert shop.payments.port == port
        assert (await ask(client, port))[0] == 200


async def test_a_stumble_is_one_error():
    async with open_shop(1) as shop, aiohttp.ClientSession() as client:
        shop.search.stumble()
        assert [(await ask(client, shop.search.port))[0] for _ in range(3)] == [503, 200, 200]


def test_a_seed_decides_the_latencies():
    first, again, other = (chance(seed, "search") for seed in (1, 1, 2))
    draws = [latency_seconds("search", draw) for draw in (first, again, other)]
    assert draws[0] == draws[1] != draws[2]
