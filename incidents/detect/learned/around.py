"""What a check's fold has to know of the others: the fleet's patience, and shaky locations."""

from __future__ import annotations

from typing import NamedTuple

from incidents.detect.learned.habits import NO_CUSTOMS, Customs


class Around(NamedTuple):
    """The patience that the fleet has learned, and locations whose own network falters."""

    customs: Customs = NO_CUSTOMS
    shaky: frozenset[str] = frozenset()


NOTHING_AROUND = Around()
