"""What of everything a page shows: a snapshot narrowed to the page's components.

Pages are rendered from a narrowed snapshot, so no view needs to know that there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from incidents import narrowing
from incidents.board import Board
from incidents.policy import Component, Policy
from statuspage.ports import Snapshot
from statuspage.site import Page

T = TypeVar("T")


def shows(page: Page, component: Component) -> bool:
    """Whether a page shows a component: what the component says itself goes first."""
    if component.pages:
        return page.id in component.pages
    if not page.components and not page.groups:
        return True
    return component.id in page.components or component.group in page.groups


def shown(page: Page, policy: Policy) -> frozenset[str]:
    """The components that a page shows."""
    return frozenset(name for name, found in policy.components.items() if shows(page, found))


def narrow(snapshot: Snapshot, page: Page) -> Snapshot:
    """The snapshot as a page may tell it, with nothing of any other component in it.

    What is no longer configured says nothing of the pages that it was on. It is told by the
    only page there is, and by private ones that show everything else.
    """
    names = shown(page, snapshot.policy)
    if len(names) == len(snapshot.policy.components) and (page.private or len(snapshot.pages) < 2):
        return snapshot
    policy = _narrowed_policy(snapshot.policy, names)
    return replace(
        snapshot,
        policy=policy,
        board=_narrowed_board(snapshot.board, names, snapshot.policy, policy),
        spans=[span for span in snapshot.spans if span.component in names],
        latencies={name: one for name, one in snapshot.latencies.items() if name in names},
    )


def _narrowed_policy(policy: Policy, names: frozenset[str]) -> Policy:
    components = {
        name: _alone(found, names) for name, found in policy.components.items() if name in names
    }
    groups = {found.group for found in components.values()}
    checks = {check for found in components.values() for check in found.checks}
    return replace(
        policy,
        components=components,
        checks={name: found for name, found in policy.checks.items() if name in checks},
        groups={name: found for name, found in policy.groups.items() if name in groups},
        routes=(),
        maintenance={},
    )


def _alone(component: Component, names: frozenset[str]) -> Component:
    """A component without what it depends on elsewhere."""
    if names.issuperset(component.depends_on):
        return component
    return replace(
        component, depends_on=tuple(name for name in component.depends_on if name in names)
    )


def _narrowed_board(board: Board, names: frozenset[str], before: Policy, after: Policy) -> Board:
    return board.narrowed(
        _left(board.incidents, lambda found: narrowing.narrowed(found, names, before)),
        _left(
            board.maintenances, lambda found: narrowing.narrowed_work(found, names, after.groups)
        ),
        names,
    )


def _left(all_of_them: Mapping[str, T], narrowed: Callable[[T], T | None]) -> dict[str, T]:
    return {
        name: left for name, found in all_of_them.items() if (left := narrowed(found)) is not None
    }
