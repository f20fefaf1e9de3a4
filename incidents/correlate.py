"""The fold over the fleet: a changed verdict is a new incident, part of an open one, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from incidents.board import Board
from incidents.commands import (
    Command,
    EndWork,
    IncidentCommand,
    MarkKnown,
    MarkUnknown,
    Observe,
    Warn,
)
from incidents.dependencies import dependencies
from incidents.fleet import Fleet
from incidents.ids import incident_id
from incidents.model import ComponentStatus, Incident, Judgement, Verdict
from incidents.moves import earlier_ids
from incidents.policy import Component, Policy

SAME_ONSET = timedelta(seconds=90)
"""Failures of related components that begin within this span are taken for one fault."""
SAME_MOMENT = timedelta(seconds=20)
"""What began within this span is one fault even if it shows in different ways, ..."""
MANY = 3
"""... once it has struck so many components."""
SAME_ONSET_AT_MOST = timedelta(minutes=5)
FOUND_TOGETHER = timedelta(minutes=3)
"""So far apart may beginnings lie of what was found within this span."""


def place(
    fleet: Fleet, board: Board, verdict: Verdict, position: int, policy: Policy
) -> tuple[Command, ...]:
    """Take a changed verdict into the fleet and say what follows from it.

    A verdict that the log rests on already, offered again by a replay, changes no incident.
    """
    fleet.judge(verdict, position)
    component = policy.component_of(verdict.check)
    if component is None:
        return ()
    commands = list(_knowledge(fleet, component, verdict))
    names = (verdict.check, *earlier_ids(policy, verdict.check))
    old = position <= max(board.judged_position.get(name, 0) for name in names)
    if not old and verdict.judgement is not Judgement.UNKNOWN:
        commands += _observation(fleet, board, component, verdict, policy)
    return tuple(commands)


def arrive(fleet: Fleet, board: Board, check: str, policy: Policy) -> tuple[Command, ...]:
    """What follows from a check, with what is held of it, now being that of another component."""
    component, verdict = policy.component_of(check), fleet.verdicts.get(check)
    if component is None or verdict is None:
        return ()
    commands = list(_knowledge(fleet, component, verdict))
    if verdict.judgement is not Judgement.UNKNOWN:
        commands += _observation(fleet, board, component, verdict, policy)
    return tuple(commands)


def _knowledge(fleet: Fleet, component: Component, verdict: Verdict) -> Iterator[Command]:
    if fleet.can_tell(component):
        yield MarkKnown(component.id, verdict.at)
    else:
        yield MarkUnknown(component.id, verdict.onset_at, verdict.evidence)


def _observation(
    fleet: Fleet, board: Board, component: Component, verdict: Verdict, policy: Policy
) -> Iterator[Observe]:
    if not board.open_on(component.id):
        if board.maintained(component.id):
            return  # what still fails once the work is over is told then
        verdict = _since_work(board, component.id, verdict)
    status = fleet.last_known(component)
    found = _home(fleet, board, component.id, verdict, policy)
    if found is None and status is ComponentStatus.OPERATIONAL:
        return
    incident = found.id if found else _id(board, verdict, policy)
    position = fleet.positions[verdict.check]
    yield Observe(incident, component.id, verdict, status, position)


def _since_work(board: Board, component: str, verdict: Verdict) -> Verdict:
    """The verdict; what was found, or began, while work was done counts from the work's end."""
    ends = [board.maintained_until(component, at) for at in (verdict.onset_at, verdict.at)]
    ended_at = max((end for end in ends if end), default=verdict.onset_at)
    if ended_at <= verdict.onset_at:
        return verdict
    return replace(verdict, onset_at=ended_at, at=max(verdict.at, ended_at))


def _id(board: Board, verdict: Verdict, policy: Policy) -> str:
    """The id of the incident that a failure opens, or opened under an earlier id of its check."""
    ids = [
        incident_id(name, verdict.onset_at)
        for name in (verdict.check, *earlier_ids(policy, verdict.check))
    ]
    return next((found for found in ids if found in board.incidents), ids[0])


