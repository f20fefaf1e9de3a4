"""The transport within one process: ordered, bounded, one request per check and location."""

from __future__ import annotations

import asyncio

from monitor.transport.local import REQUESTS_AHEAD, LocalTransport
from tests.clock import settle
from tests.monitor.samples import sample_request, sample_result


async def test_requests_come_out_in_order_at_their_own_location():
    transport = LocalTransport()
    for check, location in (("a/1", "x"), ("a/2", "y"), ("a/3", "x")):
        await transport.request(sample_request(check, location))
    assert transport.backlog() == 3
    assert (await transport.next_request("x")).check == "a/1"
    assert (await transport.next_request("x")).check == "a/3"
    assert (await transport.next_request("y")).check == "a/2"
    assert transport.backlog() == 0


async def test_a_check_waits_at_a_location_only_once_and_can_come_again_when_taken():
    transport = LocalTransport()
    await transport.request(sample_request())
    await transport.request(sample_request())
    await transport.request(sample_request(location="there"))
    assert transport.backlog() == 2
    await transport.next_request("here")
    await transport.request(sample_request())
    assert transport.backlog() == 2


async def test_a_full_location_makes_the_scheduler_wait_until_a_request_is_taken():
    transport = LocalTransport()
    for number in range(REQUESTS_AHEAD):
        await transport.request(sample_request(f"a/{number}"))
    waiting = asyncio.create_task(transport.request(sample_request("a/last")))
    await settle()
    assert not waiting.done()
    await transport.request(sample_request("a/last", "elsewhere"))
    await transport.next_request("here")
    await settle()
    assert waiting.done()


async def test_a_request_given_up_while_waiting_can_be_made_again():
    transport = LocalTransport()
    for number in range(REQUESTS_AHEAD):
        await transport.request(sample_request(f"a/{number}"))
    waiting = asyncio.create_task(transport.request(sample_request("a/last")))
    await settle()
    waiting.cancel()
    await settle()
    assert transport.backlog() == REQUESTS_AHEAD
    await transport.next_request("here")
    await transport.request(sample_request("a/last"))
    assert transport.backlog() == REQUESTS_AHEAD


async def test_results_come_as_one_batch_in_order():
    transport = LocalTransport()
    waiting = asyncio.create_task(transport.results())
    await settle()
    assert not waiting.done()
    for number in range(3):
        await transport.answer(sample_result(f"a/{number}"))
    assert [result.check for result in await waiting] == ["a/0", "a/1", "a/2"]
