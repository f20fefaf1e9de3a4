"""What stands on every page around its content: name, navigation, age, zone."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.model import ComponentStatus
from statuspage.ports import Snapshot
from statuspage.views.freshness import version
from statuspage.views.text import line
from statuspage.views.times import Moment, Times


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page in one language.

    `state` gives the favicon its shape. `last_result` is None before the first result.
    `offset` is how many minutes the page's zone is ahead of UTC, `date` the day that it is
    made on. `version` changes when more than the time has changed.
    """

    page: str
    language: str
    direction: str
    state: ComponentStatus
    as_of: Moment
    date: str
    last_result: Moment | None
    zone: str
    zone_id: str
    offset: int
    subscribable: bool
    webhooks: bool
    version: str


def frame(snapshot: Snapshot, state: ComponentStatus, times: Times) -> Frame:
    """The frame as a snapshot has it."""
    last = snapshot.last_result_at
    return Frame(
        page=line(snapshot.page.name),
        language=times.words.language,
        direction=times.words.direction,
        state=state,
        as_of=times.exact(snapshot.at),
        date=times.day(times.today),
        last_result=times.exact(last) if last else None,
        zone=times.zone_name(),
        zone_id=times.zone.key,
        offset=times.offset,
        subscribable="mail" in snapshot.subscribe_by,
        webhooks="webhook" in snapshot.subscribe_by,
        version=version(snapshot),
    )
