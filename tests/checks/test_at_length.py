"""A probe at length: what was seen beside what it came to."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.clock import SystemClock
from checks.kinds import KINDS
from checks.model import Outcome, ProbeRequest
from checks.net import Network
from checks.probing import Probed, Prober
from tests.checks.conftest import check_of
from tests.checks.servers import Authority, answering, ok, refusing, serving


async def at_length(network: Network, **options: Any) -> Probed:
    check = check_of(KINDS["http"], options)
    request = ProbeRequest(check.id, "here", datetime.now(UTC), timedelta(seconds=5))
    return await Prober(network, SystemClock()).at_length(check, request)


async def test_headers_and_body_stay_with_the_observation(network: Network):
    async with serving(answering(ok(b"hello", "X-Cache: HIT"))) as port:
        probed = await at_length(network, url=f"http://127.0.0.1:{port}/")
    assert probed.observation is not None
    assert probed.observation.facts["body"].text() == "hello"
    assert probed.observation.facts["headers"].get("X-Cache") == "HIT"
    assert "body" not in probed.result.facts
    assert probed.certificate is None


async def test_the_whole_way_of_redirects_is_seen(network: Network):
    async with serving(answering(ok(b"there"))) as there:
        end = f"http://127.0.0.1:{there}/end"
        moved = ok(b"", f"Location: {end}", status="301 Moved Permanently")
        async with serving(answering(moved)) as here:
            start = f"http://127.0.0.1:{here}/"
            probed = await at_length(network, url=start)
    assert probed.observation is not None
    assert probed.observation.facts["redirects"] == (start, end)
    assert probed.result.facts["redirected_to"] == end
    assert "redirects" not in probed.result.facts


async def test_where_nothing_whole_came_there_is_no_observation(network: Network):
    with refusing() as port:
        probed = await at_length(network, url=f"http://127.0.0.1:{port}/")
    assert probed.observation is None
    assert probed.result.outcome is Outcome.FAIL


async def test_a_refused_certificate_is_seen_and_leaves_nothing_behind(
    network: Network, authority: Authority
):
    expired = authority.server("localhost", not_after=datetime.now(UTC) - timedelta(days=2))
    async with serving(answering(ok(b"never")), expired) as port:
        tls = {"ca_file": authority.ca_file}
        probed = await at_length(network, url=f"https://localhost:{port}/", tls=tls)
    assert probed.result.reason == "certificate expired 2 days ago"
    assert probed.certificate is not None
    assert probed.certificate.names == ("localhost",)
    gc.collect()  # a failure that nobody looked at would be reported here
