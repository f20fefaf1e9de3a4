"""Whether the page can be reached at the address that stands in mails and feeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from checks.clock import SystemClock
from checks.duration import say_span
from checks.kinds import KINDS
from checks.model import Outcome, ProbeRequest
from checks.net import Network
from checks.probing import Prober
from monitor.config.single import single_check
from monitor.doctor.model import Found, Look, Surroundings, warning, well

PATIENCE = timedelta(seconds=5)


async def _page(surroundings: Surroundings) -> Sequence[Found]:
    page = surroundings.config.page
    if not page.url:
        return [warning("page.url is not set, so mails and feeds hold no links", "set page.url")]
    return [await reached(page.url)]


async def reached(url: str) -> Found:
    """What a probe of ours comes to there."""
    clock, network = SystemClock(), Network()
    check = single_check("doctor/page", KINDS["http"], url, PATIENCE)
    try:
        request = ProbeRequest(check.id, check.locations[0], clock.now(), PATIENCE)
        result = await Prober(network, clock)(check, request)
    finally:
        network.close()
    if result.outcome is Outcome.PASS:
        took = timedelta(seconds=result.latency_seconds or 0.0)
        return well(f"{url} answers in {say_span(took)}")
    return warning(
        f"{url} (page.url) cannot be reached from here: {result.reason}",
        "start Upfront, then see that DNS and your proxy lead to server.public",
    )


LOOK = Look("page", _page)
