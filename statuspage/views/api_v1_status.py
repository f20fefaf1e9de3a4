"""The page at a glance as our own API tells it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.api_v1_incidents import Incident, IncidentTeller
from statuspage.views.api_v1_maintenances import Maintenance, MaintenanceTeller
from statuspage.views.api_v1_shapes import Instant, maybe_utc, utc
from statuspage.views.freshness import is_blind
from statuspage.views.headline import headline
from statuspage.views.standing import standings
from statuspage.views.text import line
from statuspage.views.times import times_of


class PageFacts(Struct, frozen=True):
    """The page itself."""

    id: str
    name: str
    url: str
    timezone: str
    language: Annotated[str, Meta(description="What the texts are written in.")]


class StatusComponent(Struct, frozen=True):
    """A component in a word."""

    id: str
    name: str
    status: ComponentStatus


class Status(Struct, frozen=True):
    """What a reader must know first: how everything is, what goes on, and what is announced.

    While `fresh` is false nobody can tell: the results have stopped, or never came.
    """

    as_of: Instant
    last_result_at: Instant | None
    fresh: bool
    page: PageFacts
    status: ComponentStatus
    headline: Annotated[str, Meta(description="The sentence on top of the page.")]
    components: list[StatusComponent]
    incidents: Annotated[list[Incident], Meta(description="Those that go on, newest first.")]
    maintenances: Annotated[
        list[Maintenance], Meta(description="Under way and announced, the next one first.")
    ]


def status(snapshot: Snapshot, words: Words, address: str) -> Status:
    """Tell the page."""
    page, found = snapshot.page, standings(snapshot)
    top = headline(snapshot, found, times_of(snapshot, words))
    return Status(
        as_of=utc(snapshot.at),
        last_result_at=maybe_utc(snapshot.last_result_at),
        fresh=not is_blind(snapshot),
        page=PageFacts(page.id, line(page.name), address, page.timezone, words.language),
        status=top.state,
        headline=top.sentence,
        components=[
            StatusComponent(standing.component.id, standing.name, standing.status)
            for standing in found.values()
        ],
        incidents=IncidentTeller(snapshot, words, address).open(),
        maintenances=MaintenanceTeller(snapshot, words, address).coming(),
    )
