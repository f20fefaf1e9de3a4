"""What another site tells of us in a banner or a frame: trouble, maintenance, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.headline import Headline, headline
from statuspage.views.standing import standings
from statuspage.views.story import going_on
from statuspage.views.times import times_of

SILENT = frozenset({ComponentStatus.OPERATIONAL, ComponentStatus.UNKNOWN})
"""What is no news to the customers of another site: all is well, or we cannot tell."""


@dataclass(frozen=True, slots=True)
class EmbedView:
    """The headline for another site.

    `shown` says whether a banner is called for. `key` stays while the trouble is the same, so
    that a reader who has put it away is left alone until there is another.
    """

    frame: Frame
    headline: Headline
    shown: bool
    key: str


def embed(snapshot: Snapshot, words: Words) -> EmbedView:
    """The headline as of a snapshot."""
    times = times_of(snapshot, words)
    said = headline(snapshot, standings(snapshot), times)
    named = "\n".join((said.state, *sorted(_causes(snapshot))))
    return EmbedView(
        frame=frame(snapshot, said.state, times),
        headline=said,
        shown=said.state not in SILENT,
        key=hashlib.blake2b(named.encode(), digest_size=6).hexdigest(),
    )


def _causes(snapshot: Snapshot) -> Iterator[str]:
    works = snapshot.board.maintenances.values()
    yield from (found.id for found in going_on(snapshot))
    yield from (work.id for work in works if work.status.running)
