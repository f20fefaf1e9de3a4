"""Whether the system's resolver answers, for this machine and for a name of the file."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from datetime import timedelta

from checks.duration import say_span
from checks.wire.peers import is_address
from monitor.config.config import Config
from monitor.doctor.examine import in_thread
from monitor.doctor.model import Found, Look, Surroundings, warning, well, wrong
from monitor.hosts import host_of

SLOW = timedelta(seconds=1)


async def _dns(surroundings: Surroundings) -> Sequence[Found]:
    names = dict.fromkeys(["localhost", *_a_name(surroundings.config)])
    return await asyncio.gather(*map(_resolve, names))


def _a_name(config: Config) -> list[str]:
    """The first name that a check has to look up, other than this machine's."""
    names = (host_of(check) for check in config.checks.values() if check.kind.probe)
    return [name for name in names if name and not is_address(name) and name != "localhost"][:1]


async def _resolve(name: str) -> Found:
    began = time.monotonic()
    try:
        found = await in_thread(lambda: socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except socket.gaierror as refused:
        why = str(refused.strerror).lower()
        if name == "localhost":
            return wrong(f"localhost cannot be looked up: {why}", "add it to /etc/hosts")
        return wrong(f"{name} cannot be looked up: {why}", "see /etc/resolv.conf, or mend the name")
    took = timedelta(seconds=time.monotonic() - began)
    told = f"{name} is {found[0][4][0]}, looked up in {say_span(took)}"
    if took > SLOW:
        return warning(told, "every probe waits so long: use a name server that is near")
    return well(told)


LOOK = Look("dns", _dns)
