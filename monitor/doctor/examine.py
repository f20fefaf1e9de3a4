"""All looks at once, none for longer than it may take."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from checks.discovery import discover
from checks.duration import say_span
from monitor.doctor import looks
from monitor.doctor.model import Found, Look, Looked, Surroundings, warning

WITHIN = timedelta(seconds=8)

T = TypeVar("T")


def all_looks() -> list[Look]:
    """Every look there is, in the order of their modules."""
    return [look for _, look in discover(looks, "LOOK")]


async def examine(
    surroundings: Surroundings, chosen: Iterable[Look], within: timedelta = WITHIN
) -> list[Looked]:
    """Look at everything concurrently; what is not there in time is said so."""
    wanted = list(chosen)
    found = await asyncio.gather(*(_look(one, surroundings, within) for one in wanted))
    return [Looked(one.name, tuple(what)) for one, what in zip(wanted, found, strict=True)]


async def _look(look: Look, surroundings: Surroundings, within: timedelta) -> Sequence[Found]:
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await look.look(surroundings)
    except TimeoutError:
        return [warning(f"no answer within {say_span(within)}", "find out what is so slow here")]


async def in_thread(work: Callable[[], T]) -> T:
    """Run what blocks in a thread that is not waited for: a name server may never answer."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(outcome: T | None, raised: BaseException | None) -> None:
        if done.cancelled():
            return
        if raised is not None:
            done.set_exception(raised)
        else:
            done.set_result(outcome)  # type: ignore[arg-type]

    def run() -> None:
        outcome, raised = None, None
        try:
            outcome = work()
        except Exception as error:  # noqa: BLE001 - it rises where it is awaited
            raised = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, outcome, raised)

    threading.Thread(target=run, name="look", daemon=True).start()
    return await done
