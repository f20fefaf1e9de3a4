"""When a plan takes place: its dates in its own zone, as instants, right over clock changes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from incidents.policy import MaintenancePlan

AHEAD = timedelta(days=60)
"""The next date of a repeated plan is always known; those after it within this span."""
MOST_AHEAD = 8
"""So many dates of one plan are known ahead at most."""

_LOOKED_AT = 100
_MOST_TIMES = 5_000
_MOST_INTERVAL = 1_000
_PERIODS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_PARTS = frozenset(
    {
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
        "BYWEEKNO", "BYMONTH", "BYSETPOS", "BYHOUR",
    }
)  # fmt: skip


class Occurrence(NamedTuple):
    """One date of a plan."""

    starts_at: datetime
    ends_at: datetime


def parts(rule: str) -> Mapping[str, str]:
    """The parts of a rule, "FREQ=WEEKLY;BYDAY=SU", that we know how to go by.

    Raises:
        ValueError: It is none, or one that never comes to an end; says why.
    """
    text = rule.strip().upper().removeprefix("RRULE:")
    if not _RULE.fullmatch(text):
        raise ValueError("it is no RFC 5545 rule")
    found = dict(part.split("=", 1) for part in text.split(";"))
    if strange := sorted(found.keys() - _PARTS):
        raise ValueError(f"{strange[0]} is nothing that a maintenance can go by")
    if found.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise ValueError("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY")
    for name, most in (("INTERVAL", _MOST_INTERVAL), ("COUNT", _MOST_TIMES)):
        number = found.get(name, "1")
        if not (number.isdecimal() and 1 <= int(number) <= most):
            raise ValueError(f"{name} is between 1 and {most}")
    if not _UNTIL.fullmatch(found.get("UNTIL", "20000101")):
        raise ValueError("UNTIL is a date such as 20271231, or with a time 20271231T220000")
    return found


def problem(plan: MaintenancePlan) -> str:
    """What is wrong with a plan's rule, empty if it can be gone by."""
    try:
        dates = tuple(itertools.islice(_local(plan, plan.starts), _LOOKED_AT))
    except ValueError as error:
        return str(error)
    if not dates:
        return "there is no such date"
    if any(later - earlier < plan.lasts for earlier, later in itertools.pairwise(dates)):
        return "it begins again before it is over"
    return ""


def occurrences(plan: MaintenancePlan, from_at: datetime) -> Iterator[Occurrence]:
    """The dates of a plan that end after an instant, in order; none begins within another.

    Raises:
        ValueError: Its rule is none.
    """
    from_local = from_at.astimezone(ZoneInfo(plan.timezone)).replace(tzinfo=None)
    before: Occurrence | None = None
    for local in _local(plan, from_local):
        found = _at(plan, local)
        if before is not None and found.starts_at < before.ends_at:
            continue
        before = found
        if found.ends_at > from_at:
            yield found


def first(plan: MaintenancePlan) -> Occurrence:
    """The date that the plan itself names."""
    return _at(plan, plan.starts)


def ahead(plan: MaintenancePlan, at: datetime) -> tuple[Occurrence, ...]:
    """The dates that are to be known at an instant, and are not over."""
    soon = itertools.islice(occurrences(plan, at), MOST_AHEAD)
    following = itertools.takewhile(lambda found: found.starts_at <= at + AHEAD, soon)
    return (*itertools.islice(soon, 1), *following)


def more_from(plan: MaintenancePlan, at: datetime) -> datetime | None:
    """When a further date comes within reach, if none of those known begins before."""
    known = len(ahead(plan, at))
    if known == MOST_AHEAD:
        return None
    further = next(itertools.islice(occurrences(plan, at), known, None), None)
    return further.starts_at - AHEAD if further else None


def _at(plan: MaintenancePlan, local: datetime) -> Occurrence:
    """A local time that a clock change skips is taken as before it, one that comes twice first."""
    starts_at = local.replace(tzinfo=ZoneInfo(plan.timezone)).astimezone(UTC)
    return Occurrence(starts_at, starts_at + plan.lasts)


def _local(plan: MaintenancePlan, from_local: datetime) -> Iterator[datetime]:
    """The beginnings in local time, not necessarily all of those before an instant."""
    if plan.repeat is None:
        return iter((plan.starts,))
    from dateutil.rrule import rrulestr  # not needed by who repeats nothing

    found = dict(parts(plan.repeat))
    if "UNTIL" in found:
        found["UNTIL"] = _until(found["UNTIL"], ZoneInfo(plan.timezone))
    text = ";".join(f"{name}={value}" for name, value in found.items())
    rule = rrulestr(text, dtstart=_nearer(found, plan, from_local))
    return iter(rule)


def _nearer(found: Mapping[str, str], plan: MaintenancePlan, from_local: datetime) -> datetime:
    """A later first start that leads to the same dates: a rule is gone through from there."""
    period = _PERIODS.get(found["FREQ"])
    if period is None or "COUNT" in found:
        return plan.starts
    period *= int(found.get("INTERVAL", "1"))
    passed = (from_local - plan.lasts - plan.starts) // period - 1
    return plan.starts + max(passed, 0) * period


def _until(text: str, zone: ZoneInfo) -> str:
    """The last instant in local time, as the rule's dates are; a day is meant to its end."""
    if text.endswith("Z"):
        until = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return until.astimezone(zone).strftime("%Y%m%dT%H%M%S")
    return text if "T" in text else f"{text}T235959"
