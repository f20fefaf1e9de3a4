"""The scenario lab's detector: its line protocol over the product's own folds, grouping, wishes.

Run by the lab:
    python3 LAB/lab.py run --seed open --preset quick --cmd ".venv/bin/python -m bench.lab"

`--locations 1` uses the results of the first location only; `--no-canaries` judges without them;
`--events FILE` keeps what was said of incidents. What it cost is written to stderr at the end.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec

from checks.model import Outcome, Result
from incidents import detect
from incidents.events import Recorded, WarningCleared, WarningRaised, subject_id
from incidents.impact import worst
from incidents.model import ComponentStatus, Incident
from incidents.policy import CheckPolicy, Component, Policy
from incidents.replay import Replay
from incidents.signals import Recheck, Tick, Wish
from monitor.wakes import Wakes

CHECK = "check"
CERTIFICATE_DAYS = 14
WEIGH_EVERY = 6 * 3600.0
"""Simulated seconds from one look at the size of all states to the next."""

SEVERITY = {
    ComponentStatus.DEGRADED: "degraded",
    ComponentStatus.PARTIAL_OUTAGE: "partial_outage",
    ComponentStatus.MAJOR_OUTAGE: "major_outage",
}


class Probed(msgspec.Struct):
    """A check of the lab."""

    check: str
    service: str
    canary: bool = False


class Meta(msgspec.Struct):
    """The lab's world, told in its first line."""

    interval_s: float
    timeout_s: float
    locations: tuple[str, ...]
    start: float
    checks: tuple[Probed, ...]


class Opening(msgspec.Struct):
    """The first line."""

    meta: Meta


class Line(msgspec.Struct, gc=False):
    """Any other line: a result, or a second that is over."""

    t: float
    sync: int | None = None
    check: str = ""
    location: str = ""
    ok: bool = True
    latency_s: float | None = None
    error: str | None = None
    cert_days_left: float | None = None
    recheck: bool = False


class Said(msgspec.Struct, omit_defaults=True):
    """A line of ours: an event of an incident, or a wish for rechecks."""

    t: float
    kind: str
    id: str = ""
    services: list[str] | None = None
    severity: str = ""
    check: str = ""
    location: str = ""
    timeout_s: float | None = None


def instant(seconds: float) -> datetime:
    """An instant of the lab's clock."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(slots=True)
class Cast:
    """Who is who: the lab's checks under the product's ids, and the policy that judges them."""

    policy: Policy
    locations: tuple[str, ...]
    ids: dict[str, str]
    names: dict[str, str]


def cast(meta: Meta, locations: int | None, canaries: bool) -> Cast:
    """One component with one check for each service, and the canaries as our own probes."""
    kept = meta.locations[:locations]
    services = [one for one in meta.checks if not one.canary]
    guards = [one for one in meta.checks if one.canary and canaries]
    ids = {one.check: f"{one.service}/{CHECK}" for one in services}
    ids |= {one.check: f"_connectivity/{number}" for number, one in enumerate(guards, 1)}

    def judged(one: Probed) -> CheckPolicy:
        spans = timedelta(seconds=meta.interval_s), timedelta(seconds=meta.timeout_s)
        return CheckPolicy(ids[one.check], *spans, kept)

    policy = Policy(
        components={
            one.service: Component(one.service, one.service, checks=(ids[one.check],))
            for one in services
        },
        checks={ids[one.check]: judged(one) for one in services},
        canaries={ids[one.check]: judged(one) for one in guards},
    )
    return Cast(policy, kept, ids, {id: name for name, id in ids.items()})


@dataclass(slots=True)
class Herald:
    """Says in the lab's words what became of incidents, and only what differs from before."""

    _told: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    _notices: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def tell(self, replay: Replay, recorded: Iterable[Recorded]) -> Iterator[Said]:
        """What these events changed."""
        for one in recorded:
            if isinstance(one.event, WarningRaised | WarningCleared):
                yield self._notice(subject_id(one.subject), one.event, one.at.timestamp())
        last = {one.subject: one.at for one in recorded if one.subject.startswith("incident:")}
        for subject, at in last.items():
            incident = replay.board.incidents[subject_id(subject)]
            if (said := self._incident(incident, at.timestamp())) is not None:
                yield said

    def _incident(self, incident: Incident, at: float) -> Said | None:
        before = self._told.get(incident.id)
        if not incident.open:
            self._told.pop(incident.id, None)
            return Said(at, "resolved", incident.id) if before else None
        bad = {name: one for name, one in incident.components.items() if one in SEVERITY}
        now = SEVERITY.get(worst(bad.values()), "operational"), sorted(bad)
        if now == before:
            return None
        self._told[incident.id] = now
        kind = "severity_changed" if before else "opened"
        return Said(at, kind, incident.id, now[1], now[0])

    def _notice(self, check: str, event: WarningRaised | WarningCleared, at: float) -> Said:
        key = check, event.warning
        if isinstance(event, WarningCleared):
            return Said(at, "resolved", self._notices.pop(key))
        self._notices[key] = name = f"notice-{next(self._numbers)}"
        return Said(at, "opened", name, [check.partition("/")[0]], "notice")


