"""`upfront check`: probe once, now, and say everything that was seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import click

from checks.clock import Clock, SystemClock
from checks.duration import say_span
from checks.model import Check, Outcome, ProbeRequest
from checks.net import Network
from checks.probing import Prober
from incidents.policy import Component, Publication
from monitor.asked import checks_of, config_of, ids_and_file
from monitor.config.config import Config
from monitor.config.suggestions import did_you_mean, listing
from monitor.terminal.layout import json_text
from monitor.terminal.probe_view import ProbeView, probe_view
from monitor.terminal.probes import as_text
from monitor.terminal.progress import progress

AT_ONCE = 20
"""How many of several checks are probed at the same time."""

CANARY = (
    "A canary: it opens no incident. Where none of them answers, a location is taken for blind."
)

WELL = (Outcome.PASS, Outcome.SLOW)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="ID... [FILE]")
@click.option("--location", metavar="NAME", help="Probe in the name of this location of the check.")
@click.option("--body", "with_body", is_flag=True, help="Show the first lines of the body.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for scripts.")
def check(words: tuple[str, ...], location: str | None, *, with_body: bool, as_json: bool) -> None:
    """Probe checks of FILE (checks.yaml unless named) once, now, from this machine.

    ID is that of a check, that of a component for all its checks, or a pattern such as
    'checkout/*'; canaries are '_connectivity/1' and so on. FILE is told from them by the dot in
    its name. Shows the phases, the address and certificate seen, and each expectation with the
    actual value. Nothing is stored and nobody is told; no running service is needed.

    Exit status: 0 when every check passes (slow counts as passing), 1 when one fails or cannot
    be probed, or when FILE has mistakes, 2 when used wrongly.
    """
    ids, file = ids_and_file(words)
    if not ids:
        raise click.UsageError(f"Say which check of {file} is meant.")
    config = config_of(file)
    found = [_from(one, location) for one in checks_of(ids, config)]
    views = asyncio.run(_probe_all(found, config, with_body=with_body))
    click.echo(json_text(views) if as_json else "\n".join(map(as_text, views)), nl=as_json)
    raise SystemExit(0 if all(view.outcome in WELL for view in views) else 1)


def _from(check: Check, location: str | None) -> Check:
    """The check, probed in the name of that location, or of its first."""
    if location is None or location in check.locations:
        return replace(check, locations=(location or check.locations[0],))
    near = did_you_mean(location, check.locations)
    known = f"; there are {listing(check.locations)}."
    raise click.UsageError(f'{check.id} has no location "{location}"{near or known}')


async def _probe_all(
    checks: Sequence[Check], config: Config, *, with_body: bool
) -> list[ProbeView]:
    """Probe some at a time; what came of it is in the order asked for."""
    network, clock = Network(), SystemClock()
    probing = _Probing(Prober(network, clock), clock, config, with_body=with_body)
    try:
        async with progress(lambda: probing.doing(checks)):
            return await asyncio.gather(*map(probing.once, checks))
    finally:
        network.close()


class _Probing:
    """Probes of one call, with a count of those that have ended."""

    def __init__(self, prober: Prober, clock: Clock, config: Config, *, with_body: bool) -> None:
        self._prober = prober
        self._clock = clock
        self._config = config
        self._with_body = with_body
        self._places = asyncio.Semaphore(AT_ONCE)
        self._began = clock.monotonic()
        self._ended = 0

    async def once(self, check: Check) -> ProbeView:
        """Probe, and look at what was seen."""
        async with self._places:
            request = ProbeRequest(check.id, check.locations[0], self._clock.now(), check.timeout)
            probed = await self._prober.at_length(check, request)
        self._ended += 1
        policy = self._config.policy
        if canary := policy.canaries.get(check.id):
            view = probe_view(check, probed, canary, Publication(), with_body=self._with_body)
            return replace(view, verdict=CANARY if view.verdict else "")
        component = policy.component_of(check.id) or Component(check.component, check.component)
        return probe_view(
            check, probed, policy.checks[check.id], component.publish, with_body=self._with_body
        )

    def doing(self, checks: Sequence[Check]) -> str:
        """How far it is, for the line of progress."""
        waited = f"{self._clock.monotonic() - self._began:.1f} s"
        if len(checks) == 1:
            return f"probing {checks[0].id}: {waited}, at most {say_span(checks[0].timeout)}"
        return f"probing: {self._ended} of {len(checks)} checks, {waited}"


COMMAND = check
