"""Connections: to an address, or to the first of several that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from checks.failures import OwnFailure, ProbeFailure, network_failure
from checks.wire.peers import place

_STAGGER_SECONDS = 0.25

MakeProtocol = Callable[[], asyncio.Protocol]
Reached = tuple[asyncio.Transport, str]


class Silence(asyncio.Protocol):
    """Lets nothing in until the real protocol is there: some servers speak first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports can read but do not say so by their class.
        cast(asyncio.ReadTransport, transport).pause_reading()


async def reach(address: str, port: int, make: MakeProtocol) -> Reached:
    """Connect to one address; raises ProbeFailure where that cannot be."""
    try:
        transport, _ = await asyncio.get_running_loop().create_connection(make, address, port)
    except OSError as refused:
        raise network_failure(refused, place(address, port)) from None
    return transport, address


async def first_to_connect(attempts: Sequence[Callable[[], Awaitable[Reached]]]) -> Reached:
    """Try addresses one after the other, each a moment after the one before (RFC 8305).

    Raises:
        ProbeFailure: None could be reached; it gives the reasons of all.
    """
    waiting: set[asyncio.Future[Reached]] = set()
    failures: list[ProbeFailure] = []
    rest = list(attempts)
    won: list[Reached] = []
    try:
        while rest or waiting:
            if rest:
                waiting.add(asyncio.ensure_future(rest.pop(0)()))
            done, waiting = await asyncio.wait(
                waiting,
                timeout=_STAGGER_SECONDS if rest else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                try:
                    won.append(attempt.result())
                except ProbeFailure as failure:
                    failures.append(failure)
            if won:
                return won.pop(0)
    finally:
        for attempt in waiting:
            attempt.cancel()
        late = await asyncio.gather(*waiting, return_exceptions=True)
        won += [reached for reached in late if not isinstance(reached, BaseException)]
        for transport, _ in won:
            transport.abort()
    raise all_of(failures)


def all_of(failures: list[ProbeFailure]) -> ProbeFailure:
    """Theirs before ours: an address of a family that we have no route for proves nothing."""
    theirs = [failure for failure in failures if not isinstance(failure, OwnFailure)]
    reasons = dict.fromkeys(failure.reason for failure in theirs or failures)
    return type((theirs or failures)[0])("; ".join(reasons))
