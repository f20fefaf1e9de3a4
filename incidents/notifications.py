"""What an event is told as: its content in a language, addressed to one recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from incidents import maintenance_letters, maintenance_life, messages, roll
from incidents.events import (
    CheckForgotten,
    ChecksRecovered,
    ComponentKnown,
    ComponentUnknown,
    Discarded,
    Opened,
    Recorded,
    SubscriptionRequested,
    UpdatePosted,
    WarningRaised,
    subject_id,
)
from incidents.evolution import evolve
from incidents.impact import worst
from incidents.instants import moment
from incidents.letterheads import Letterhead
from incidents.letters import MOST_NAMED, Fact, Letter, as_html, as_text
from incidents.maintenance import Maintenance
from incidents.model import ComponentStatus, Incident, IncidentStatus
from incidents.payloads import Payload, PublicId, Teller, component_id
from incidents.policy import Policy
from incidents.ports import Delivery
from incidents.sending import Message
from incidents.subscriptions import CONFIRM_WITHIN, Links
from incidents.words import Words, load

BY_ROUTE = "A route in checks.yaml sends this to you."


@dataclass(frozen=True, slots=True)
class Told:
    """An event that somebody is to be told of, and its subject's events up to that one.

    `incident` or `maintenance` is what it is about, as the event left it; what was decided with
    an opening belongs to it.
    """

    event: Recorded
    history: tuple[Recorded, ...]
    incident: Incident | None = None
    maintenance: Maintenance | None = None


def told(event: Recorded, history: tuple[Recorded, ...]) -> Told:
    """The event with what was known when it was decided, so that late messages tell the same."""
    opened = isinstance(event.event, Opened)
    known = tuple(
        one for one in history if one.sequence <= event.sequence or (opened and one.at == event.at)
    )
    incident, maintenance = None, None
    for recorded in known:
        if event.subject.startswith("incident:"):
            incident = evolve(incident, recorded)
        elif event.subject.startswith("maintenance:"):
            maintenance = maintenance_life.evolve(maintenance, recorded)
    return Told(event, known, incident, maintenance)


@dataclass(frozen=True, slots=True)
class Content:
    """What everyone who reads one language gets."""

    subject: str
    text: str
    html: str
    url: str
    thread: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Alert(NamedTuple):
    """What operators read of an event; the headline is the subject, unless there is one."""

    subject: str
    body: str
    tone: ComponentStatus
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes what an event is told as, in one language."""

    policy: Policy
    letterhead: Letterhead
    links: Links
    language: str
    public_id: PublicId = component_id

    @property
    def words(self) -> Words:
        """The texts of the language, in English where we do not write it."""
        return load(self.language)

    def for_subscribers(self, told: Told) -> Content | None:
        """What customers read; None when the event is not for them."""
        match told.event.event:
            case UpdatePosted() as posted if told.incident:
                letter = self._update(told.incident, posted)
                data = self._teller.post(told.event, posted, told.incident, self._body(posted))
                return _content(letter, told.incident.id, data)
            case SubscriptionRequested() as asked:
                return _content(self._confirmation(told.event, asked), "")
        return self._work(told, told.maintenance) if told.maintenance else None

    def for_operators(self, told: Told) -> Content | None:
        """What the team reads; None when the event is not for them."""
        if told.maintenance:
            return self._work(told, told.maintenance, for_operators=True)
        alert = self._alert(told)
        if alert is None:
            return None
        incident, event = told.incident, told.event.event
        posted = event if isinstance(event, UpdatePosted) else None
        if incident and posted:
            data = self._teller.post(told.event, posted, incident, alert.body)
        else:
            data = self._teller.alert(told.event, incident, alert.subject, alert.body)
        letter = Letter(
            subject=f"[{self.letterhead.name}] {alert.subject}",
            headline=alert.headline or alert.subject,
            body=alert.body,
            tone=alert.tone,
            page_name=self.letterhead.name,
            page_url=self.letterhead.url,
            facts=tuple(self._facts(incident, None)) if incident else (),
            button=self.words("mail.see") if incident and incident.public else "",
            url=self._url(incident) if incident else "",
            reason=BY_ROUTE,
            marked=posted is not None and not posted.phrase,
        )
        return _content(letter, subject_id(told.event.subject), data)

    # Customers ------------------------------------------------------------------------------

    def _update(self, incident: Incident, posted: UpdatePosted) -> Letter:
        words = self.words
        subject, headline = self._titles(incident, posted)
        return Letter(
            subject=subject,
            headline=headline,
            word=f"{words('incident.eyebrow')} · {words(f'incident_status.{posted.status}')}",
            body=self._body(posted),
            marked=posted.phrase is None,
            tone=_tone(incident),
            facts=tuple(self._facts(incident, posted.promised_at)),
            button=words("mail.see"),
            url=self._url(incident),
            page_name=self.letterhead.name,
            page_url=self.letterhead.url,
            reason=words("mail.because_subscribed", page=self.letterhead.name),
            leave=words("subscribe.unsubscribe_button"),
            language=words.language,
            direction=words.direction,
        )

    def _titles(self, incident: Incident, posted: UpdatePosted) -> tuple[str, str]:
        """Subject and headline of an update."""
        if _is_watched(incident, posted):
            phrase = messages.watched_title(roll.present(incident), self.policy)
            said = messages.say(phrase, self.words)
            return said, said
        title, words = self._title(incident), self.words
        status = words(f"incident_status.{posted.status}")
        subject = words("incident.over_title", status=status, title=title)
        well = _tone(incident) is ComponentStatus.OPERATIONAL
        return subject, subject if well else title

    def _facts(self, incident: Incident, promised_at: datetime | None) -> Iterator[Fact]:
        words = self.words
        affected = [
            f"{messages.component_name(name, self.policy)} ({words(f'status_within.{status}')})"
            for name, status in incident.components.items()
        ]
        if affected:
            yield Fact(words("mail.affected"), words.listed(affected, MOST_NAMED))
        yield Fact(words("mail.since"), self._time(incident.onset_at))
        if incident.resolved_at:
            yield Fact(
                words("mail.until"), self._time(incident.recovered_at or incident.resolved_at)
            )
        if promised_at:
            yield Fact(words("mail.next_update"), self._time(promised_at))

    def _confirmation(self, event: Recorded, asked: SubscriptionRequested) -> Letter:
        words, head = self.words, self.letterhead
        names = [messages.component_name(name, self.policy) for name in asked.components]
        what = words.listed(names, len(names)) or head.name
        until = self._time(event.at + CONFIRM_WITHIN)
        return Letter(
            subject=f"{words('subscribe.confirm_title')}: {head.name}",
            headline=words("subscribe.confirm_title"),
            body=words("mail.confirm", what=what),
            tone=None,
            button=words("subscribe.confirm_button"),
            url=self.links.confirm_url(
                head.url, subject_id(event.subject), event.sequence, event.at
            ),
            page_name=head.name,
            page_url=head.url,
            reason=words("mail.because_asked", until=until),
            language=words.language,
            direction=words.direction,
        )

    # Operators ------------------------------------------------------------------------------

    def _alert(self, told: Told) -> Alert | None:
        event, name = told.event.event, subject_id(told.event.subject)
        component = messages.component_name(name, self.policy)
        incident = told.incident
        title = incident.title if incident else ""
        tone = _tone(incident) if incident else ComponentStatus.UNKNOWN
        match event:
            case Opened() if incident:
                return Alert(f"Opened: {title}", self._evidence(incident), tone, title)
            case UpdatePosted(body=body) as posted if incident:
                subject, headline = self._titles(incident, posted)
                return Alert(subject, body, tone, headline)
            case Discarded(reason=reason):
                return Alert(f"Discarded: {title}", _sentence(reason), tone)
            case ChecksRecovered():
                body = "You have written on it, so it is yours to resolve."
                return Alert(f"The checks are well again: {title}", body, tone)
            case CheckForgotten(check=check):
                return Alert(f"{check} is no longer monitored", f"It was part of “{title}”.", tone)
            case ComponentUnknown(from_at=from_at, reason=reason):
                body = f"{_sentence(reason)}\n\nSince {self._time(from_at)}."
                return Alert(f"We cannot tell how {component} is", body, tone)
            case ComponentKnown(from_at=from_at):
                body, tone = f"Since {self._time(from_at)}.", ComponentStatus.OPERATIONAL
                return Alert(f"We can tell again how {component} is", body, tone)
            case WarningRaised(warning=warning):
                return Alert(f"Warning: {name}", _sentence(warning), ComponentStatus.DEGRADED)
        return None

    def _evidence(self, incident: Incident) -> str:
        lines = [
            f"{check}: {verdict.evidence or verdict.judgement.value}"
            for check, verdict in incident.checks.items()
        ]
        if incident.public and incident.updates:
            lines.append(f"\nCustomers read: {incident.updates[0].body}")
        elif incident.publish_due_at:
            lines.append(f"\nIt becomes public at {self._time(incident.publish_due_at)}.")
        else:
            lines.append("\nIt is not public.")
        return "\n".join(lines)

    # Both -----------------------------------------------------------------------------------

    def _work(self, told: Told, work: Maintenance, *, for_operators: bool = False) -> Content:
        """What is said of announced work."""
        head = self.letterhead
        letter = maintenance_letters.letter(work, told.event, self.words, self.policy, head)
        if for_operators:
            subject = f"[{head.name}] {letter.subject}"
            letter = replace(letter, subject=subject, reason=BY_ROUTE, leave="")
        return _content(letter, work.id, self._teller.work(told.event, work))

    @property
    def _teller(self) -> Teller:
        return Teller(self.policy, self.letterhead, self.words, self.public_id)

    def _title(self, incident: Incident) -> str:
        return messages.told(incident.title_phrase, incident.title, self.words)

    def _body(self, posted: UpdatePosted) -> str:
        return messages.told(posted.phrase, posted.body, self.words)

    def _url(self, incident: Incident) -> str:
        return self.letterhead.link(f"incidents/{incident.id}")

    def _time(self, at: datetime) -> str:
        return moment(at.astimezone(ZoneInfo(self.letterhead.timezone)), self.words)


