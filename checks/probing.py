"""Run one probe of a check: its deadline, and whatever goes wrong as a result with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from checks.assertions import Judgement, judge
from checks.clock import Clock
from checks.duration import say_span
from checks.failures import ProbeFailure
from checks.model import Check, Observation, Outcome, ProbeRequest, Result
from checks.net import Network, ProbeNet

if TYPE_CHECKING:
    from checks.wire.tls import Certificate


class Probed(NamedTuple):
    """One probe at length: what it came to, and what was seen, which does not travel.

    `observation` is None where nothing whole was seen; `certificate` is the last one shown
    then, too, even if it was refused.
    """

    result: Result
    observation: Observation | None
    certificate: Certificate | None


class Prober:
    """Runs probes over one network; what it is called with is what `monitor.ports.Probe` says."""

    def __init__(self, network: Network, clock: Clock) -> None:
        """Take the network that is shared, and the clock that instants and phases are read off."""
        self._network = network
        self._clock = clock

    async def __call__(self, check: Check, request: ProbeRequest) -> Result:
        """Probe within the request's timeout and say what it came to."""
        return (await run(check, request, self._network, self._clock)).result

    async def at_length(self, check: Check, request: ProbeRequest) -> Probed:
        """The same, with what was seen."""
        return await run(check, request, self._network, self._clock)


async def run(check: Check, request: ProbeRequest, network: Network, clock: Clock) -> Probed:
    """Run one probe. It raises nothing but CancelledError, and ends by its deadline."""
    began_at = clock.now()
    deadline = asyncio.get_running_loop().time() + request.timeout.total_seconds()
    with network.begin(clock, deadline) as net:
        ended = await _attempt(check, request, network, net, deadline)
    known_at = clock.now()
    judgement, observation = _judgement(check, ended, known_at)
    result = Result(
        check=check.id,
        location=request.location,
        at=began_at,
        known_at=known_at,
        outcome=judgement.outcome,
        latency_seconds=observation.latency_seconds if observation else None,
        reason=judgement.reason,
        phases=net.phases,
        facts=_kept(observation.facts if observation else {"address": net.address}),
        warnings=judgement.warnings,
        recheck=request.recheck,
        revision=check.revision,
    )
    return Probed(result, observation, net.certificate)


async def _attempt(
    check: Check, request: ProbeRequest, network: Network, net: ProbeNet, deadline: float
) -> Observation | Judgement:
    """What was seen; or where nothing whole was, what that comes to."""
    try:
        with network.deadline(deadline):
            assert check.kind.probe, f"{check.kind.name} is not probed"
            return await check.kind.probe(check.options, net)
    except ProbeFailure as failure:
        return _failed(check, failure)
    except TimeoutError:
        late = f"no answer within {say_span(request.timeout)}: {net.doing}"
        return _failed(check, ProbeFailure(late))
    except Exception as broken:  # noqa: BLE001 - one broken probe must not end the agent
        return _broken(broken)


def _failed(check: Check, failure: ProbeFailure) -> Judgement:
    if instrument := check.kind.instrument:
        return Judgement(Outcome.ERROR, f"{instrument} gives no number: {failure.reason}")
    return Judgement(failure.outcome, failure.reason)


def _judgement(
    check: Check, ended: Observation | Judgement, at: datetime
) -> tuple[Judgement, Observation | None]:
    if isinstance(ended, Judgement):
        return ended, None
    try:
        return judge(check, ended, at), ended
    except Exception as broken:  # noqa: BLE001 - nor may one broken expectation
        return _broken(broken), None


def _broken(raised: Exception) -> Judgement:
    return Judgement(Outcome.ERROR, f"the probe itself broke: {type(raised).__name__}: {raised}")


def _kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Single values travel on; headers, bodies and certificates end here."""
    return {
        name: fact
        for name, fact in facts.items()
        if isinstance(fact, (str, int, float)) and fact != ""
    }
