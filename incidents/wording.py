"""The fixed words around what a message tells, in the languages that we write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from incidents.model import ComponentStatus, IncidentStatus


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's words; {names} are filled in."""

    status: Mapping[ComponentStatus, str]
    stage: Mapping[IncidentStatus, str]
    moment: str
    """How an instant is written, as a CLDR pattern."""
    incident: str
    subject: str
    """Of an update's mail; {stage} and {title}."""
    affected: str
    since: str
    until: str
    next_update: str
    see: str
    because_subscribed: str
    leave: str
    confirm_subject: str
    confirm: str
    confirm_button: str
    because_asked: str
    webhook_off: str
    webhook_off_body: str
    because_contact: str


ENGLISH = Wording(
    status={
        ComponentStatus.OPERATIONAL: "working",
        ComponentStatus.DEGRADED: "slow",
        ComponentStatus.PARTIAL_OUTAGE: "partly down",
        ComponentStatus.MAJOR_OUTAGE: "down",
        ComponentStatus.MAINTENANCE: "maintenance",
        ComponentStatus.UNKNOWN: "unknown",
    },
    stage={
        IncidentStatus.INVESTIGATING: "Investigating",
        IncidentStatus.IDENTIFIED: "Cause found",
        IncidentStatus.MONITORING: "Watching",
        IncidentStatus.RESOLVED: "Resolved",
        IncidentStatus.POSTMORTEM: "Review",
    },
    moment="EEE d MMM, HH:mm",
    incident="Incident",
    subject="{stage}: {title}",
    affected="Affected",
    since="Since",
    until="Until",
    next_update="Next update by",
    see="See the incident",
    because_subscribed="You asked {page} to write when something breaks.",
    leave="Unsubscribe",
    confirm_subject="Confirm your subscription",
    confirm=(
        "Someone, we hope you, asked us to write to this address about {what} when something"
        " breaks, when we know more, and when it is over.\n\n"
        "If it was not you, do nothing: you will not hear from us again."
    ),
    confirm_button="Yes, send me updates",
    because_asked="The link works until {until}.",
    webhook_off="Your webhook is off",
    webhook_off_body=(
        "{page} posts no more to your webhook at {host}: it failed for days, or answered 410.\n\n"
        "To turn it on again, open the link that you were shown when you added it. It has the"
        " last failures, and sends the challenge again."
    ),
    because_contact="Someone gave {page} this address for a webhook.",
)
GERMAN = Wording(
    status={
        ComponentStatus.OPERATIONAL: "in Ordnung",
        ComponentStatus.DEGRADED: "langsam",
        ComponentStatus.PARTIAL_OUTAGE: "teilweise ausgefallen",
        ComponentStatus.MAJOR_OUTAGE: "ausgefallen",
        ComponentStatus.MAINTENANCE: "in Wartung",
        ComponentStatus.UNKNOWN: "unbekannt",
    },
    stage={
        IncidentStatus.INVESTIGATING: "Wird untersucht",
        IncidentStatus.IDENTIFIED: "Ursache gefunden",
        IncidentStatus.MONITORING: "Wird beobachtet",
        IncidentStatus.RESOLVED: "Behoben",
        IncidentStatus.POSTMORTEM: "Nachbetrachtung",
    },
    moment="EEE d. MMM, HH:mm",
    incident="Vorfall",
    subject="{stage}: {title}",
    affected="Betroffen",
    since="Seit",
    until="Bis",
    next_update="Nächste Nachricht bis",
    see="Zum Vorfall",
    because_subscribed="Sie haben {page} gebeten, bei Störungen zu schreiben.",
    leave="Abmelden",
    confirm_subject="Bitte bestätigen Sie Ihre Anmeldung",
    confirm=(
        "Jemand, wir hoffen Sie, hat uns gebeten, an diese Adresse zu schreiben, wenn es um {what}"
        " geht: wenn etwas ausfällt, wenn wir mehr wissen und wenn es vorbei ist.\n\n"
        "Waren Sie es nicht, tun Sie nichts: Sie hören nicht wieder von uns."
    ),
    confirm_button="Ja, schreiben Sie mir",
    because_asked="Der Link gilt bis {until}.",
    webhook_off="Ihr Webhook ist abgeschaltet",
    webhook_off_body=(
        "{page} schickt nichts mehr an Ihren Webhook bei {host}: Er hat tagelang nicht oder mit"
        " 410 geantwortet.\n\n"
        "Um ihn wieder einzuschalten, öffnen Sie den Link, den Sie beim Anlegen bekommen haben."
        " Dort stehen die letzten Fehler, und von dort kommt die Probe noch einmal."
    ),
    because_contact="Jemand hat {page} diese Adresse zu einem Webhook angegeben.",
)
LANGUAGES: Mapping[str, Wording] = {"en": ENGLISH, "de": GERMAN}


def wording(language: str) -> Wording:
    """The words of a language, in English where we do not write it."""
    return LANGUAGES.get(language.partition("-")[0].lower(), ENGLISH)
