"""The life of an incident: a command and what stands now make events, events make the incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from incidents import messages, promises, roll
from incidents.commands import (
    Discard,
    EditUpdate,
    Forget,
    IncidentCommand,
    KeepPromise,
    MoveMembers,
    Observe,
    PostUpdate,
    Publish,
    Resolve,
    TellChanges,
)
from incidents.drafting import Draft
from incidents.events import (
    CheckForgotten,
    CheckJudged,
    ChecksRecovered,
    Discarded,
    Event,
    MembersMoved,
    Opened,
    Published,
    Relapsed,
    Retitled,
    StatusChanged,
    UpdateEdited,
    UpdatePosted,
)
from incidents.model import ComponentStatus, Incident, IncidentStatus, Phrase
from incidents.policy import Policy, Publication, PublicationMode
from incidents.roll import Roll
from incidents.updates import is_worse, next_update, shifts

RECOVERED_IN_HOLD = "recovered within the hold"
RECOVERED_UNPUBLISHED = "recovered before it was published"
NOT_MONITORED = "no longer monitored"


def decide(
    incident: Incident | None, command: IncidentCommand, at: datetime, policy: Policy
) -> tuple[Event, ...]:
    """What comes of a command; nothing when it holds already or no longer applies."""
    found = drafted(incident, command, at, policy)
    return found.events if found else ()


def drafted(
    incident: Incident | None, command: IncidentCommand, at: datetime, policy: Policy
) -> Draft | None:
    """What comes of a command, with the incident as it leaves it; None if there is still none."""
    if incident is None:
        return _open(command, at, policy) if isinstance(command, Observe) else None
    draft = Draft(incident, at, policy)
    if incident.read_only:
        return draft
    if isinstance(command, EditUpdate):
        _edit(draft, command)
    elif incident.open:
        _answer(draft, command)
    elif isinstance(command, PostUpdate):
        _post_afterwards(draft, command)
    return draft


def _answer(draft: Draft, command: IncidentCommand) -> None:
    match command:
        case Observe():
            _observe(draft, command)
        case Forget():
            _forget(draft, command)
        case MoveMembers():
            _move(draft, command)
        case Publish():
            _publish(draft)
        case Resolve():
            _resolve(draft, command)
        case TellChanges():
            _tell_changes(draft)
        case KeepPromise():
            _keep_promise(draft, command)
        case PostUpdate():
            _post(draft, command)
        case Discard() if not draft.incident.public:
            draft.add(Discarded(command.reason))


# Observing ------------------------------------------------------------------------------------


def _open(command: Observe, at: datetime, policy: Policy) -> Draft | None:
    if command.status in (ComponentStatus.OPERATIONAL, ComponentStatus.UNKNOWN):
        return None
    publication = _publication(command, policy)
    title = messages.title(roll.of({command.component: command.status}), policy)
    onset_at = command.verdict.onset_at
    opened = Opened(messages.written(title), onset_at, publication, title)
    draft = Draft.opening(command.incident, opened, at, policy)
    draft.add(CheckJudged(command.verdict, command.position))
    draft.add(StatusChanged(command.component, command.status, command.verdict.onset_at))
    if publication.mode is PublicationMode.AUTO:
        _make_public(draft)
    return draft


def _publication(command: Observe, policy: Policy) -> Publication:
    component = policy.components.get(command.component)
    return component.publish if component else Publication()


def _observe(draft: Draft, command: Observe) -> None:
    before = draft.incident
    joins = command.verdict.check not in before.checks
    was = before.status_of(command.component)
    if before.checks.get(command.verdict.check) != command.verdict:
        if joins and command.status is was is ComponentStatus.OPERATIONAL:
            return
        draft.add(CheckJudged(command.verdict, command.position))
    if command.status is not was and command.status is not ComponentStatus.UNKNOWN:
        draft.add(StatusChanged(command.component, command.status, command.verdict.onset_at))
        _follow(draft, before, worsened=is_worse(was, command.status))


def _forget(draft: Draft, command: Forget) -> None:
    before = draft.incident
    if command.check not in before.checks or command.check in before.forgotten:
        return
    draft.add(CheckForgotten(command.check))
    was = before.status_of(command.component)
    if command.status is not None and command.status not in (ComponentStatus.UNKNOWN, was):
        draft.add(StatusChanged(command.component, command.status, command.at))
        _follow(draft, before, worsened=is_worse(was, command.status))
    elif draft.incident.recovered_at is not None and before.recovered_at is None:
        _recovered(draft)
    elif not promises.monitored(draft.incident):
        _abandoned(draft)


def _move(draft: Draft, command: MoveMembers) -> None:
    """Whatever goes by another id stays a member; nothing is said, as nothing happened."""
    members = draft.incident
    components = {old: new for old, new in command.components.items() if old in members.timeline}
    checks = {old: new for old, new in command.checks.items() if old in members.checks}
    if components or checks:
        draft.add(MembersMoved(components, checks))


def _abandoned(draft: Draft) -> None:
    """Nothing of the incident is monitored any more, so nobody will see it end."""
    incident = draft.incident
    if not incident.public:
        draft.add(Discarded(NOT_MONITORED))
    elif not incident.touched:
        phrase = messages.forgotten(roll.present(incident), draft.policy)
        draft.post(incident.status, phrase, promised=False)


def _follow(draft: Draft, before: Incident, *, worsened: bool) -> None:
    """What the changed status of a component means for the incident and its words."""
    after = draft.incident
    if after.recovered_at is not None:
        _recovered(draft)
    elif before.recovered_at is not None:
        draft.add(Relapsed())
        _put_into_the_present(draft)
        _say(draft, IncidentStatus.INVESTIGATING, messages.relapsed)
    elif worsened:
        if not after.touched and _reads_otherwise(before, after):
            _put_into_the_present(draft)
        _tell_changes(draft)


def _reads_otherwise(before: Incident, after: Incident) -> bool:
    """Whether a title that names the first few and counts the rest would say something else.

    Of a hundred and more, the first two digits.
    """
    was, now = before.standing, after.standing
    either = was.keys() | now.keys()
    return any(_rounded(was.get(each, 0)) != _rounded(now.get(each, 0)) for each in either)


def _rounded(count: int) -> tuple[str, int]:
    digits = str(count)
    return digits[:2], len(digits)


def _tell_changes(draft: Draft) -> None:
    """Post that it got worse, unless the last post is so fresh that more may follow."""
    incident = draft.incident
    if not incident.public or incident.touched or not incident.untold:
        return
    if draft.at >= promises.told_from(incident, draft.policy):
        _put_into_the_present(draft)
        changed = shifts(incident)
        draft.post(incident.status, messages.worsened(changed, draft.policy), changed)


def _recovered(draft: Draft) -> None:
    incident = draft.incident
    if not incident.public:
        if incident.publish_due_at is not None:
            draft.add(Discarded(RECOVERED_IN_HOLD))
    elif incident.touched:
        draft.add(ChecksRecovered())
    else:
        _tell_recovery(draft)


def _tell_recovery(draft: Draft) -> None:
    _put_into_the_past(draft)
    phrase = messages.recovered(roll.present(draft.incident), draft.policy)
    draft.post(IncidentStatus.MONITORING, phrase)


def _put_into_the_present(draft: Draft) -> None:
    """Let the title say what is: "Checkout is down"."""
    _entitle(draft, messages.title(roll.present(draft.incident), draft.policy))


def _put_into_the_past(draft: Draft) -> None:
    """Let the title say that it was: "Checkout was down"."""
    _entitle(draft, messages.past_title(roll.past(draft.incident), draft.policy))


def _entitle(draft: Draft, phrase: Phrase) -> None:
    """Change the title; never one that an operator gave."""
    title = messages.written(phrase)
    if title != draft.incident.title and not draft.incident.titled:
        draft.add(Retitled(title, phrase=phrase))


def _say(draft: Draft, status: IncidentStatus, phrase: Callable[[Roll, Policy], Phrase]) -> None:
    """Post an update, where the words are the machine's and customers may read them."""
    if draft.incident.public and not draft.incident.touched:
        draft.post(status, phrase(roll.present(draft.incident), draft.policy))


