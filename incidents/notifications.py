"""What an event is told as: its content in a language, addressed to one recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from incidents import messages
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
from incidents.letters import Fact, Letter, as_html, as_text
from incidents.model import ComponentStatus, Incident, IncidentStatus
from incidents.payloads import Payload, PublicId, Teller, component_id
from incidents.policy import Policy
from incidents.ports import Delivery
from incidents.sending import Message
from incidents.subscriptions import CONFIRM_WITHIN, Links
from incidents.wording import Wording, wording


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose messages these are: the page's name, public address, first language and zone."""

    name: str = "Status"
    url: str = ""
    language: str = "en"
    timezone: str = "Etc/UTC"


@dataclass(frozen=True)
class Told:
    """An event that somebody is to be told of, and its subject's events up to that one."""

    event: Recorded
    history: tuple[Recorded, ...]

    @cached_property
    def incident(self) -> Incident | None:
        """The incident as this event left it; what was decided with its opening belongs to it."""
        if not self.event.subject.startswith("incident:"):
            return None
        incident = None
        for recorded in self.history:
            incident = evolve(incident, recorded)
        return incident


def told(event: Recorded, history: tuple[Recorded, ...]) -> Told:
    """The event with what was known when it was decided, so that late messages tell the same."""
    opened = isinstance(event.event, Opened)
    return Told(
        event,
        tuple(
            one
            for one in history
            if one.sequence <= event.sequence or (opened and one.at == event.at)
        ),
    )