def _home(
    fleet: Fleet, board: Board, component: str, verdict: Verdict, policy: Policy
) -> Incident | None:
    """The open incident that a verdict belongs to: its component's own, or a related one."""
    own = board.open_on(component)
    if own:
        return next((found for found in own if verdict.check in found.checks), own[0])
    if verdict.judgement is Judgement.HEALTHY:
        return None
    known = dependencies(policy)
    upstream, downstream = known.needed_by(component), known.needing(component)
    related = {found.id: found for other in upstream | downstream for found in board.open_on(other)}
    fitting = [
        found
        for found in related.values()
        if not found.read_only and _is_shared(found, upstream, verdict.onset_at)
    ]
    shared = min(fitting, key=lambda found: (found.onset_at, found.id), default=None)
    return shared or _alike(fleet, board, component, verdict, policy)


def _alike(
    fleet: Fleet, board: Board, component: str, verdict: Verdict, policy: Policy
) -> Incident | None:
    """The open incident of another component that began to show the same at the same time.

    Only of one that is published in the same way: no draft becomes public by company.
    """
    own = policy.components[component]
    for other in fleet.alike(verdict):
        company = policy.component_of(other.check)
        if company is None or company.publish != own.publish or company.pages != own.pages:
            continue
        for found in board.open_on(company.id):
            takes = found.recovered_at is None and not found.read_only
            if takes and _same_time(verdict, other, len(found.timeline)):
                return found
    return None


def _same_time(one: Verdict, other: Verdict, company: int) -> bool:
    """Whether two began together; when a part fails, its beginning is seen less sharply.

    What shows in different ways is taken for one fault only where many began at that moment.
    """
    apart = abs(one.onset_at - other.onset_at)
    if one.signature != other.signature:
        return apart <= SAME_MOMENT and company >= MANY
    return apart <= SAME_ONSET or (
        apart <= SAME_ONSET_AT_MOST and abs(one.at - other.at) <= FOUND_TOGETHER
    )


def _is_shared(incident: Incident, upstream: frozenset[str], onset_at: datetime) -> bool:
    """Whether something that the component needs is failing, or it all began together."""
    timeline = incident.timeline
    needed = (timeline[name][-1].status for name in upstream if name in timeline)
    if any(status is not ComponentStatus.OPERATIONAL for status in needed):
        return True
    began = (changes[0].at for changes in timeline.values())
    return incident.recovered_at is None and any(abs(onset_at - at) <= SAME_ONSET for at in began)


def follow_up(fleet: Fleet, board: Board, command: Command, policy: Policy) -> Iterator[Command]:
    """What follows once a command is carried out: who is left over where it ended something.

    Each command rests on the board as those before it left it: carry one out, then go on.
    An operator who ends an incident while the check that opened it still fails means it: nobody
    is told again before something passes and fails anew.
    """
    if isinstance(command, EndWork):
        yield from _left_over(
            fleet, board, board.maintenances[command.maintenance].components, policy
        )
    elif isinstance(command, IncidentCommand):
        incident = board.incidents.get(command.incident)
        if incident and _has_just_ended(incident) and not _goes_on(incident, fleet):
            yield from _left_over(fleet, board, incident.timeline, policy)


def _has_just_ended(incident: Incident) -> bool:
    """Whether nothing happened to it since: a postmortem may come when others fail."""
    ended_at = incident.resolved_at, incident.discarded_at
    return not incident.open and incident.changed_at in ended_at


def _goes_on(incident: Incident, fleet: Fleet) -> bool:
    """Whether the check that opened it still fails."""
    return next(iter(incident.checks), "") in fleet.wrong


def _left_over(
    fleet: Fleet, board: Board, members: Iterable[str], policy: Policy
) -> Iterator[Command]:
    """Incidents for members of one, or of a maintenance, that ended while they still fail.

    They come together as if they had been found to fail just now.
    """
    wrong = {check.partition("/")[0] for check in fleet.wrong}
    for name in members:
        component = policy.components.get(name) if name in wrong else None
        if component is None or board.open_on(name):
            continue
        verdict = fleet.worst_check(component)
        if verdict is not None:
            for command in _observation(fleet, board, component, verdict, policy):
                yield command
                fleet.show(command.verdict)


def warn(board: Board, check: str, warnings: tuple[str, ...], position: int) -> tuple[Command, ...]:
    """What follows from a check's warnings; a replay of old ones changes nothing."""
    if position <= board.warned_position.get(check, 0):
        return ()
    return (Warn(check, warnings, position),)
