"""What the record of webhooks promises, for every adapter."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from incidents.endpoints import UNVERIFIED_FOR, Endpoint, EndpointState, Failure
from monitor.storage import open_store
from tests.contracts.examples import NOW


def endpoint(id: str = "s1", **more) -> Endpoint:
    return Endpoint(id, "https://hooks.example/x", NOW, b"\x00sealed\xff", **more)


async def test_all_of_it_is_read_back(store):
    kept = endpoint(
        state=EndpointState.ACTIVE, components=("shop",), sealed_before=b"before", rotated_at=NOW,
        failing_since=NOW, failures=2, recent=(Failure(NOW, "refused"),), language="de",
        page="main",
    )  # fmt: skip
    await store.endpoints.keep(kept)
    assert await store.endpoints.endpoint("s1") == kept
    assert await store.endpoints.endpoint("s2") is None


async def test_changes_at_once_lose_none(store):
    await store.endpoints.keep(endpoint())
    await asyncio.gather(
        *(
            store.endpoints.change("s1", lambda one: replace(one, failures=one.failures + 1))
            for _ in range(20)
        )
    )
    found = await store.endpoints.endpoint("s1")
    assert found.failures == 20


async def test_one_can_be_removed_and_what_is_not_there_is_not_changed(store):
    await store.endpoints.keep(endpoint())
    assert await store.endpoints.change("s1", lambda one: None) is None
    assert await store.endpoints.endpoint("s1") is None
    assert await store.endpoints.change("s1", lambda one: one) is None


async def test_one_without_a_page_is_housed_and_others_stay(store):
    await store.endpoints.keep(endpoint())
    await store.endpoints.keep(endpoint("s2", page="inside"))
    for page in ("main", "later"):
        await store.house(page)
    assert await store.endpoints.endpoint("s1") == endpoint(page="main")
    assert await store.endpoints.endpoint("s2") == endpoint("s2", page="inside")


async def test_those_never_verified_are_forgotten(store):
    await store.endpoints.keep(endpoint())
    await store.endpoints.keep(endpoint("s2", state=EndpointState.ACTIVE))
    await store.prune(NOW + UNVERIFIED_FOR)
    assert await store.endpoints.endpoint("s1") is not None
    await store.prune(NOW + UNVERIFIED_FOR + timedelta(seconds=1))
    assert await store.endpoints.endpoint("s1") is None
    assert await store.endpoints.endpoint("s2") is not None


async def test_they_outlive_the_process(store, address):
    await store.endpoints.keep(endpoint())
    await store.close()
    again = open_store(address)
    await again.start()
    assert await again.endpoints.endpoint("s1") == endpoint()
    await again.close()
