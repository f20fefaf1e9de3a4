"""One probe: what a check gives from a location at an instant, with its place in the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from bench.world.almanac import MINUTE
from bench.world.characters import RESOLVED_ANEW, Character
from bench.world.effects import Effect, Timeline, Why
from checks.model import Outcome

_JITTER = 0.07
_EXCHANGES = 5
"""Name, connection, and three exchanges of data: each may lose a packet, there or back."""
_NAME, _CONNECTION = 0, 1
_RESOLVER_WAITS, _SYN_WAITS, _DATA_WAITS = 5.0, 1.0, 0.25
_ORDINARY = (Why.RESET, Why.STATUS_502, Why.STATUS_503, Why.TIMEOUT, Why.STATUS_500)
_STATUSES = (Why.STATUS_429, Why.STATUS_500, Why.STATUS_502, Why.STATUS_503)
_CHEAP_ERROR = 0.5
"""An error page takes this part of what an answer takes."""
_COLD, _WARM = 0.9, 0.1
"""Share of requests that meet a cold service, after a while and right after another one."""
_PHASES = ("resolve", "connect", "tls", "first_byte", "transfer")
_DOING = ("resolving", "connecting to", "in the TLS handshake with", "waiting for", "reading from")
_FROM_CACHE = 0.0003
_FACTS = {why: {"status": int(why)} for why in _STATUSES} | {Why.NONE: {"status": 200}}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe came to; it `took` so many seconds until that was known."""

    took: float
    outcome: Outcome
    latency: float | None
    reason: str
    phases: Mapping[str, float]
    facts: Mapping[str, Any]


class Line:
    """The way from one location to one check."""

    __slots__ = "_levels", "_place", "_reasons", "_timeline", "_timeout", "_trip", "who"

    def __init__(
        self,
        who: Character,
        place: int,
        levels: Sequence[float],
        effects: Sequence[Effect],
        timeout: float,
    ) -> None:
        """Take the levels of each minute, and the effects on this way."""
        self.who = who
        self._place = place
        self._trip = who.round_trips[place]
        self._levels = levels
        self._timeline = Timeline(effects)
        self._timeout = timeout
        self._reasons = _reasons(who)

    def probe(
        self, at: float, rng: Random, *, recheck: bool = False, timeout: float = 0.0
    ) -> Answer | None:
        """One probe begun at an instant; None if it was never made."""
        chance, server, why = rng.random, self._server(at, rng, recheck), self._ordinary(rng)
        loss, resolving = self.who.loss, 0.0
        for effect in self._timeline.at(at):
            if effect.silent:
                return None
            if not effect.meets(at, self._place, chance()):
                continue
            server = effect.slowed(server, at, rng)
            if effect.fails and chance() < effect.fails:
                why = effect.why
            loss += effect.loss
            resolving += effect.resolving
        spent = self._spent(server, resolving, rng)
        if loss and chance() < 1 - (1 - loss) ** (2 * _EXCHANGES):
            _retransmit(spent, loss, rng)
        return self._answer(spent, why, timeout or self._timeout)

    def _server(self, at: float, rng: Random, recheck: bool) -> float:
        """Seconds that the server takes at its level of that minute."""
        who = self.who
        seconds = who.shape.draw(rng) * self._levels[min(int(at / MINUTE), len(self._levels) - 1)]
        if who.cold > 1 and rng.random() < (_WARM if recheck else _COLD):
            seconds *= who.cold
        if who.pause is not None and at % who.pause.every < who.pause.lasts:
            seconds += who.pause.add
        return seconds

    def _ordinary(self, rng: Random) -> Why:
        """How it fails on an ordinary day, which is hardly ever."""
        if rng.random() >= self.who.fails:
            return Why.NONE
        return _ORDINARY[int(rng.random() * len(_ORDINARY))]

    def _spent(self, server: float, resolving: float, rng: Random) -> list[float]:
        """Seconds in each phase."""
        trip = self._trip * (1 + _JITTER * rng.expovariate(1.0))
        anew = rng.random() < RESOLVED_ANEW
        name = self.who.resolver * 2 * rng.random() + resolving if anew else _FROM_CACHE
        return [name, trip, trip, trip + server, 0.02 * trip]

    def _answer(self, spent: list[float], why: Why, timeout: float) -> Answer:
        """Fit the phases to what went wrong, and to the deadline."""
        if why is not Why.NONE:
            if why in _STATUSES:
                spent[3] = spent[1] + (spent[3] - spent[1]) * _CHEAP_ERROR
            else:
                spent = _broken_off(spent, why, timeout)
        took = sum(spent)
        if took >= timeout:
            return self._too_late(spent, timeout)
        if why is Why.NONE or why in _STATUSES:
            return self._whole(spent, took, why)
        outcome = Outcome.ERROR if why is Why.NO_ROUTE else Outcome.FAIL
        return Answer(took, outcome, None, self._reasons[why], self._phases(spent), {})

    def _whole(self, spent: list[float], took: float, why: Why) -> Answer:
        outcome = Outcome.FAIL if why else Outcome.PASS
        latency = took
        if self.who.quantum:
            step = self.who.quantum
            spent = [int(seconds / step) * step for seconds in spent]
            latency = int(took / step) * step
        return Answer(took, outcome, latency, self._reasons[why], self._phases(spent), _FACTS[why])

    def _too_late(self, spent: list[float], timeout: float) -> Answer:
        left, reached = timeout, list[float]()
        for seconds in spent:
            reached.append(min(seconds, left))
            left -= seconds
            if left <= 0:
                break
        doing = _DOING[len(reached) - 1]
        reason = f"no answer within {timeout:g}s: {doing} {self.who.name}.example"
        return Answer(timeout, Outcome.FAIL, None, reason, self._phases(reached), {})

    def _phases(self, spent: Sequence[float]) -> dict[str, float]:
        return dict(zip(_PHASES, spent, strict=False)) if self.who.phased else {}


