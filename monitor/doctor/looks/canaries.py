"""Whether the canaries answer from here: one that never does tells nothing when checks fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from checks.clock import SystemClock
from checks.duration import say_span
from checks.model import Check, Outcome, ProbeRequest
from checks.net import Network
from checks.probing import Prober
from monitor.doctor.model import Found, Look, Surroundings, warning, well, wrong
from monitor.unknowable import NO_CANARY


async def _canaries(surroundings: Surroundings) -> Sequence[Found]:
    canaries = surroundings.config.canaries.values()
    if not canaries:
        return [warning(NO_CANARY, "name three under connectivity (docs/configuration.md)")]
    network, clock = Network(), SystemClock()
    prober = Prober(network, clock)
    try:
        found = await asyncio.gather(*(_asked(canary, prober, clock) for canary in canaries))
    finally:
        network.close()
    return found


async def _asked(canary: Check, prober: Prober, clock: SystemClock) -> Found:
    name = f"{canary.id} ({canary.kind.target(canary.options)})"
    request = ProbeRequest(canary.id, "doctor", clock.now(), canary.timeout)
    result = await prober(canary, request)
    if result.outcome in (Outcome.PASS, Outcome.SLOW):
        return well(f"{name} answers in {say_span(timedelta(seconds=result.latency_seconds or 0))}")
    return wrong(
        f"{name} does not answer: {result.reason}",
        "see whether a firewall keeps us from it, or name another one under connectivity",
    )


LOOK = Look("canaries", _canaries)