# Publishing and ending ------------------------------------------------------------------------


def _publish(draft: Draft) -> None:
    incident = draft.incident
    if incident.public:
        return
    if incident.recovered_at is not None and incident.publish_due_at is not None:
        draft.add(Discarded(RECOVERED_IN_HOLD))
        return
    _make_public(draft)


def _make_public(draft: Draft) -> None:
    draft.add(Published())
    incident = draft.incident
    if incident.recovered_at is None:
        draft.post(incident.status, messages.opened(roll.present(incident), draft.policy))
    else:
        _tell_recovery(draft)


def _resolve(draft: Draft, command: Resolve) -> None:
    incident = draft.incident
    if incident.touched or incident.recovered_at != command.recovered_at:
        return
    if draft.at < promises.watched_until(incident, draft.policy):
        return
    if incident.public:
        _put_into_the_past(draft)
        phrase = messages.resolved(roll.present(incident), draft.policy)
        draft.post(IncidentStatus.RESOLVED, phrase)
    else:
        draft.add(Discarded(RECOVERED_UNPUBLISHED))


def _keep_promise(draft: Draft, command: KeepPromise) -> None:
    incident = draft.incident
    if incident.promised_at == command.promised_at and not incident.touched:
        draft.post(incident.status, messages.holding(roll.present(incident), draft.policy))


# Operators ------------------------------------------------------------------------------------


def _post(draft: Draft, command: PostUpdate) -> None:
    if _is_said(draft.incident, command):
        return
    if not draft.incident.public:
        draft.add(Published())
    if command.status.over or _is_watched(draft.incident, command.status):
        _put_into_the_past(draft)
    draft.post_by_hand(command.status, command.body, command.promised_at)


def _is_watched(incident: Incident, status: IncidentStatus) -> bool:
    return status is IncidentStatus.MONITORING and incident.recovered_at is not None


def _is_said(incident: Incident, command: PostUpdate) -> bool:
    last = incident.updates[-1] if incident.updates else None
    return last is not None and (last.automatic, last.status, last.body) == (
        False,
        command.status,
        command.body,
    )


def _post_afterwards(draft: Draft, command: PostUpdate) -> None:
    """Once it is resolved, an incident takes its postmortem and nothing else."""
    incident = draft.incident
    postmortem = command.status is IncidentStatus.POSTMORTEM and incident.public
    if postmortem and not _is_said(incident, command):
        draft.add(UpdatePosted(next_update(incident), command.status, command.body))


def _edit(draft: Draft, command: EditUpdate) -> None:
    updates = draft.incident.updates
    known = next((update for update in updates if update.id == command.update), None)
    if known is not None and known.body != command.body:
        draft.add(UpdateEdited(command.update, command.body))
