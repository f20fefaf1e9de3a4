"""Single probes on demand, `/probe?kind=&target=`, in the format of blackbox_exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from checks.clock import Clock
from checks.model import Check, Kind, Outcome, ProbeRequest, Result
from monitor.ports import Probe

_PATIENCE = timedelta(seconds=10)
_LONGEST = timedelta(seconds=60)
_SHORTEST = timedelta(milliseconds=100)
# Prometheus drops an answer that comes at its timeout; this much is left for the way.
_MARGIN = timedelta(milliseconds=500)
_PHASES = {"first_byte": "processing"}

_Reading = tuple[str, str, float, Mapping[str, str]]


class Blackbox:
    """Answers `/probe`: any kind, filled with nothing but a target, and its usual expectations."""

    def __init__(self, kinds: Mapping[str, Kind], probe: Probe, clock: Clock) -> None:
        """Take the kinds by name, and how to run a probe."""
        self._kinds = kinds
        self._probe = probe
        self._clock = clock

    async def answer(self, request: web.Request) -> web.Response:
        """Probe once; 400 with words where kind, target or timeout cannot be used."""
        try:
            timeout = _timeout(request.headers.get("X-Prometheus-Scrape-Timeout-Seconds", ""))
            check = self._check(request.query.get("kind", ""), request.query.get("target", ""))
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        began = self._clock.monotonic()
        asked = ProbeRequest(check.id, check.locations[0], self._clock.now(), timeout)
        result = await self._probe(check, asked)
        text = exposition(check.kind.name, result, self._clock.monotonic() - began)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _check(self, name: str, target: str) -> Check:
        usable = [known for known, kind in self._kinds.items() if kind.short and kind.probe]
        if name not in usable:
            raise ValueError(f'no kind "{name}" can be probed here: there are {", ".join(usable)}')
        if not target:
            raise ValueError("target is missing")
        from monitor.config.single import single_check  # the configuration is read elsewhere

        return single_check(f"probe/{name}", self._kinds[name], target, _LONGEST)


def _timeout(scrape_timeout: str) -> timedelta:
    """What the scraper's own timeout leaves for the probe."""
    if not scrape_timeout:
        return _PATIENCE
    seconds = float(scrape_timeout)
    if not 0 < seconds < 86_400:
        raise ValueError(f"a scrape cannot take {scrape_timeout} seconds")
    return min(max(timedelta(seconds=seconds) - _MARGIN, _SHORTEST), _LONGEST)


def exposition(kind: str, result: Result, took_seconds: float) -> bytes:
    """A result as Prometheus reads it; the reason of a failure leads as a comment."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for name, help, value, labels in _readings(kind, result, took_seconds):
        if name not in gauges:
            gauges[name] = Gauge(name, help, tuple(labels), registry=registry)
        (gauges[name].labels(**labels) if labels else gauges[name]).set(value)
    reason = " ".join(result.reason.split())
    comment = f"# {reason}\n".encode("utf-8", "replace") if reason else b""
    return comment + generate_latest(registry)


def _readings(kind: str, result: Result, took_seconds: float) -> Iterator[_Reading]:
    succeeded = result.outcome in (Outcome.PASS, Outcome.SLOW)
    yield "probe_success", "Displays whether or not the probe was a success", succeeded, {}
    yield "probe_duration_seconds", "How long the probe took to complete", took_seconds, {}
    lookup = result.phases.get("resolve", 0.0)
    yield "probe_dns_lookup_time_seconds", "Time taken to look up the name", lookup, {}
    facts = result.facts
    if isinstance(address := facts.get("address"), str) and (version := _ip_version(address)):
        yield "probe_ip_protocol", "Version of IP that was used", version, {}
    if isinstance(expires := facts.get("certificate_expires_at"), str):
        at = datetime.fromisoformat(expires).timestamp()
        yield "probe_ssl_earliest_cert_expiry", "When the certificate expires", at, {}
    if kind == "http":
        yield from _http_readings(result)


def _http_readings(result: Result) -> Iterator[_Reading]:
    status = result.facts.get("status", 0)
    yield "probe_http_status_code", "HTTP status of the answer, 0 without one", status, {}
    for phase, seconds in result.phases.items():
        labels = {"phase": _PHASES.get(phase, phase)}
        yield "probe_http_duration_seconds", "Duration of each phase", seconds, labels


def _ip_version(address: str) -> int:
    try:
        return ip_address(address.partition("%")[0]).version
    except ValueError:
        return 0
