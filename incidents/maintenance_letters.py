"""A maintenance's news as a letter."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from incidents import maintenance_times, messages
from incidents.events import Recorded
from incidents.letterheads import Letterhead
from incidents.letters import MOST_NAMED, Fact, Letter
from incidents.maintenance import Maintenance, MaintenanceStatus
from incidents.model import ComponentStatus
from incidents.policy import Policy
from incidents.words import Words

_TONES: Mapping[MaintenanceStatus, ComponentStatus] = {
    MaintenanceStatus.SCHEDULED: ComponentStatus.MAINTENANCE,
    MaintenanceStatus.IN_PROGRESS: ComponentStatus.MAINTENANCE,
    MaintenanceStatus.VERIFYING: ComponentStatus.MAINTENANCE,
    MaintenanceStatus.COMPLETED: ComponentStatus.OPERATIONAL,
}


def letter(
    work: Maintenance, recorded: Recorded, words: Words, policy: Policy, head: Letterhead
) -> Letter:
    """What an event is told as, under the letterhead of a page."""
    posted = work.updates[-1]
    subject = words(f"maintenance.subject.{_happened(recorded)}", title=_line(work.title))
    status = words(f"maintenance_status.{work.status}")
    return Letter(
        subject=subject,
        headline=_line(work.title),
        word=f"{words('maintenance.eyebrow')} · {status}",
        body=messages.told(posted.phrase, posted.body, words),
        marked=posted.phrase is None,
        tone=_TONES.get(work.status),
        facts=_facts(work, words, policy, ZoneInfo(head.timezone)),
        button=words("maintenance.see"),
        url=head.link(f"maintenance/{work.id}"),
        page_name=head.name,
        page_url=head.url,
        reason=words("mail.because_subscribed", page=head.name),
        leave=words("subscribe.unsubscribe_button"),
        language=words.language,
        direction=words.direction,
    )


def _facts(work: Maintenance, words: Words, policy: Policy, zone: ZoneInfo) -> tuple[Fact, ...]:
    starts_at, ends_at = work.starts_at.astimezone(zone), work.ends_at.astimezone(zone)
    when = Fact(words("maintenance.when"), maintenance_times.when(starts_at, ends_at, words))
    names = [messages.component_name(name, policy) for name in work.components]
    if not names:
        return (when,)
    return when, Fact(words("maintenance.concerns"), words.listed(names, MOST_NAMED))


def _happened(recorded: Recorded) -> str:
    """The event's name in the texts: "scheduled", "started"."""
    return recorded.event.TYPE.removeprefix("maintenance_")


def _line(text: str) -> str:
    return " ".join(text.split())
