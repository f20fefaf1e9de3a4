"""What of everything a page shows: a snapshot narrowed to the page's components.

Pages are rendered from a narrowed snapshot, so no view needs to know that there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from incidents import narrowing
from incidents.board import Board
from incidents.letterheads import Letterhead, Letterheads
from incidents.policy import Component, Policy
from statuspage.ports import Snapshot
from statuspage.site import Page

T = TypeVar("T")


def shown(page: Page, policy: Policy) -> frozenset[str]:
    """The components that a page shows."""
    return frozenset(name for name, found in policy.components.items() if page.shows(found))


def told_by(page: Page, policy: Policy, pages: int) -> frozenset[str] | None:
    """What one of so many pages may tell of; None is everything.

    What is no longer configured says nothing of the pages that it was on. It is told by the
    only page there is, and by private ones that show everything else.
    """
    names = shown(page, policy)
    whole = len(names) == len(policy.components) and (page.private or pages < 2)
    return None if whole else names


def letterheads(pages: Sequence[Page], policy: Policy, own: str) -> Letterheads:
    """The pages as messages know them; `own` is where we listen ourselves.

    A late message tells of components by the ids that they had then.
    """
    found = {}
    for page in pages:
        names = told_by(page, policy, len(pages))
        if names is not None:
            before = (policy.components[name].aliases for name in names)
            names = names.union(*before)
        found[page.id] = Letterhead(page.name, page.address(own), page.timezone, names)
    return found


def narrow(snapshot: Snapshot, page: Page) -> Snapshot:
    """The snapshot as a page may tell it, with nothing of any other component in it."""
    names = told_by(page, snapshot.policy, len(snapshot.pages))
    if names is None:
        return snapshot
    return replace(
        snapshot,
        policy=_narrowed_policy(snapshot.policy, names),
        board=_narrowed_board(snapshot.board, names, snapshot.policy),
        partial=True,
        spans=[span for span in snapshot.spans if span.component in names],
        latencies={name: one for name, one in snapshot.latencies.items() if name in names},
    )


def untold(snapshot: Snapshot) -> Snapshot:
    """The snapshot for those who are not let in: it tells nothing but whose page it is."""
    return replace(
        snapshot, policy=Policy(), board=Board(), spans=(), latencies={}, last_result_at=None,
        fresh_until=None, subscribe_by=(),
    )  # fmt: skip


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


def _narrowed_board(board: Board, names: frozenset[str], policy: Policy) -> Board:
    return board.narrowed(
        _left(board.incidents, lambda found: narrowing.narrowed(found, names, policy)),
        _left(board.maintenances, lambda found: narrowing.narrowed_work(found, names, policy)),
        names,
    )


def _left(all_of_them: Mapping[str, T], narrowed: Callable[[T], T | None]) -> dict[str, T]:
    return {
        name: left for name, found in all_of_them.items() if (left := narrowed(found)) is not None
    }
