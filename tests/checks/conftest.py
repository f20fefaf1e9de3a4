"""What probing tests share: one call that probes, and a certificate authority."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvloop
from pydantic import TypeAdapter

from checks.assertions import named
from checks.clock import SystemClock
from checks.kinds import KINDS
from checks.model import Check, Expectation, Kind, Named, ProbeRequest, Result
from checks.net import Network
from checks.probing import Prober
from tests.checks.servers import Authority

Probe = Callable[..., Awaitable[Result]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every probe is tried on both loops: they differ in what they raise, and when."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
async def nothing_breaks_in_the_background() -> AsyncIterator[None]:
    """What a loop would only log fails the test."""
    broken: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: broken.append(context))
    yield
    assert not broken


@pytest.fixture
def network() -> Iterator[Network]:
    """Every name is this machine's, but for those under .invalid and .example."""
    shared = Network()
    yield shared
    shared.close()


@pytest.fixture
def probe(network: Network) -> Probe:
    """Probes once: the kind, its options and expectations as they stand in checks.yaml."""

    async def once(
        kind: str,
        options: Mapping[str, Any],
        timeout: float = 5.0,
        over: Network = network,
        **statements: Mapping[str, Any],
    ) -> Result:
        check = check_of(KINDS[kind], options, **statements)
        request = ProbeRequest(check.id, "here", datetime.now(UTC), timedelta(seconds=timeout))
        return await Prober(over, SystemClock())(check, request)

    return once


def check_of(kind: Kind, options: Mapping[str, Any], **statements: Mapping[str, Any]) -> Check:
    read = {key: expectations(kind, written) for key, written in statements.items()}
    unsaid = {
        key: value
        for key, value in kind.expected.items()
        if key not in statements.get("expect", {})
    }
    return Check(
        id="shop/check",
        name="Check",
        kind=kind,
        options=TypeAdapter(kind.options).validate_python(options),
        interval=timedelta(seconds=30),
        timeout=timedelta(seconds=5),
        locations=("here",),
        expect=named(unsaid) + read.get("expect", ()),
        degraded_if=read.get("degraded_if", ()),
        warn_if=read.get("warn_if", ()),
        revision="r1",
    )


def expectations(kind: Kind, written: Mapping[str, Any]) -> tuple[Named, ...]:
    found: dict[str, Expectation] = {
        key: TypeAdapter(kind.expectations[key]).validate_python(raw)
        for key, raw in written.items()
    }
    return named(found)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
