"""Which component needs which, directly or through others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from incidents.policy import Policy


class Dependencies:
    """The `depends_on` of a policy, followed in both directions."""

    def __init__(self, policy: Policy) -> None:
        """Index the policy once, so that asking costs only what is found."""
        self.policy = policy
        self._needs = {name: found.depends_on for name, found in policy.components.items()}
        needing: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for name, needed in self._needs.items():
            for other in needed:
                needing[other] += (name,)
        self._needing = dict(needing)

    def needed_by(self, component: str) -> frozenset[str]:
        """All that a component depends on."""
        return _reach(component, self._needs)

    def needing(self, component: str) -> frozenset[str]:
        """All that depend on a component."""
        return _reach(component, self._needing)


def _reach(start: str, edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        fresh = set(edges.get(ahead.pop(), ())) - reached
        reached |= fresh
        ahead += fresh
    return frozenset(reached - {start})
