"""What follows from the plans of the file at an instant: work is announced, begun, over, off."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from incidents.board import Board
from incidents.commands import (
    AnnounceWork,
    CancelWork,
    ChangeWork,
    EndWork,
    MaintenanceCommand,
    StartWork,
)
from incidents.ids import stable_ids
from incidents.maintenance import Maintenance, MaintenanceStatus, Work
from incidents.maintenance_dates import Occurrence, ahead, first, more_from, occurrences
from incidents.policy import MaintenancePlan, Policy

Known = Sequence[Maintenance]


def planned(board: Board, policy: Policy, at: datetime) -> Iterator[MaintenanceCommand]:
    """All that is due by now; nothing where it is done already, so it may be asked at any time.

    Each command rests on the board as those before it left it: carry one out, then go on.
    """
    by_plan = _by_plan(board)
    for plan in policy.maintenance.values():
        yield from _follow(board, plan, by_plan.get(plan.id, ()), policy, at)
    for name, known in by_plan.items():
        if name not in policy.maintenance:
            yield from _gone([found for found in known if not found.status.over], at)


def next_due(board: Board, policy: Policy, at: datetime) -> datetime | None:
    """When `planned` next has something to say, if nothing else happens."""
    known = [found for found in board.maintenances.values() if not found.status.over]
    due = [found.ends_at if found.status.running else found.starts_at for found in known]
    further = [more_from(plan, at) for plan in policy.maintenance.values() if plan.repeat]
    return min([*due, *(from_at for from_at in further if from_at)], default=None)


def concerned(plan: MaintenancePlan, policy: Policy) -> tuple[str, ...]:
    """The components that a plan is about, in the order of the file."""
    if not plan.components:
        return tuple(policy.components)
    named = frozenset(plan.components)
    return tuple(
        name
        for name, component in policy.components.items()
        if name in named or component.group in named
    )


def _by_plan(board: Board) -> Mapping[str, Known]:
    found: defaultdict[str, list[Maintenance]] = defaultdict(list)
    for maintenance in board.maintenances.values():
        found[maintenance.plan].append(maintenance)
    return found


def _follow(
    board: Board, plan: MaintenancePlan, known: Known, policy: Policy, at: datetime
) -> Iterator[MaintenanceCommand]:
    """Let what is known of a plan be what the plan says now.

    Of the dates of a repeated plan only the first that is announced, or changed, is told.
    """
    going = sorted((one for one in known if not one.status.over), key=lambda one: one.starts_at)
    dates = _dates(plan, going, known, at)
    pairs = _pairs(going, dates, at)
    yield from _gone([one for one in going if one.id not in pairs], at)
    concerning, told = concerned(plan, policy), False
    for one in going:
        if one.id in pairs:
            work = _work(plan, concerning, pairs[one.id])
            yield from _kept(one, work, at, quiet=told)
            told = told or work != one.work
    announced = plan.repeat is not None and any(one.started_at or one in going for one in known)
    for date in dates:
        if date not in pairs.values():
            work = _work(plan, concerning, date)
            yield from _new(_free_id(board, plan, date), plan, work, at, quiet=announced)
            announced = True


def _dates(plan: MaintenancePlan, going: Known, known: Known, at: datetime) -> list[Occurrence]:
    """The dates that are to be known: those to come, and those that were, or are history."""
    over = (one for one in known if one.completed_at or (one.status.over and one.ends_at <= at))
    done = {(one.starts_at, one.ends_at) for one in over}
    coming = [date for date in ahead(plan, at) if date not in done]
    if plan.repeat is None:
        date = first(plan)
        return [date] if date not in done else []
    past = {one.starts_at for one in going if one.starts_at < at}
    if not past:
        return coming
    since = itertools.takewhile(lambda date: date.ends_at <= at, occurrences(plan, min(past)))
    return [date for date in since if date.starts_at in past] + coming


def _pairs(going: Known, dates: Sequence[Occurrence], at: datetime) -> dict[str, Occurrence]:
    """Which date each one stands for: its own, or one that it was moved to.

    What runs stays with a date that is going on, and what has not begun takes the others.
    """
    starts = {date.starts_at: date for date in dates}
    found = {one.id: starts[one.starts_at] for one in going if one.starts_at in starts}
    for running in (True, False):
        moved = [one for one in going if one.id not in found and one.status.running is running]
        left = [date for date in dates if date not in found.values()]
        if running:
            left = [date for date in left if date.starts_at <= at < date.ends_at]
        found |= {one.id: date for one, date in zip(moved, left, strict=False)}
    return found


def _work(plan: MaintenancePlan, concerning: tuple[str, ...], date: Occurrence) -> Work:
    return Work(
        plan.title, date.starts_at, date.ends_at, concerning, plan.components, plan.description,
        plan.status,
    )  # fmt: skip


def _kept(
    one: Maintenance, work: Work, at: datetime, *, quiet: bool
) -> Iterator[MaintenanceCommand]:
    """One that takes place as it was announced, or as it is announced from now on."""
    unmoved = (one.starts_at, one.ends_at) == (work.starts_at, work.ends_at)
    if work != one.work:
        yield ChangeWork(one.id, work, quiet=quiet)
    if one.status is MaintenanceStatus.SCHEDULED and work.starts_at <= at:
        from_at = max(work.starts_at, one.created_at) if unmoved else at
        yield StartWork(one.id, from_at, quiet=work.ends_at <= at)
    if work.ends_at <= at:
        yield EndWork(one.id, work.ends_at if unmoved else at)


def _new(
    id: str, plan: MaintenancePlan, work: Work, at: datetime, *, quiet: bool
) -> Iterator[MaintenanceCommand]:
    """One that nobody knew of: to come, begun already, or history that is told to nobody."""
    past = work.ends_at <= at
    yield AnnounceWork(id, plan.id, work, quiet=quiet or work.starts_at <= at)
    if work.starts_at <= at:
        yield StartWork(id, work.starts_at if past else at, quiet=past)
    if past:
        yield EndWork(id, work.ends_at, quiet=True)


def _gone(going: Known, at: datetime) -> Iterator[MaintenanceCommand]:
    """What the file has no more: it is off, or over now if it had begun."""
    told = False
    for one in sorted(going, key=lambda one: one.starts_at):
        if one.status.running:
            yield EndWork(one.id, at)
        else:
            yield CancelWork(one.id, quiet=told)
            told = True


def _free_id(board: Board, plan: MaintenancePlan, date: Occurrence) -> str:
    """The id of a date, which it keeps when it is moved; one that was off is taken up again."""
    ids = stable_ids("maintenance", plan.id, date.starts_at.isoformat())
    return next(id for id in ids if _is_free(board.maintenances.get(id)))


def _is_free(known: Maintenance | None) -> bool:
    return known is None or known.status is MaintenanceStatus.CANCELLED
