"""What bears on every check of the fleet: how far each location can be trusted, and its habits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from checks.model import Result
from incidents.detect import sanity
from incidents.detect.learned.around import NOTHING_AROUND, Around
from incidents.detect.learned.habits import NO_CUSTOMS, Habits, Healed
from incidents.detect.sanity import Sight
from incidents.policy import Policy
from incidents.ports import FoldState
from incidents.signals import LocationState, Wish

HABITS, HABITS_VERSION, FLEET = "habits", 1, "fleet"
_LONGEST = timedelta(seconds=10)
_RENEWED = 60.0
"""Seconds after which it is worked out anew what checks know of one another."""


@dataclass(slots=True)
class Surroundings:
    """The sight of each location, and what healed by itself anywhere."""

    sights: dict[str, Sight] = field(default_factory=dict)
    habits: Habits | None = None
    canaries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The canaries that each location asks."""
    checks: int = 0
    longest: timedelta = _LONGEST
    now: datetime | None = None
    _around: Around = NOTHING_AROUND
    _renewed_at: float = 0.0

    def copy(self) -> Surroundings:
        """The same once more, which later signals do not change."""
        return Surroundings(
            dict(self.sights), self.habits, self.canaries, self.checks, self.longest, self.now,
            self._around, self._renewed_at,
        )  # fmt: skip

    def adopt(self, policy: Policy, at: datetime) -> None:
        """Go by a policy."""
        asked: dict[str, tuple[str, ...]] = {}
        for canary, how in policy.canaries.items():
            for location in how.locations:
                asked[location] = (*asked.get(location, ()), canary)
        self.canaries = asked
        self.checks = len(policy.checks)
        self.longest = max((check.timeout for check in policy.checks.values()), default=_LONGEST)
        if self.habits is None:
            self.habits = Habits(at.timestamp())

    def admit(self, result: Result) -> tuple[Sequence[Result], Sequence[Wish]]:
        """The results that stand after one more came in, and canaries to be asked."""
        self.now = result.known_at
        sight = self.sights.get(result.location)
        canaries = self.canaries.get(result.location, ())
        if not canaries:
            return (result,), ()
        if result.check in canaries:
            found = sanity.listen(sight or Sight(), result, canaries, self.longest)
        else:
            found = sanity.admit(sight or Sight(), result, canaries)
        if found.sight is not sight:
            self.sights[result.location] = found.sight
        return found.results, found.wishes

    def told(self, marked: LocationState) -> None:
        """Take over what somebody else knows of a location."""
        until = datetime.max.replace(tzinfo=marked.at.tzinfo) if marked.blind else None
        sight = self.sights.get(marked.location) or Sight()
        self.sights[marked.location] = msgspec.structs.replace(sight, blind_until=until, batches=())

    @property
    def blind(self) -> frozenset[str]:
        """The locations that cannot be trusted now."""
        if self.now is None:
            return frozenset()
        return frozenset(name for name, sight in self.sights.items() if sight.blind(self.now))

    @property
    def cut_off(self) -> frozenset[str]:
        """The locations where no canary has answered since they were blind."""
        return frozenset(name for name, sight in self.sights.items() if sight.blind_until)

    # Habits ---------------------------------------------------------------------------------

    def remember(self, healed: Healed) -> None:
        """Take note of a trouble that healed by itself."""
        habits = self.habits or Habits(healed.at)
        self.habits = habits.with_one(healed)
        self._renewed_at = 0.0

    def around(self, now: float) -> Around:
        """What a check's fold has to know of the others."""
        if not 0.0 <= now - self._renewed_at < _RENEWED:
            customs = self.habits.customs(self.checks, now) if self.habits else NO_CUSTOMS
            shaky = frozenset(name for name, sight in self.sights.items() if sight.shaky)
            self._around = Around(customs, shaky)
            self._renewed_at = now
        return self._around

    # Keeping --------------------------------------------------------------------------------

    def kept(self) -> Iterator[FoldState]:
        """What storage is to hold of it; of thousands that wait for a canary, it takes a while."""
        for name, sight in self.sights.items():
            yield FoldState(sanity.FOLD, name, sanity.VERSION, msgspec.json.encode(sight))
        yield FoldState(HABITS, FLEET, HABITS_VERSION, msgspec.json.encode(self.habits))

    def restore(self, kept: FoldState) -> bool:
        """Take over what was kept; False if it is not of this, or cannot be read."""
        try:
            if (kept.fold, kept.version) == (sanity.FOLD, sanity.VERSION):
                self.sights[kept.key] = msgspec.json.decode(kept.data, type=Sight)
            elif (kept.fold, kept.version) == (HABITS, HABITS_VERSION):
                self.habits = msgspec.json.decode(kept.data, type=Habits | None)
            else:
                return False
        except msgspec.DecodeError:
            return False
        return True
