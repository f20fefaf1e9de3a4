"""The kind `metric`: numbers are sent to us, held against limits and against what is usual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Annotated

from annotated_types import Ge

from checks.duration import say_span
from checks.expectations_value import ValueExpectation
from checks.model import Kind
from checks.pushing import Due, Heard, Message, Pushed
from checks.settings import Duration
from checks.words import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricOptions:
    """How often values come, and whether what is usual of them is learned."""

    every: Duration
    """How often a value is sent."""
    grace: Duration = timedelta(minutes=1)
    """How late a value may be before the check fails."""
    learn: bool = True
    """Whether to learn what is usual at each hour and to say when values are not; that takes at
    least 100 values and a week, and never says worse than degraded."""
    rotate: Annotated[int, Ge(1)] = 1
    """Raise it and the check gets another address; the one before is no longer answered."""


def _next_due(options: MetricOptions, heard: Heard) -> Due | None:
    """The next value; None before the first."""
    counted_at = heard.counted_at or heard.at
    if counted_at is None:
        return None
    due_at = counted_at + options.every
    since = f" since {moment(heard.at)}" if heard.at else ""
    return Due(due_at, options.grace, f"no value{since}, expected by {moment(due_at)}")


def _on_push(options: MetricOptions, message: Message, heard: Heard) -> Heard:
    return replace(heard, at=message.at, counted_at=message.at)


def _accepts(word: str) -> bool:
    """None: the address of a heartbeat is another one."""
    return False


def _sends_at(options: MetricOptions, after: datetime) -> None:
    """Never: others measure."""


KIND = Kind(
    name="metric",
    summary="Takes numbers that are sent to it; says when they break a limit, are unusual or stop.",
    options=MetricOptions,
    probe=None,
    target=lambda options: f"every {say_span(options.every)}",
    expectations={"value": ValueExpectation},
    short="every",
    pushed=Pushed(_accepts, _on_push, _next_due, attrgetter("grace"), _sends_at),
    learns=lambda options: options.learn,
    example="""\
queue:
  metric: {every: 1m, grace: 2m}
  expect: {value: {below: 10000}}
  degraded_if: {value: {above: 2000}}
""",
    failures={
        "no value since TIME, expected by TIME": "Whoever measures it stopped, or cannot reach "
        "Upfront.",
        "value 12000, expected below 10000": "The limit under `expect` is broken.",
        "value 812 since TIME; usual at this hour 90 to 140": "No limit is broken, but at this "
        "hour of the week it was never like this. After six hours it counts as usual.",
    },
)