def _broken_off(spent: list[float], why: Why, timeout: float) -> list[float]:
    """The phases up to where it ended."""
    if why is Why.RESOLVE:
        return [spent[0] + 0.01]
    if why is Why.NO_ROUTE:
        return [spent[0], 0.001]
    if why is Why.REFUSED:
        return spent[:2]
    if why is Why.RESET:
        return spent[:4]
    return [*spent[:3], timeout]


def _retransmit(spent: list[float], loss: float, rng: Random) -> None:
    """Add the waits for what was lost: at least one packet was."""
    lost = 1 - (1 - loss) ** 2
    first = int(rng.random() * _EXCHANGES)
    for exchange in range(_EXCHANGES):
        times = int(exchange == first)
        while rng.random() < lost and times < 6:
            times += 1
        if not times:
            continue
        if exchange == _NAME:
            if rng.random() < RESOLVED_ANEW:
                spent[0] += _RESOLVER_WAITS * times
        elif exchange == _CONNECTION:
            spent[1] += _SYN_WAITS * (2**times - 1)
        else:
            spent[exchange] += _DATA_WAITS * (2**times - 1)


def _reasons(who: Character) -> dict[Why, str]:
    host = f"{who.name}.example"
    found = {why: f"status {why}, expected 200-299" for why in _STATUSES}
    return found | {
        Why.NONE: "",
        Why.REFUSED: f"connection refused by {host}:443",
        Why.RESET: f"connection reset by {host}:443",
        Why.RESOLVE: f"{host} was not found by the name server",
        Why.NO_ROUTE: f"cannot connect to {host}:443: this machine has no route there",
    }


def limited(answer: Answer) -> Answer:
    """The same, from a service that found that there were too many."""
    latency = answer.took if answer.latency is None else answer.latency
    reason = f"status {Why.STATUS_429}, expected 200-299"
    return replace(
        answer, outcome=Outcome.FAIL, latency=latency, reason=reason, facts={"status": 429}
    )
