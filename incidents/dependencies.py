"""Which component needs which, directly or through others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from incidents.once import once_for_policy
from incidents.policy import Policy


class Dependencies:
    """The `depends_on` of a policy, followed in both directions."""

    def __init__(self, policy: Policy) -> None:
        """Index the policy once, so that asking costs only what is found."""
        self._needs = {name: found.depends_on for name, found in policy.components.items()}
        needing: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for name, needed in self._needs.items():
            for other in needed:
                needing[other] += (name,)
        self._needing = dict(needing)

    @property
    def needed(self) -> Collection[str]:
        """All that anything depends on."""
        return self._needing.keys()

    def needed_by(self, component: str) -> frozenset[str]:
        """All that a component depends on."""
        return _reach(component, lambda name: self._needs.get(name, ()))

    def needing(self, component: str) -> frozenset[str]:
        """All that depend on a component."""
        return _reach(component, lambda name: self._needing.get(name, ()))


@once_for_policy
def dependencies(policy: Policy) -> Dependencies:
    """Who needs whom."""
    return Dependencies(policy)


def _reach(start: str, follow: Callable[[str], tuple[str, ...]]) -> frozenset[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        fresh = set(follow(ahead.pop())) - reached
        reached |= fresh
        ahead += fresh
    return frozenset(reached - {start})
