"""The public pages as messages know them: whose they are, where they lead, what they tell of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.mistakes import Mistake
from incidents.policy import Policy


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose messages these are: the page's name, public address and zone.

    `shown` are the components that it tells of, by the ids that they have and had; None is
    all, and what is no longer configured as well.
    """

    name: str = "Status"
    url: str = ""
    timezone: str = "Etc/UTC"
    shown: frozenset[str] | None = None

    def link(self, path: str) -> str:
        """Where something on the page is found: "incidents/k3v9w2m4x7q5"."""
        return f"{self.url.rstrip('/')}/{path}"

    def shows(self, component: str) -> bool:
        """Whether a component is on the page."""
        return self.shown is None or component in self.shown


Letterheads = Mapping[str, Letterhead]
"""By the page's id, as the file has them; the first one is that of operators' messages."""


def first_of(letterheads: Letterheads) -> Letterhead:
    """That of the first page."""
    return next(iter(letterheads.values()))


def chosen(
    components: Iterable[str], page: str, letterheads: Letterheads, policy: Policy
) -> tuple[str, ...]:
    """The components that someone asks for on a page, each once; none means all.

    Raises:
        Mistake: One of them is not on the page, or the page is no longer there.
    """
    asked, head = tuple(dict.fromkeys(components)), letterheads.get(page)
    if head is None or not all(one in policy.components and head.shows(one) for one in asked):
        raise Mistake("mistake.components")
    return asked
