"""Every adapter of storage, opened on something empty, for the suites of the ports."""

from collections.abc import AsyncIterator

import pytest

from incidents.ports import Store
from monitor.storage import open_store

ADAPTERS = ("sqlite",)


def address_of(adapter: str, tmp_path) -> str:
    return {"sqlite": f"sqlite:{tmp_path / 'upfront.db'}"}[adapter]


@pytest.fixture(params=ADAPTERS)
def address(request, tmp_path) -> str:
    return address_of(request.param, tmp_path)


@pytest.fixture
async def store(address) -> AsyncIterator[Store]:
    opened = open_store(address)
    await opened.start()
    yield opened
    await opened.close()