@dataclass(slots=True)
class Cost:
    """What judging took."""

    results: int = 0
    cpu_seconds: float = 0.0
    largest_state: int = 0
    weighed_at: float = 0.0

    def weigh(self, states: dict[str, detect.Judged], at: float) -> None:
        """Look at the size of the states, now and then."""
        if at < self.weighed_at + WEIGH_EVERY:
            return
        self.weighed_at = at
        sizes = (len(detect.stored(name, state).data) for name, state in states.items())
        self.largest_state = max(self.largest_state, max(sizes, default=0))

    def __str__(self) -> str:
        each = 1e6 * self.cpu_seconds / max(self.results, 1)
        return f"bench.lab: {each:.1f} us CPU/result, largest state {self.largest_state} bytes"


class Detector:
    """Feeds the lab's results to a replay and collects what is to be said."""

    def __init__(self, meta: Meta, locations: int | None = None, canaries: bool = True) -> None:
        """Judge the checks of this world from its start on."""
        self.cast = cast(meta, locations, canaries)
        self.cost = Cost(weighed_at=meta.start)
        self.said: list[Said] = []
        self._timeout = meta.timeout_s
        self._limits: dict[str, float] = {}
        self._wakes = Wakes()
        self._due = math.inf
        self._idle_until = -math.inf
        self._herald = Herald()
        self._told = 0
        self._replay = Replay(self.cast.policy, self._grant)
        self._replay.start(instant(meta.start))

    def take(self, lines: list[Line], until: float) -> None:
        """Fold in what became known, and let the time pass up to an instant."""
        if not lines and until < self._idle_until:
            return
        began = time.process_time()
        for line in lines:
            self._take(line)
        self._pass(until)
        self._replay.advance(instant(until))
        self._tell()
        next_at = self._replay.next_at()
        self._idle_until = min(self._due, next_at.timestamp() if next_at else math.inf)
        self.cost.cpu_seconds += time.process_time() - began
        self.cost.weigh(self._replay.folds.states, until)

    def _take(self, line: Line) -> None:
        check = self.cast.ids.get(line.check)
        if check is None or line.location not in self.cast.locations:
            return
        self.cost.results += 1
        self._pass(line.t)
        self._replay.feed(self._result(check, line))
        self._tell()

    def _pass(self, until: float) -> None:
        if until < self._due:
            return
        while (at := self._wakes.next_at()) is not None and at.timestamp() <= until:
            for check in self._wakes.pop_due(at):
                self._replay.feed(Tick(check, at))
                self._tell()
        self._due = at.timestamp() if at else math.inf

    def _result(self, check: str, line: Line) -> Result:
        took = line.latency_s or 0.0
        if line.error == "timeout":
            took = self._limits.get(check, self._timeout) if line.recheck else self._timeout
        days = line.cert_days_left
        short = days is not None and days < CERTIFICATE_DAYS
        return Result(
            check,
            line.location,
            instant(line.t - took),
            instant(line.t),
            Outcome.PASS if line.ok else Outcome.FAIL,
            line.latency_s,
            line.error or "",
            warnings=(f"certificate expires in {days:.0f} days",) if short else (),
            recheck=line.recheck,
        )

    def _tell(self) -> None:
        log = self._replay.log
        if len(log) > self._told:
            self.said += self._herald.tell(self._replay, log[self._told :])
            self._told = len(log)

    def _grant(self, wish: Wish) -> None:
        if not isinstance(wish, Recheck):
            self._wakes.wish(wish.check, wish.at)
            self._due = min(self._due, wish.at.timestamp())
            return
        limit = wish.timeout.total_seconds() if wish.timeout else None
        self._limits[wish.check] = limit or self._timeout
        name, at = self.cast.names[wish.check], wish.at.timestamp()
        for location in wish.locations or self.cast.locations:
            self.said.append(Said(at, "recheck", check=name, location=location, timeout_s=limit))


def begun(lines: BinaryIO, locations: int | None, canaries: bool) -> Detector:
    """The detector for the world that the lab's first line tells of."""
    meta = msgspec.json.decode(lines.readline(), type=Opening).meta
    return Detector(meta, locations, canaries)


def run(detector: Detector, lines: BinaryIO, answers: BinaryIO, kept: BinaryIO) -> None:
    """Speak with the lab until it has no more to say; events of incidents are kept, too."""
    decoder, encoder = msgspec.json.Decoder(Line), msgspec.json.Encoder()
    waiting: list[Line] = []
    for raw in lines:
        line = decoder.decode(raw)
        if line.sync is None:
            waiting.append(line)
            continue
        detector.take(waiting, line.t)
        waiting.clear()
        for said in detector.said:
            told = encoder.encode(said) + b"\n"
            answers.write(told)
            if said.id:
                kept.write(told)
        answers.write(b'{"sync":%d}\n' % line.sync)
        answers.flush()
        detector.said.clear()


def main() -> None:
    """Judge what the lab sends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--locations", type=int, help="use only so many locations")
    parser.add_argument("--no-canaries", action="store_true", help="judge without canaries")
    parser.add_argument("--events", type=Path, default=Path(os.devnull))
    asked = parser.parse_args()
    lines = sys.stdin.buffer
    detector = begun(lines, asked.locations, not asked.no_canaries)
    with asked.events.open("wb") as kept:
        run(detector, lines, sys.stdout.buffer, kept)
    print(detector.cost, file=sys.stderr)


if __name__ == "__main__":
    main()
