"""Who goes by another id now: what the aliases of a configuration say of what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from checks.model import owner_of
from incidents.policy import CheckPolicy, Policy


@dataclass(frozen=True, slots=True)
class Moves:
    """Ids that nobody has any more, each to the one that took its place."""

    components: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)

    def stays(self, check: str) -> str | None:
        """The new id of a check whose component it still belongs to, None of any other."""
        new = self.checks.get(check)
        before = owner_of(check)
        if new is None or owner_of(new) != self.components.get(before, before):
            return None
        return new


def moves(policy: Policy) -> Moves:
    """All moves that the aliases of a policy speak of, those done long ago included.

    A component takes its checks along; an alias that a check names itself goes first.
    """
    components = {
        alias: component.id
        for component in policy.components.values()
        for alias in component.aliases
        if alias not in policy.components
    }
    checks: dict[str, str] = {}
    for implied in (False, True):
        for check in policy.checks.values():
            for alias in _with_component(policy, check) if implied else check.aliases:
                if alias not in policy.checks:
                    checks.setdefault(alias, check.check)
    return Moves(components, checks)


def earlier_ids(policy: Policy, check: str) -> tuple[str, ...]:
    """The ids that a check had before, by its own aliases and by its component's."""
    found = policy.checks.get(check)
    if found is None:
        return ()
    return (*found.aliases, *_with_component(policy, found))


def _with_component(policy: Policy, check: CheckPolicy) -> Iterator[str]:
    """What a check was called when its component went by another id."""
    component = policy.component_of(check.check)
    if component is None or not component.aliases:
        return
    home = f"{component.id}/"
    for name in (check.check, *check.aliases):
        if name.startswith(home):
            for alias in component.aliases:
                yield f"{alias}/{name.removeprefix(home)}"
