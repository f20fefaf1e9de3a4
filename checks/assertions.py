"""What an observation comes to: the outcome, with reasons, and warnings for operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from checks.expectations import Together
from checks.model import Check, Expectation, Finding, Named, Observation, Outcome


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome, why (empty on `pass`), and the statements under `warn_if` that came true."""

    outcome: Outcome
    reason: str = ""
    warnings: tuple[str, ...] = ()


def named(expectations: Mapping[str, Expectation]) -> tuple[Named, ...]:
    """Expectations under their keys, one for each statement: two headers make two."""
    return tuple(
        Named(key, part)
        for key, expectation in expectations.items()
        for part in (expectation.parts if isinstance(expectation, Together) else (expectation,))
    )


def judge(check: Check, observation: Observation, at: datetime) -> Judgement:
    """Hold a check's expectations against what a probe saw.

    All of `expect` must hold, or it failed. One of `degraded_if` makes it slow. One of
    `warn_if` is a warning, whatever the outcome.
    """
    warnings = tuple(_true(check.warn_if, observation, at)) if check.warn_if else ()
    if unmet := _unmet(check.expect, observation, at):
        return Judgement(Outcome.FAIL, "; ".join(unmet), warnings)
    if check.degraded_if and (slow := _true(check.degraded_if, observation, at)):
        return Judgement(Outcome.SLOW, "; ".join(slow), warnings)
    return Judgement(Outcome.PASS, "", warnings)


def _unmet(expected: tuple[Named, ...], observation: Observation, at: datetime) -> list[str]:
    return [
        f"{finding.actual}, expected {finding.stated}"
        for finding in findings(expected, observation, at)
        if not finding.held
    ]


def _true(stated: tuple[Named, ...], observation: Observation, at: datetime) -> list[str]:
    return [
        finding.actual
        if finding.actual.endswith(finding.stated)
        else f"{finding.actual}, {finding.stated}"
        for finding in findings(stated, observation, at)
        if finding.held
    ]


def findings(stated: tuple[Named, ...], observation: Observation, at: datetime) -> list[Finding]:
    """What each statement comes to, in their order."""
    return [item.expectation.judge(observation, at) for item in stated]
