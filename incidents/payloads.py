"""Events as programs are told them: the body of a webhook, in the words of the v2 API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents import messages
from incidents.events import Recorded, UpdatePosted, subject_id
from incidents.ids import stable_id
from incidents.impact import incident_impact
from incidents.letterheads import Letterhead
from incidents.maintenance import Maintenance
from incidents.model import ComponentStatus, Incident, Shift
from incidents.policy import Policy
from incidents.words import Words

PublicId = Callable[[str], str]
"""The id under which the public API tells a component."""

Payload = Mapping[str, object]


def component_id(component: str) -> str:
    """The public id that a component is given when it is first seen."""
    return stable_id("component", component)


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes payloads for one page, in one language."""

    policy: Policy
    head: Letterhead
    words: Words
    public_id: PublicId = component_id

    def post(
        self, recorded: Recorded, posted: UpdatePosted, incident: Incident, body: str
    ) -> Payload:
        """A public post, as subscribers and operators are told of it."""
        return _event(
            recorded, self._about(incident) | {"update": self._update(recorded, posted, body)}
        )

    def alert(self, recorded: Recorded, incident: Incident | None, said: str, body: str) -> Payload:
        """What operators are told besides: in words, and what it is about."""
        about = {"subject": recorded.subject, "summary": said, "body": body}
        return _event(recorded, self._about(incident) | about)

    def work(self, recorded: Recorded, maintenance: Maintenance) -> Payload:
        """What became of a maintenance, as subscribers and operators are told of it."""
        posted = maintenance.updates[-1]
        update = {
            "id": posted.id,
            "status": posted.status,
            "body": messages.told(posted.phrase, posted.body, self.words),
            "incident_id": maintenance.id,
            "created_at": self._at(posted.at),
            "display_at": self._at(posted.at),
            "affected_components": self._affected(posted.components),
            "upfront": {"automatic": posted.automatic},
        }
        about = {"page": self._page(), "maintenance": self._maintenance(maintenance)}
        return _event(recorded, about | {"update": update})

    def _update(self, recorded: Recorded, posted: UpdatePosted, body: str) -> Payload:
        return {
            "id": posted.update,
            "status": posted.status,
            "body": body,
            "incident_id": subject_id(recorded.subject),
            "created_at": self._at(recorded.at),
            "display_at": self._at(recorded.at),
            "affected_components": self._affected(posted.components),
            "upfront": {
                "automatic": posted.automatic,
                "next_update_by": self._maybe_at(posted.promised_at),
            },
        }

    def _affected(self, shifts: Mapping[str, Shift]) -> list[Payload]:
        return [
            {
                "code": self.public_id(name),
                "name": messages.component_name(name, self.policy),
                "old_status": _confirmed(shift.before),
                "new_status": _confirmed(shift.after),
            }
            for name, shift in shifts.items()
        ]

    def _about(self, incident: Incident | None) -> dict[str, object]:
        if incident is None:
            return {"page": self._page()}
        return {
            "page": self._page(),
            "incident": self._incident(incident),
            "components": [
                self._component(name, status) for name, status in incident.components.items()
            ],
        }

    def _component(self, name: str, status: ComponentStatus) -> Payload:
        told: dict[str, object] = {
            "id": self.public_id(name),
            "name": messages.component_name(name, self.policy),
            "status": _confirmed(status),
        }
        if status is ComponentStatus.UNKNOWN:
            told["upfront"] = {"status": status}
        return told

    def _incident(self, incident: Incident) -> Payload:
        return {
            "id": incident.id,
            "name": messages.told(incident.title_phrase, incident.title, self.words),
            "status": incident.status,
            "impact": incident_impact(incident),
            "shortlink": self.head.link(f"incidents/{incident.id}"),
            "started_at": self._at(incident.onset_at),
            "created_at": self._at(incident.opened_at),
            "monitoring_at": self._maybe_at(incident.monitoring_at),
            "resolved_at": self._maybe_at(incident.resolved_at),
        }

    def _maintenance(self, found: Maintenance) -> Payload:
        return {
            "id": found.id,
            "name": found.title,
            "status": found.status,
            "impact": "maintenance",
            "shortlink": self.head.link(f"maintenance/{found.id}"),
            "scheduled_for": self._at(found.starts_at),
            "scheduled_until": self._at(found.ends_at),
            "created_at": self._at(found.created_at),
            "started_at": self._maybe_at(found.started_at),
            "resolved_at": self._maybe_at(found.completed_at),
            "components": [
                {
                    "id": self.public_id(name),
                    "name": messages.component_name(name, self.policy),
                }
                for name in found.components
            ],
        }

    def _page(self) -> Payload:
        return {"name": self.head.name, "url": self.head.url, "time_zone": self.head.timezone}

    def _at(self, at: datetime) -> str:
        return _stamp(at, self.head.timezone)

    def _maybe_at(self, at: datetime | None) -> str | None:
        return self._at(at) if at else None


def payload(type: str, at: datetime, data: Payload) -> Payload:
    """The whole body: "incident.update_posted", its instant, its data."""
    return {"type": type, "timestamp": _stamp(at, "Etc/UTC"), "data": data}


def _event(recorded: Recorded, data: Payload) -> Payload:
    stream = recorded.subject.partition(":")[0]
    name = recorded.event.TYPE.removeprefix(f"{stream}_")
    return payload(f"{stream}.{name}", recorded.at, data)


def _stamp(at: datetime, zone: str) -> str:
    """An instant in a zone, always with three decimals, as the v2 API has it."""
    text = at.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _confirmed(status: ComponentStatus) -> ComponentStatus:
    """The format has no word for unknown."""
    return ComponentStatus.OPERATIONAL if status is ComponentStatus.UNKNOWN else status
