"""What the service's log says of incidents: a line when one opens, relapses or is over."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from checks.duration import say_span
from incidents.board import Board
from incidents.events import Discarded, Opened, Recorded, Relapsed, UpdatePosted, subject_id
from incidents.impact import incident_impact
from incidents.model import Incident

log = structlog.get_logger(__name__)


def log_incidents(recorded: Sequence[Recorded], board: Board) -> None:
    """Log what newly recorded events began or ended; the board holds them already."""
    for one in recorded:
        if isinstance(one.event, Opened | Relapsed | UpdatePosted | Discarded):
            _log(one, board.incidents[subject_id(one.subject)])


def _log(recorded: Recorded, incident: Incident) -> None:
    known = {
        "id": incident.id,
        "component": next(iter(incident.timeline), ""),
        "components": len(incident.timeline),
        "title": incident.title,
        "impact": incident_impact(incident).value,
    }
    match recorded.event:
        case Opened():
            first = next(iter(incident.checks.values()), None)
            log.warning("incident opened", **known, evidence=first.evidence if first else "")
        case Relapsed():
            log.warning("incident relapsed", **known)
        case Discarded(reason):
            log.info("incident discarded", **known, by=recorded.actor, reason=reason)
        case UpdatePosted() if incident.resolved_at == recorded.at:
            lasted = say_span((incident.recovered_at or recorded.at) - incident.onset_at)
            log.info("incident resolved", **known, by=recorded.actor, lasted=lasted)