def addressed(content: Content, delivery: Delivery, way_out: str | None = None) -> Message:
    """The content as a message to one recipient, with the link that ends it all, if any."""
    return Message(
        subject=content.subject,
        text=content.text,
        html=content.html,
        key=delivery.key,
        url=content.url,
        thread=content.thread,
        unsubscribe_url=way_out,
        data=content.data,
        recipient=delivery.recipient.id,
    )


def _sentence(reason: str) -> str:
    """A reason as it stands alone: a capital first, a stop last."""
    return reason[:1].upper() + reason[1:] + "." * (not reason.endswith((".", "!", "?", "…")))


def _tone(incident: Incident) -> ComponentStatus:
    """Resolved is green whatever became of the components: they may have been forgotten."""
    if incident.status in (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM):
        return ComponentStatus.OPERATIONAL
    return worst(incident.standing)


def _is_watched(incident: Incident, posted: UpdatePosted) -> bool:
    """Whether an update says that all is well and watched, under a title that we may word."""
    watched = posted.status is IncidentStatus.MONITORING and incident.recovered_at is not None
    return watched and not incident.titled


def _content(letter: Letter, thread: str, data: Payload | None = None) -> Content:
    text, html = as_text(letter), as_html(letter)
    return Content(letter.subject, text, html, letter.url, thread, data or {})
