"""Proxies on the way out, which checks do not take, and on the way in, which must be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from checks.wire.peers import is_address
from monitor.config.config import Config
from monitor.doctor.model import Found, Look, Surroundings, warning, well

OUTWARD = ("http_proxy", "https_proxy", "all_proxy")
EVERYBODY = ("0.0.0.0/0", "::/0")


async def _proxies(surroundings: Surroundings) -> Sequence[Found]:
    found = [*_outward(surroundings.environ), *_inward(surroundings.config)]
    return found or [well("no proxy is set that Upfront would have to know of")]


def _outward(environ: Mapping[str, str]) -> Iterator[Found]:
    named = [name for name, value in environ.items() if name.lower() in OUTWARD and value]
    if named:
        yield warning(
            f"{', '.join(sorted(named))} is set, but checks go their way without a proxy",
            "where a check needs one, say so: http: {url: …, proxy: http://proxy:3128}",
        )


def _inward(config: Config) -> Iterator[Found]:
    trusted = config.server.trusted_proxies
    if any(network in EVERYBODY for network in trusted):
        yield warning(
            "server.trusted_proxies names everybody, so anyone can claim any address",
            "name only the proxy that stands before Upfront",
        )
    elif trusted:
        yield well(f"X-Forwarded-For is believed from {', '.join(trusted)}")
    elif _behind_a_proxy(config):
        yield warning(
            "the page seems to be reached through a proxy that is not trusted: all readers look"
            " like one, and share one limit",
            "server: {trusted_proxies: [127.0.0.1]}, or whatever its address is",
        )


def _behind_a_proxy(config: Config) -> bool:
    """Only this machine can reach us, and yet the page has an address of the world."""
    host = urlsplit(config.page.url).hostname or ""
    listening = config.server.public.rpartition(":")[0]
    return bool(host) and not _is_here(host) and _is_here(listening.strip("[]"))


def _is_here(host: str) -> bool:
    return host == "localhost" or (is_address(host) and (host.startswith("127.") or host == "::1"))


LOOK = Look("proxies", _proxies)
