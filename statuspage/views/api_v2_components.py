"""Components and groups in the shapes of Atlassian Statuspage's public API, version 2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec import UNSET

from incidents import impact
from incidents.ids import stable_id
from incidents.model import ComponentStatus
from incidents.payloads import component_id
from statuspage.ports import Snapshot
from statuspage.views.api_v2_shapes import ComponentRow, KnownStatus, UnknownBeside, timestamp
from statuspage.views.posts import component_name
from statuspage.views.standing import Standing, group_name, standings
from statuspage.views.text import line


class ComponentRows:
    """The rows of a page's components and groups; `page_id` is the page's in this API."""

    def __init__(self, snapshot: Snapshot, page_id: str) -> None:
        """Tell this snapshot."""
        self._snapshot = snapshot
        self._page_id = page_id
        self._zone = ZoneInfo(snapshot.page.timezone)
        self._standings = standings(snapshot)

    @property
    def all(self) -> list[ComponentRow]:
        """Every row, in the order of the file; a group's stands before its first child's."""
        return list(self._rows.values())

    def of(self, components: Iterable[str]) -> list[ComponentRow]:
        """The rows of those that are still configured."""
        return [self._rows[self.public_id(name)] for name in components if name in self._standings]

    def public_id(self, component: str) -> str:
        """As the log assigned it, or would to a component that it does not know yet."""
        known = self._snapshot.board.components.get(component)
        return known.public_id if known else component_id(component)

    def full_name(self, component: str) -> str:
        """A component's name, after its group's where it has one."""
        name, standing = component_name(component, self._snapshot), self._standings.get(component)
        if standing is None or self._group_of(standing) is None:
            return name
        return f"{group_name(standing, self._snapshot)} - {name}"

    @cached_property
    def _rows(self) -> Mapping[str, ComponentRow]:
        return {row.id: row for row in self._in_order()}

    def _in_order(self) -> Iterator[ComponentRow]:
        """Positions count what stands in no group, groups among it, and anew within each group."""
        positions: Counter[str | None] = Counter()
        for standing in self._standings.values():
            group = self._group_of(standing)
            if group is not None and group not in positions:
                positions[None] += 1
                yield self._group(group, positions[None])
            positions[group] += 1
            yield self._component(standing, positions[group])

    def _group_of(self, standing: Standing) -> str | None:
        group = standing.component.group
        return group if group in self._snapshot.policy.groups else None

    def _component(self, standing: Standing, position: int) -> ComponentRow:
        group = self._group_of(standing)
        return ComponentRow(
            id=self.public_id(standing.component.id),
            name=standing.name,
            status=confirmed(standing.confirmed),
            created_at=self._at(standing.existed_at),
            updated_at=self._at(_moved_at(standing)),
            position=position,
            description=line(standing.component.description) or None,
            showcase=False,
            start_date=standing.existed_at.astimezone(self._zone).date().isoformat(),
            group_id=_group_id(group) if group else None,
            page_id=self._page_id,
            group=False,
            only_show_if_degraded=False,
            upfront=UNSET if standing.known else self._beside(standing),
        )

    def _beside(self, standing: Standing) -> UnknownBeside:
        return UnknownBeside("unknown", self._at(standing.since_at) if standing.since_at else None)

    def _group(self, group: str, position: int) -> ComponentRow:
        children = [found for found in self._standings.values() if found.component.group == group]
        return ComponentRow(
            id=_group_id(group),
            name=line(self._snapshot.policy.groups[group].name),
            status=confirmed(impact.worst(found.confirmed for found in children)),
            created_at=self._at(min(found.existed_at for found in children)),
            updated_at=self._at(max(_moved_at(found) for found in children)),
            position=position,
            description=None,
            showcase=False,
            start_date=None,
            group_id=None,
            page_id=self._page_id,
            group=True,
            only_show_if_degraded=False,
            components=[self.public_id(found.component.id) for found in children],
        )

    def _at(self, at: datetime) -> str:
        return timestamp(at, self._zone)


def confirmed(status: ComponentStatus) -> KnownStatus:
    """The vocabulary has no unknown; a reader that meets it dies."""
    unknown = status is ComponentStatus.UNKNOWN
    return KnownStatus.OPERATIONAL if unknown else KnownStatus(status)


def _group_id(group: str) -> str:
    return stable_id("group", group)


def _moved_at(standing: Standing) -> datetime:
    """When a component last changed its status."""
    last = standing.stretches[-1] if standing.stretches else None
    return max(standing.existed_at, (last.to_at or last.from_at) if last else standing.existed_at)
