"""Redirects, followed as a browser does: to the end, with cookies, and in no circle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from yarl import URL

from checks.failures import ProbeFailure
from checks.model import Net
from checks.wire.answers import AnswerReader
from checks.wire.bodies import Headers
from checks.wire.requests import Ask, parse_url, request_to, shown

REDIRECTS = (301, 302, 303, 307, 308)

_TO_GET = (301, 302, 303)
_BOUND_TO_ORIGIN = ("authorization", "cookie", "host")
_ABOUT_BODY = ("content-length", "content-type", "content-encoding", "transfer-encoding")
_MOST_COOKIES = 50


@dataclass(slots=True)
class Cookies:
    """What hosts gave us on the way to be shown again: many send a visitor round to see it."""

    _by_host: dict[str, dict[str, str]] = field(default_factory=dict)

    def keep(self, host: str, headers: Headers) -> None:
        """Take over what a host sets."""
        kept = self._by_host.setdefault(host, {})
        for line in headers.get_all("Set-Cookie"):
            name, equals, value = line.partition(";")[0].partition("=")
            if equals and len(kept) < _MOST_COOKIES:
                kept[name.strip()] = value.strip()

    def header(self, host: str) -> str:
        """What to show a host."""
        return "; ".join(f"{name}={value}" for name, value in self._by_host.get(host, {}).items())


async def follow(
    net: Net, ask: Ask, start: URL, answer: AnswerReader, most: int
) -> tuple[list[URL], AnswerReader]:
    """Go on from an answer to where it points; returns the way, start and end included.

    Raises:
        ProbeFailure: The way is a circle, longer than that many redirects, or leads nowhere.
    """
    way, seen, cookies = [start], {(start, "")}, Cookies()
    while answer.status in REDIRECTS and (target := Headers(answer.headers).get("Location")):
        here, there = way[-1], _next(way[-1], target)
        way.append(there)
        cookies.keep(here.host or "", Headers(answer.headers))
        shown_again = cookies.header(there.host or "")
        if (there, shown_again) in seen:
            raise ProbeFailure(f"redirect loop: {' -> '.join(map(shown, _circle(way)))}")
        if len(way) > most + 1:
            raise ProbeFailure(f"more than {most} redirects: {_ends(way)}")
        seen.add((there, shown_again))
        ask = redirected(ask, answer.status, there, here)
        answer = await net.fetch(request_to(there, _with_cookies(ask, shown_again)))
    return way, answer


def redirected(ask: Ask, status: int, there: URL, here: URL) -> Ask:
    """What is asked after a redirect; nothing that was meant for one origin goes to another."""
    if (status in _TO_GET and ask.method == "POST") or (status == 303 and ask.method != "HEAD"):
        ask = replace(ask, method="GET", body=b"", headers=_without(ask.headers, _ABOUT_BODY))
    if there.origin() != here.origin():
        own_tls = replace(ask.tls, server_name="", client_certificate="", client_key="")
        ask = replace(ask, headers=_without(ask.headers, _BOUND_TO_ORIGIN), tls=own_tls)
    return ask


def _with_cookies(ask: Ask, cookies: str) -> Ask:
    if not cookies or any(name.lower() == "cookie" for name, _ in ask.headers):
        return ask
    return replace(ask, headers=(*ask.headers, ("Cookie", cookies)))


def _without(
    headers: tuple[tuple[str, str], ...], names: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    return tuple(item for item in headers if item[0].lower() not in names)


def _next(here: URL, target: str) -> URL:
    try:
        return parse_url(str(here.join(URL(target)))).with_user(None)
    except ValueError:
        raise ProbeFailure(f"redirect from {shown(here)} to what is no URL") from None


def _circle(way: list[URL]) -> list[URL]:
    return way[way.index(way[-1]) :]


def _ends(way: list[URL]) -> str:
    return f"{shown(way[0])} -> {shown(way[1])} -> … -> {shown(way[-1])}"
