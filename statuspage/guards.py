"""Who asks, how often, and from which site: what a request must pass before it is acted on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import SlidingWindowCounterRateLimiter

Network = IPv4Network | IPv6Network

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as configured.

    Raises:
        ValueError: One of them is neither.
    """
    return tuple(ip_network(text, strict=False) for text in written)


def client_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """The address that asks: the last one in X-Forwarded-For that is no proxy of ours.

    Without trusted proxies the header is anybody's claim and not looked at.
    """
    asking = request.remote or ""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())) if trusted else ""
    for claimed in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _within(asking, trusted):
            break
        asking = claimed
    return _counted_as(asking)


def from_our_pages(request: web.Request, address: str) -> bool:
    """Whether a request that changes something was made by one of our own pages.

    Browsers say so in Sec-Fetch-Site or Origin; what sends neither is no browser, and carries
    nobody's cookies.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return _host(origin) in (request.host.lower(), _host(address))


class RateLimit:
    """So many requests for each address in a minute and in an hour, over sliding windows."""

    def __init__(self, a_minute: int = 6, an_hour: int = 30) -> None:
        """Count in memory: a restart forgives."""
        self._a_minute, self._an_hour = a_minute, an_hour

    async def allows(self, address: str) -> bool:
        """Count a request; whether it is within the limits."""
        return all([await self._counter.hit(limit, address) for limit in self._limits])

    @cached_property
    def _limits(self) -> tuple[RateLimitItem, ...]:
        from limits import RateLimitItemPerHour, RateLimitItemPerMinute

        return RateLimitItemPerMinute(self._a_minute), RateLimitItemPerHour(self._an_hour)

    @cached_property
    def _counter(self) -> SlidingWindowCounterRateLimiter:
        from limits.aio.storage import MemoryStorage
        from limits.aio.strategies import SlidingWindowCounterRateLimiter

        return SlidingWindowCounterRateLimiter(MemoryStorage())


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _within(address: str, trusted: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in trusted if network.version == found.version)


def _counted_as(address: str) -> str:
    """One name for one household: IPv6 addresses go by their /64, what is none by itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found)
