"""Quiet answers folded in ahead of their turn: the same in every bit as folding one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.instants import to_microseconds
from checks.model import Outcome, Result
from incidents.policy import Policy
from incidents.signals import DeployMarker, Gap, Positioned, Signal, known_at
from monitor.archive import Line, Slice
from monitor.backtest.folding import Folding
from monitor.backtest.machine import Machine
from monitor.backtest.stretches import Stretches
from monitor.storage.results import OUTCOMES, Name, name_of
from tests.incidents.detect.scripted import CANARIES, learning
from tests.incidents.world import NOON, at, component, seconds

HOURS = 5
ROUNDS = HOURS * 60
END = at((HOURS + 1) * 3600)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a check, from one minute to another."""

    check: int
    begin: int
    minutes: int
    sort: str

    def at(self, check: int, minute: float) -> bool:
        return check == self.check and self.begin <= minute < self.begin + self.minutes


TROUBLES = st.lists(
    st.builds(
        Trouble,
        st.integers(0, 2),
        st.integers(0, ROUNDS),
        st.integers(1, 60),
        st.sampled_from(["down", "flaky", "slow", "much slower", "silent", "limit", "one place"]),
    ),
    max_size=6,
)


def fleet(canaries: tuple[str, ...], **changes: object) -> Policy:
    parts = component("shop"), component("till"), component("mail")
    return learning(*parts, canaries=canaries, **changes)


def answer(sort: str, chance: Random, place: int) -> tuple[Outcome, float] | None:
    """What a probe sees amid a trouble of that sort, None where there is no answer at all."""
    took = 0.1 * math.exp(chance.gauss(0, 0.15)) * {"slow": 1.8, "much slower": 6}.get(sort, 1)
    failed = {"down": 1.0, "flaky": 0.3, "one place": float(place == 0), "": 0.004}.get(sort, 0.0)
    if sort == "silent":
        return None
    if chance.random() < failed:
        return Outcome.FAIL, 0.0
    outlier = 30 if chance.random() < 0.005 else 1
    return Outcome.SLOW if sort == "limit" else Outcome.PASS, took * outlier


def probes(policy: Policy, troubles: Sequence[Trouble], chance: Random) -> Iterator[Result]:
    for number, check in enumerate([*policy.checks.values(), *policy.canaries.values()]):
        for place, location in enumerate(check.locations):
            for minute in range(ROUNDS):
                begin = 60.0 * minute + 20.0 * place + 0.37 * number
                found = [one for one in troubles if one.at(number, minute)]
                seen = answer(found[0].sort if found else "", chance, place)
                if seen is None:
                    continue
                again = (0.0, 1.0, 5.0, 10.0) if seen[0] is Outcome.FAIL else (0.0,)
                for offset in again:
                    yield result(check.check, location, begin + offset, *seen, recheck=offset > 0)


def result(
    check: str, location: str, begin: float, outcome: Outcome, took: float, *, recheck: bool
) -> Result:
    took = round(took, 4)
    failed = outcome is Outcome.FAIL
    reason = "" if outcome is Outcome.PASS else "connection refused"
    return Result(
        check, location, at(begin), at(begin + took), outcome, None if failed else took, reason,
        recheck=recheck,
    )  # fmt: skip


def others(chance: Random) -> Iterator[Signal]:
    for _ in range(chance.randrange(3)):
        begin = chance.uniform(0, HOURS * 3600)
        yield Gap(at(begin), at(begin - 400))
    for _ in range(chance.randrange(3)):
        yield DeployMarker("shop", at(chance.uniform(0, HOURS * 3600)), chance.random() < 0.5)


def day(policy: Policy, troubles: Sequence[Trouble], chance: Random) -> list[Positioned]:
    signals = [*probes(policy, troubles, chance), *others(chance)]
    signals.sort(key=lambda one: known_at(one) + seconds(chance.uniform(0, 0.05)))
    return [Positioned(position, signal) for position, signal in enumerate(signals, 1)]


def slices(signals: Sequence[Positioned], size: int) -> Iterator[Slice]:
    results = {one.position: one.signal for one in signals if isinstance(one.signal, Result)}
    names = list(dict.fromkeys(name_of(found) for found in results.values()))
    series = {name: number for number, name in enumerate(names)}
    for first in range(0, len(signals), size):
        some = signals[first : first + size]
        yield Slice(
            len(some),
            [
                packed(one.position, series, one.signal)
                for one in some
                if isinstance(one.signal, Result)
            ],
            [one for one in some if not isinstance(one.signal, Result)],
            dict(enumerate(names)),
            lambda line: results[line[0]],
        )


def packed(position: int, series: dict[Name, int], found: Result) -> Line:
    return (
        position, series[name_of(found)], to_microseconds(found.at),
        to_microseconds(found.known_at), found.latency_seconds, int(found.recheck),
        OUTCOMES.index(found.outcome),
        found.reason or None,
    )  # fmt: skip


def one_by_one(policy: Policy, signals: Sequence[Positioned]) -> Folding:
    folding = Folding(policy, NOON)
    for one in signals:
        folding.feed(one.signal)
    folding.pass_until(END)
    return folding


def ahead(
    policy: Policy, signals: Sequence[Positioned], size: int, machine: Machine | None = None
) -> tuple[Folding, int]:
    folding = Counted(policy, NOON, machine)
    stretches = Stretches(folding)
    for found in slices(signals, size):
        stretches.feed(found)
    folding.pass_until(END)
    return folding, folding.ran_ahead


class Counted(Folding):
    """Counts what was folded in ahead of its turn."""

    ran_ahead = 0

    def ahead(self, check, answers, first, run):
        taken = super().ahead(check, answers, first, run)
        self.ran_ahead += taken
        return taken


def compared(folding: Folding, plain: Folding) -> None:
    """Both came to the same in every bit."""
    assert folding.folds.states == plain.folds.states
    told = [(when, one.check, one.verdict, one.warnings) for when, one in plain.folded.changes]
    again = [(when, one.check, one.verdict, one.warnings) for when, one in folding.folded.changes]
    assert again == told
    for name in ("results", "made", "wished", "past", "seen"):
        assert getattr(folding.folded, name) == getattr(plain.folded, name)
    assert folding.folds.surroundings.sights == plain.folds.surroundings.sights
    assert folding.folds.surroundings.habits == plain.folds.surroundings.habits


SIZES = st.sampled_from([7, 500, 10_000])


@settings(max_examples=15, deadline=None)
@given(TROUBLES, st.integers(0, 10_000), SIZES, st.booleans())
def test_it_is_the_same_in_every_bit_as_one_by_one(troubles, seed, size, watched):
    policy = fleet(CANARIES if watched else ())
    signals = day(policy, troubles, Random(seed))
    folding, _ = ahead(policy, signals, size)
    compared(folding, one_by_one(policy, signals))


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine()


@settings(max_examples=8, deadline=None)
@given(TROUBLES, st.integers(0, 10_000), st.sampled_from([None, 0.999]))
def test_it_is_the_same_in_every_bit_by_machine_code(machine, troubles, seed, objective):
    policy = fleet((), availability=objective)
    signals = day(policy, troubles, Random(seed))
    folding, taken = ahead(policy, signals, 10_000, machine)
    compared(folding, ahead(policy, signals, 10_000)[0])
    assert taken


@pytest.mark.parametrize("canaries", [(), CANARIES])
def test_most_of_a_quiet_day_is_folded_in_ahead(canaries):
    policy = fleet(canaries)
    signals = day(policy, [], Random(1))
    folding, taken = ahead(policy, signals, 10_000)
    assert taken > 0.6 * folding.folded.results
