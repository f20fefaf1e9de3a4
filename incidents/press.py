"""What is written about events: each text once, for all who read the same page and language."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from incidents import narrowing
from incidents.events import Recorded, UpdatePosted
from incidents.letterheads import Letterhead, Letterheads, first_of
from incidents.model import Incident
from incidents.notifications import Content, Told, Writer, addressed
from incidents.payloads import PublicId, component_id
from incidents.policy import Policy
from incidents.ports import Delivery
from incidents.sending import Message
from incidents.subscriptions import Links

KEPT = 64
"""Events whose texts are kept for the next recipient."""


def told_on(told: Told, head: Letterhead, policy: Policy) -> Told | None:
    """The event as a page tells it; None where it is about nothing that the page shows."""
    if head.shown is None:
        return told
    if told.incident is not None:
        incident = narrowing.narrowed(told.incident, head.shown, policy)
        event = _as_posted(told.event, incident) if incident else None
        return replace(told, event=event, incident=incident) if event else None
    if told.maintenance is not None:
        work = narrowing.narrowed_work(told.maintenance, head.shown, policy)
        return replace(told, maintenance=work) if work else None
    return told


def _as_posted(recorded: Recorded, incident: Incident) -> Recorded | None:
    """An update as it stands in what is left of its incident, if it still does."""
    posted = recorded.event
    if not isinstance(posted, UpdatePosted):
        return recorded
    left = next((one for one in incident.updates if one.id == posted.update), None)
    if left is None:
        return None
    said = replace(posted, body=left.body, phrase=left.phrase, components=left.components)
    return replace(recorded, event=said)


@dataclass(frozen=True, slots=True)
class _Written:
    """All that was written about one event: by page, and by page (None: operators) and language."""

    told: dict[str, Told | None] = field(default_factory=dict)
    contents: dict[tuple[str | None, str], Content | None] = field(default_factory=dict)


class Press:
    """Writes messages and keeps them for the next one who reads the same."""

    def __init__(
        self, policy: Policy, letterheads: Letterheads, links: Links,
        public_id: PublicId = component_id,
    ) -> None:  # fmt: skip
        """Write about what `policy` names, for the readers of these pages."""
        self._policy = policy
        self._letterheads = letterheads
        self._links = links
        self._public_id = public_id
        self._written: OrderedDict[int, _Written] = OrderedDict()

    def adopt(self, policy: Policy, letterheads: Letterheads) -> None:
        """Write by these from now on; what was written before may say too much."""
        self._policy, self._letterheads = policy, letterheads
        self._written.clear()

    def on_page(self, told: Told, page: str) -> Told | None:
        """The event as a page tells it; None where it does not, or is no longer there."""
        known = self._about(told).told
        if page not in known:
            head = self._letterheads.get(page)
            known[page] = told_on(told, head, self._policy) if head else None
        return known[page]

    def for_subscriber(
        self, delivery: Delivery, told: Told, page: str, *, leave: bool
    ) -> Message | None:
        """What a reader of a page is told; with `leave` it holds the way out."""
        narrowed = self.on_page(told, page)
        if narrowed is None:
            return None
        head, language = self._letterheads[page], delivery.recipient.language
        contents = self._about(told).contents
        if (page, language) not in contents:
            contents[page, language] = self._writer(head, language).for_subscribers(narrowed)
        content = contents[page, language]
        way_out = self._links.unsubscribe_url(head.url, delivery.recipient.id) if leave else None
        return addressed(content, delivery, way_out) if content else None

    def for_operator(self, delivery: Delivery, told: Told) -> Message | None:
        """What the target of a route is told: all of it, under the first page's letterhead."""
        language = delivery.recipient.language
        contents = self._about(told).contents
        if (None, language) not in contents:
            writer = self._writer(first_of(self._letterheads), language)
            contents[None, language] = writer.for_operators(told)
        content = contents[None, language]
        return addressed(content, delivery) if content else None

    def _about(self, told: Told) -> _Written:
        position = told.event.position
        found = self._written.get(position)
        if found is None:
            found = self._written[position] = _Written()
            if len(self._written) > KEPT:
                self._written.popitem(last=False)
        return found

    def _writer(self, head: Letterhead, language: str) -> Writer:
        return Writer(self._policy, head, self._links, language, self._public_id)
