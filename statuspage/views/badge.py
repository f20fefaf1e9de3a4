"""A badge: one fact in a line, of a page or of a component, as a picture and as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from checks.rollup import LatencyPoint
from incidents.letters import TONES
from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.contrast import INK
from statuspage.ports import Snapshot
from statuspage.views import numbers
from statuspage.views.freshness import is_blind
from statuspage.views.lettering import shortened, width
from statuspage.views.shares import WINDOWS, pooled
from statuspage.views.standing import Standing, find, standings, worst_of
from statuspage.views.text import line
from statuspage.views.times import times_of

LATEST = timedelta(hours=1)
"""A latency older than this is not what the response is now."""

FONT_SIZE = 12
_LONGEST = 60
"""Characters of a name; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says: of what, what, and in which state, None for a mere number."""

    label: str
    message: str
    state: ComponentStatus | None

    @property
    def known(self) -> bool:
        """Whether it says more than that we cannot tell."""
        return self.state is not ComponentStatus.UNKNOWN

    @property
    def colour(self) -> str:
        """The ground of the message; white stands out on it, on any page."""
        return TONES[self.state].light if self.state else INK.light

    @property
    def label_width(self) -> int:
        """How wide the text of the label is, in pixels."""
        return width(self.label, FONT_SIZE)

    @property
    def message_width(self) -> int:
        """How wide the text of the message is, in pixels."""
        return width(self.message, FONT_SIZE)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a badge is about; `component` is None for the whole page."""

    name: str
    standings: Sequence[Standing]
    component: Standing | None = None


def subject(snapshot: Snapshot, component: str | None = None) -> Subject | None:
    """The page or one of its components; None if there is no such component."""
    if component is None:
        return Subject(_name(snapshot.page.name), list(standings(snapshot).values()))
    found = find(snapshot, component)
    return Subject(_name(found.name), [found], found) if found else None


def status_badge(about: Subject, snapshot: Snapshot, words: Words) -> Badge:
    """How it stands: the word is a component's, or that of the page's worst."""
    if about.component:
        state = about.component.status
        return Badge(about.name, words(f"status.{state}"), state)
    state = ComponentStatus.UNKNOWN if is_blind(snapshot) else worst_of(about.standings)
    return Badge(about.name, words(f"badge.page.{state}"), state)


def uptime_badge(about: Subject, snapshot: Snapshot, words: Words, window: str) -> Badge:
    """The share of good time over one of the windows."""
    times = times_of(snapshot, words)
    span = WINDOWS[window]
    label = words("badge.uptime", name=about.name, period=times.past(span))
    found = pooled(about.standings, snapshot.at - span, snapshot, times)
    if not found.known:
        return _nothing(label, words)
    with_gap = words("badge.with_gap", share=found.text, gap=found.gap) if found.gap else ""
    return Badge(label, with_gap or found.text, None)


def latency_badge(about: Subject, snapshot: Snapshot, words: Words) -> Badge:
    """How fast it answers now; a page, as its components typically do."""
    label = words("badge.latency", name=about.name)
    told = [standing.component.id for standing in about.standings if standing.known]
    found = [
        seconds
        for component in told
        if (seconds := _latest(snapshot.latencies.get(component, ()), snapshot.at)) is not None
    ]
    if not found:
        return _nothing(label, words)
    return Badge(label, numbers.latency(words, median(found)), None)


def _latest(points: Sequence[LatencyPoint], now: datetime) -> float | None:
    timed = (point.p50_seconds for point in reversed(points) if now - point.at <= LATEST)
    return next((seconds for seconds in timed if seconds is not None), None)


def _nothing(label: str, words: Words) -> Badge:
    return Badge(label, words("badge.no_data"), ComponentStatus.UNKNOWN)


def _name(text: str) -> str:
    return shortened(line(text), _LONGEST)
