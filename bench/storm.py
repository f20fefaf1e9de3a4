"""A storm: every check fails within the same second, and what that costs us.

Run: .venv/bin/python -m bench.storm [--checks 100000] [--locations 3] [--canaries]

Each check has answered well from every location before. Then all of them are refused from all
locations at once, and again in each round of rechecks, until each has been told of. The folds,
the placing and the life of incidents run as in the product, without storage.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checks.model import Outcome, Result
from incidents.model import Judgement
from incidents.policy import CheckPolicy, Component, Policy
from incidents.replay import Replay

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INTERVAL, TIMEOUT = timedelta(seconds=60), timedelta(seconds=10)
CANARIES = ("_connectivity/1", "_connectivity/2")
ROUNDS_SECONDS = (100.0, 101.0, 105.0, 110.0, 120.0)
"""When all fail: the planned probes, and the rounds of rechecks."""


def policy(checks: int, places: tuple[str, ...], canaries: tuple[str, ...]) -> Policy:
    """So many components of one check each, judged by what is learned."""
    names = [f"part{number}" for number in range(checks)]
    spans = INTERVAL, TIMEOUT
    return Policy(
        components={name: Component(name, name, checks=(f"{name}/api",)) for name in names},
        checks={f"{name}/api": CheckPolicy(f"{name}/api", *spans, places) for name in names},
        canaries={name: CheckPolicy(name, *spans, places) for name in canaries},
    )


def round_of(judged: Policy, outcome: Outcome, begin: float) -> Iterator[Result]:
    """Every check from every location within one second, and then a canary that answers."""
    reason = "connection refused" if outcome is Outcome.FAIL else ""
    took = None if outcome is Outcome.FAIL else 0.1
    count = len(judged.checks)
    places = next(iter(judged.checks.values())).locations
    for number, check in enumerate(judged.checks):
        at = NOW + timedelta(seconds=begin + number / count)
        for place in places:
            yield Result(check, place, at, at, outcome, took, reason)
    answered = NOW + timedelta(seconds=begin + 1)
    for canary in judged.canaries:
        for place in places:
            yield Result(canary, place, answered, answered, Outcome.PASS, 0.1)


def fed(replay: Replay, results: Iterator[Result]) -> tuple[float, float]:
    """Seconds for all, and the longest that a single signal took."""
    began, longest = time.perf_counter(), 0.0
    for result in results:
        before = time.perf_counter()
        replay.feed(result)
        longest = max(longest, time.perf_counter() - before)
    return time.perf_counter() - began, longest


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(checks: int, locations: int, canaries: tuple[str, ...]) -> None:
    """Let it storm, and print a row for each round."""
    places = tuple(f"place{number}" for number in range(locations))
    judged = policy(checks, places, canaries)
    replay = Replay(judged)
    replay.start(NOW)
    well, _ = fed(replay, round_of(judged, Outcome.PASS, 0.0))
    print("| round | seconds | a result | longest | down | incidents | memory |")
    print("|---|---|---|---|---|---|---|")
    each = well / (checks * locations) * 1e6
    print(f"| all well | {well:.1f} | {each:.0f} us | | 0 | 0 | {megabytes():.0f} MB |")
    for begin in ROUNDS_SECONDS:
        took, longest = fed(replay, round_of(judged, Outcome.FAIL, begin))
        verdicts = replay.folds.fleet.verdicts.values()
        down = sum(one.judgement is Judgement.FAILING for one in verdicts)
        print(
            f"| refused at {begin:.0f} s | {took:.1f} | {took / (checks * locations) * 1e6:.0f} us"
            f" | {longest:.2f} s | {down} | {len(replay.board.incidents)} | {megabytes():.0f} MB |"
        )


def main() -> None:
    """Measure as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=100_000)
    parser.add_argument("--locations", type=int, default=3)
    parser.add_argument("--canaries", action="store_true")
    asked = parser.parse_args()
    measure(asked.checks, asked.locations, CANARIES if asked.canaries else ())


if __name__ == "__main__":
    main()
