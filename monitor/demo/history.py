"""The made-up past: ninety days of incidents in the log, a day of latencies in the rollups."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from checks.model import Outcome, Result
from incidents.board import Board
from incidents.commands import (
    Command,
    MarkKnown,
    MarkUnknown,
    Observe,
    PostUpdate,
    Register,
    Resolve,
)
from incidents.decisions import prepare
from incidents.events import MACHINE, Recorded
from incidents.ids import incident_id, stable_id
from incidents.impact import STATUS
from incidents.model import ComponentStatus, Judgement, Verdict
from incidents.policy import Policy
from incidents.ports import Append, Store
from incidents.signals import Positioned
from monitor.config.config import LOCAL, Config
from monitor.demo.chance import chance
from monitor.demo.episodes import EPISODES, LOST, Episode, Trouble
from monitor.demo.shop import TYPICAL_SECONDS, latency_seconds

OPERATOR = "operator:demo"
BEGAN = timedelta(days=97)
SEEN_AFTER = timedelta(seconds=40)
LATENCIES_FOR = timedelta(hours=24)
EVERY = timedelta(minutes=4)
BUSY = 0.25
"""How much longer answers take in the evening than on average."""

Ask = Callable[[Board], Command]
"""A command that may depend on what stands when its instant has come."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was asked for at a past instant."""

    at: datetime
    ask: Ask
    actor: str = MACHINE


@dataclass(slots=True)
class Past:
    """A log that is written in the mind: what would have been appended, and nobody told."""

    policy: Policy
    board: Board = field(default_factory=Board)
    appends: list[Append] = field(default_factory=list)

    def let(self, act: Act) -> None:
        """Decide as it would have been decided then."""
        found = prepare(self.board, act.ask(self.board), act.at, self.policy, act.actor)
        if found is None:
            return
        self.appends.append(replace(found, told=frozenset()))
        for sequence, event in enumerate(found.events, found.expected + 1):
            position = self.board.position + 1
            self.board.apply(
                Recorded(position, found.subject, sequence, found.at, found.actor, event)
            )


async def make_up(store: Store, config: Config, now: datetime, seed: int) -> int:
    """Write the past into a new store that is started; returns how many incidents it has."""
    past = Past(config.policy)
    for act in sorted(_acts(config.policy, now, chance(seed, "past")), key=lambda act: act.at):
        past.let(act)
    await store.events.append(past.appends)
    signals = [
        Positioned(position, result)
        for position, result in enumerate(_results(config, now, chance(seed, "day")), 1)
    ]
    await store.signals.add(signals)
    # What is made up is no evidence: nothing is judged by it.
    await store.signals.save_states((), len(signals))
    return len(past.board.incidents)


def _acts(policy: Policy, now: datetime, draw: Random) -> Iterator[Act]:
    for component in policy.components.values():
        register = Register(component.id, stable_id("component", component.id), component.name)
        yield Act(now - BEGAN, _always(register))
    for episode in EPISODES:
        yield from _episode(episode, _onset(now, episode.days_ago, episode.hour, draw))
    lost, days, hour, minutes = LOST
    from_at = _onset(now, days, hour, draw)
    until_at = from_at + timedelta(minutes=minutes)
    reason = "no result has come in"
    yield Act(from_at + SEEN_AFTER, _always(MarkUnknown(lost, from_at, reason)))
    yield Act(until_at, _always(MarkKnown(lost, until_at)))


def _onset(now: datetime, days_ago: int, hour: int, draw: Random) -> datetime:
    day = (now - timedelta(days=days_ago)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return day + timedelta(seconds=draw.randrange(3600))


def _episode(episode: Episode, onset_at: datetime) -> Iterator[Act]:
    incident = incident_id(episode.troubles[0].check, onset_at)
    recovered_at = onset_at + timedelta(minutes=episode.minutes)
    for trouble in episode.troubles:
        began_at = onset_at + timedelta(minutes=trouble.after_minutes)
        seen_at = began_at + SEEN_AFTER
        yield Act(seen_at, _always(_observe(incident, trouble, began_at, seen_at)))
        well = replace(trouble, judgement=Judgement.HEALTHY, evidence="")
        well_at = recovered_at + SEEN_AFTER
        yield Act(well_at, _always(_observe(incident, well, recovered_at, well_at)))
    for words in episode.words:
        post = PostUpdate(incident, words.status, words.body)
        yield Act(onset_at + timedelta(minutes=words.after_minutes), _always(post), OPERATOR)
    if not episode.words:
        yield Act(recovered_at + timedelta(minutes=5), _resolve(incident))


def _observe(incident: str, trouble: Trouble, onset_at: datetime, at: datetime) -> Observe:
    component = trouble.check.partition("/")[0]
    status: ComponentStatus = STATUS[trouble.judgement]
    verdict = Verdict(trouble.check, trouble.judgement, onset_at, at, trouble.evidence)
    return Observe(incident, component, verdict, status, position=0)


def _always(command: Command) -> Ask:
    return lambda _: command


def _resolve(incident: str) -> Ask:
    def ask(board: Board) -> Command:
        found = board.incidents[incident]
        return Resolve(incident, found.recovered_at or found.opened_at)

    return ask


def _results(config: Config, now: datetime, draw: Random) -> Iterator[Result]:
    """A day of results that all passed, slower in the evening."""
    at = now - LATENCIES_FOR
    while at < now - EVERY:
        for check in config.checks.values():
            if check.component in TYPICAL_SECONDS:
                seconds = latency_seconds(check.component, draw) * _business(at)
                known_at = at + timedelta(seconds=seconds)
                yield Result(
                    check.id, LOCAL, at, known_at, Outcome.PASS, seconds, revision=check.revision
                )
        at += EVERY


def _business(at: datetime) -> float:
    """How busy the hour is, around 1: least at eight in the morning, most at eight at night."""
    return 1 + BUSY * math.sin((at.hour + at.minute / 60 - 14) / 24 * math.tau)