@dataclass(frozen=True, slots=True)
class Content:
    """What everyone who reads one language gets."""

    subject: str
    text: str
    html: str
    url: str
    thread: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes what an event is told as, in one language."""

    policy: Policy
    letterhead: Letterhead
    links: Links
    language: str
    public_id: PublicId = component_id

    @property
    def words(self) -> Wording:
        """The fixed words of the language."""
        return wording(self.language)

    def for_subscribers(self, told: Told) -> Content | None:
        """What customers read; None when the event is not for them."""
        match told.event.event:
            case UpdatePosted() as posted if told.incident:
                letter = self._update(told.incident, posted)
                data = self._teller.post(told.event, posted, told.incident, self._body(posted))
                return _content(letter, told.incident.id, data)
            case SubscriptionRequested() as asked:
                return _content(self._confirmation(told.event, asked), "")
        return None

    def for_operators(self, told: Told) -> Content | None:
        """What the team reads; None when the event is not for them."""
        found = self._alert(told)
        if found is None:
            return None
        subject, headline, body, tone = found
        incident = told.incident
        letter = Letter(
            subject=f"[{self.letterhead.name}] {subject}",
            headline=headline,
            body=body,
            tone=tone,
            page_name=self.letterhead.name,
            page_url=self.letterhead.url,
            facts=tuple(self._facts(incident, None)) if incident else (),
            button=self.words.see if incident and incident.public else "",
            url=self._url(incident) if incident else "",
            reason="A route in checks.yaml sends this to you.",
            language="en",
            marked=isinstance(told.event.event, UpdatePosted) and not told.event.event.phrase,
        )
        if incident and isinstance(told.event.event, UpdatePosted):
            data = self._teller.post(told.event, told.event.event, incident, body)
        else:
            data = self._teller.alert(told.event, incident, subject, body)
        return _content(letter, subject_id(told.event.subject), data)

    # Customers ------------------------------------------------------------------------------

    def _update(self, incident: Incident, posted: UpdatePosted) -> Letter:
        words = self.words
        stage = words.stage[posted.status]
        subject, headline = self._titles(incident, posted)
        return Letter(
            subject=subject,
            headline=headline,
            word=f"{words.incident} · {stage}",
            body=self._body(posted),
            marked=posted.phrase is None,
            tone=_tone(incident),
            facts=tuple(self._facts(incident, posted.promised_at)),
            button=words.see,
            url=self._url(incident),
            page_name=self.letterhead.name,
            page_url=self.letterhead.url,
            reason=words.because_subscribed.format(page=self.letterhead.name),
            leave=words.leave,
            language=self.language,
        )

    def _titles(self, incident: Incident, posted: UpdatePosted) -> tuple[str, str]:
        """Subject and headline of an update."""
        if _is_watched(incident, posted):
            phrase = messages.watched_title(incident.components, self.policy)
            said = messages.say(phrase, self.language)
            return said, said
        stage = self.words.stage[posted.status]
        subject = self.words.subject.format(stage=stage, title=incident.title)
        well = _tone(incident) is ComponentStatus.OPERATIONAL
        return subject, subject if well else incident.title

    def _facts(self, incident: Incident, promised_at: datetime | None) -> Iterator[Fact]:
        words = self.words
        affected = [
            f"{messages.component_name(name, self.policy)} ({words.status[status]})"
            for name, status in incident.components.items()
        ]
        if affected:
            yield Fact(words.affected, ", ".join(affected))
        yield Fact(words.since, self._time(incident.onset_at))
        if incident.resolved_at:
            yield Fact(words.until, self._time(incident.recovered_at or incident.resolved_at))
        if promised_at:
            yield Fact(words.next_update, self._time(promised_at))

    def _confirmation(self, event: Recorded, asked: SubscriptionRequested) -> Letter:
        words, head = self.words, self.letterhead
        names = [messages.component_name(name, self.policy) for name in asked.components]
        what = ", ".join(names) or head.name
        until = self._time(event.at + CONFIRM_WITHIN)
        return Letter(
            subject=f"{words.confirm_subject}: {head.name}",
            headline=words.confirm_subject,
            body=words.confirm.format(what=what),
            tone=None,
            button=words.confirm_button,
            url=self.links.confirm_url(subject_id(event.subject), event.sequence, event.at),
            page_name=head.name,
            page_url=head.url,
            reason=words.because_asked.format(until=until),
            language=self.language,
        )

    # Operators ------------------------------------------------------------------------------

    def _alert(self, told: Told) -> tuple[str, str, str, ComponentStatus] | None:
        """Subject, headline, body and tone."""
        event, name = told.event.event, subject_id(told.event.subject)
        component = messages.component_name(name, self.policy)
        incident = told.incident
        title = incident.title if incident else ""
        tone = _tone(incident) if incident else ComponentStatus.UNKNOWN
        match event:
            case Opened() if incident:
                return f"Opened: {title}", title, self._evidence(incident), tone
            case UpdatePosted(body=body) as posted if incident:
                return *self._titles(incident, posted), body, tone
            case Discarded(reason=reason):
                return f"Discarded: {title}", f"Discarded: {title}", reason, tone
            case ChecksRecovered():
                line = f"The checks are well again: {title}"
                return line, line, "You have written on it, so it is yours to resolve.", tone
            case CheckForgotten(check=check):
                line = f"{check} is no longer monitored"
                return line, line, f"It was part of “{title}”.", tone
            case ComponentUnknown(from_at=from_at, reason=reason):
                line = f"We cannot tell how {component} is"
                return line, line, f"{reason}\n\nSince {self._time(from_at)}.", tone
            case ComponentKnown(from_at=from_at):
                line = f"We can tell again how {component} is"
                return line, line, f"Since {self._time(from_at)}.", ComponentStatus.OPERATIONAL
            case WarningRaised(warning=warning):
                return f"Warning: {name}", f"Warning: {name}", warning, ComponentStatus.DEGRADED
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

    @property
    def _teller(self) -> Teller:
        head = self.letterhead
        return Teller(self.policy, head.name, head.url, head.timezone, self.public_id)

    def _body(self, posted: UpdatePosted) -> str:
        return messages.say(posted.phrase, self.language) if posted.phrase else posted.body

    def _url(self, incident: Incident) -> str:
        return f"{self.letterhead.url.rstrip('/')}/incidents/{incident.id}"

    def _time(self, at: datetime) -> str:
        zone = ZoneInfo(self.letterhead.timezone)
        locale = self.language.replace("-", "_")
        said: str = format_datetime(at, self.words.moment, tzinfo=zone, locale=locale)
        return f"{said} {at.astimezone(zone):%Z}"


def addressed(content: Content, delivery: Delivery, links: Links, *, leave: bool) -> Message:
    """The content as a message to one recipient; with `leave` it holds the way out."""
    return Message(
        subject=content.subject,
        text=content.text,
        html=content.html,
        key=delivery.key,
        url=content.url,
        thread=content.thread,
        unsubscribe_url=links.unsubscribe_url(delivery.recipient.id) if leave else None,
        data=content.data,
        recipient=delivery.recipient.id,
    )


def _tone(incident: Incident) -> ComponentStatus:
    """Resolved is green whatever became of the components: they may have been forgotten."""
    if incident.status in (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM):
        return ComponentStatus.OPERATIONAL
    return worst(incident.components.values())


def _is_watched(incident: Incident, posted: UpdatePosted) -> bool:
    """Whether an update says that all is well and watched, under a title that we may word."""
    watched = posted.status is IncidentStatus.MONITORING and incident.recovered_at is not None
    return watched and not incident.titled


def _content(letter: Letter, thread: str, data: Payload | None = None) -> Content:
    text, html = as_text(letter), as_html(letter)
    return Content(letter.subject, text, html, letter.url, thread, data or {})
