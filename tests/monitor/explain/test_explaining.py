"""Signals replayed for one check: what is noted on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from checks.model import Outcome, Result
from incidents.model import Judgement
from incidents.policy import Policy
from incidents.signals import Beat, DeployMarker, Signal, Value
from monitor.config.load import load
from monitor.explain.course import REPORTED, Course, Explaining
from tests.clock import START

FILE = """version: 1
connectivity: [{tcp: "192.0.2.1:53"}, {tcp: "198.51.100.7:443"}]
components:
  shop: {checks: {api: {tcp: "shop.example:443"}}}
  queue: {checks: {length: {metric: {every: 1m}}}}
  jobs: {checks: {backup: {heartbeat: {every: 1h}}}}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    path = tmp_path / "checks.yaml"
    path.write_text(FILE)
    config = load(path).config
    assert config is not None
    return config.policy


def second(count: float):
    return START + timedelta(seconds=count)


def course(policy: Policy, check: str, signals: Sequence[Signal]) -> Course:
    """Ten minutes of a check."""
    until, step = second(600), timedelta(seconds=10)
    steps = enumerate(signals, 1)
    return Explaining(policy, check, START).course(steps, START, until, until, step)


def probed(policy: Policy, check: str, count: float, outcome: Outcome = Outcome.PASS) -> Result:
    asked = policy.checks.get(check) or policy.canaries[check]
    return Result(
        check, "local", second(count), second(count + 0.1), outcome,
        0.1 if outcome is Outcome.PASS else None, revision=asked.revision,
    )  # fmt: skip


def test_numbers_that_were_sent_are_seen(policy: Policy) -> None:
    values = [Value("queue/length", second(at), second(at), 100.0 + at) for at in (5, 7, 65)]
    found = course(policy, "queue/length", values)
    assert found.locations == (REPORTED,)
    assert [one.number for one in found.results] == [105, 107, 165]
    assert (found.moments[0].numbers, found.moments[1].numbers) == ((105, 106, 107), None)
    assert found.verdicts[0].judgement is Judgement.HEALTHY
    assert found.unknowable == ()


def test_what_a_job_reported_is_seen_and_what_failed_of_it(policy: Policy) -> None:
    words = ("start", "", "0", "fail", "3")
    beats = [Beat("jobs/backup", second(10 * at), word) for at, word in enumerate(words, 1)]
    found = course(policy, "jobs/backup", beats)
    assert [str(one.outcome) for one in found.results] == ["pass"] * 3 + ["fail"] * 2
    assert [one.reason for one in found.results] == list(words)


def test_a_time_without_canaries_is_blind_and_not_the_checks(policy: Policy) -> None:
    signals = [probed(policy, "shop/api", at) for at in range(0, 300, 30)]
    for at in range(300, 420, 30):
        signals += [
            probed(policy, "shop/api", at, Outcome.FAIL),
            probed(policy, "_connectivity/1", at + 1, Outcome.FAIL),
            probed(policy, "_connectivity/2", at + 2, Outcome.FAIL),
        ]
    signals += [probed(policy, "_connectivity/1", 420), probed(policy, "shop/api", 421)]
    found = course(policy, "shop/api", signals)
    (blind,) = found.blind
    assert (blind.from_at, blind.until) == (second(302.1), second(420.1))
    unknown = next(one for one in found.verdicts if one.judgement is Judgement.UNKNOWN)
    assert unknown.evidence.endswith("no canary answers from local, so it is us")
    assert all(one.judgement is not Judgement.FAILING for one in found.verdicts)


def test_releases_of_its_component_are_told_with_their_notes(policy: Policy) -> None:
    marks = [
        DeployMarker("shop", second(60), True, "v2"), DeployMarker("queue", second(70), True, "v9"),
        DeployMarker("shop", second(90), False),
    ]  # fmt: skip
    (release,) = course(policy, "shop/api", marks).releases
    assert (release.from_at, release.until, release.note) == (second(60), second(90), "v2")
