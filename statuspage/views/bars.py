"""The 90 bars of a component: one a day, filled from the top as far as the day was bad."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from incidents.impact import DayShare
from statuspage.views.strip import bad_seconds, filled, is_dark, is_plain
from statuspage.views.times import Times

HEIGHT = 28
LEAST_HEIGHT = 5.0
"""So that a minute of trouble can be seen."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars as SVG paths by state on a grid of 90 by 28, and the summary that is spoken.

    `full` says that the plain ground of all 90 days lies under them, which is drawn once.
    """

    full: bool
    paths: tuple[tuple[str, str], ...]
    summary: str


def draw(days: Sequence[DayShare], share: str, times: Times) -> Bars:
    """Draw the days; a strip that existed from end to end needs no ground of its own."""
    drawn: dict[str, list[str]] = {}
    full = all(day.seconds and not is_dark(day) for day in days)
    for number, day in enumerate(days):
        if full and is_plain(day):
            continue
        for state, path in _bar(number, day):
            drawn.setdefault(state, []).append(path)
    if full:
        drawn.pop("ground", None)
    paths = tuple((state, "".join(pieces)) for state, pieces in drawn.items())
    return Bars(full, paths, _summary(days, share, times))


def _bar(number: int, day: DayShare) -> Iterator[tuple[str, str]]:
    if not day.seconds:
        return
    if is_plain(day):
        yield "ground", _rectangle(number, HEIGHT)
        return
    if is_dark(day):
        yield "dark", f"M{number}.14 .5h.72v27h-.72z"
        return
    yield "ground", _rectangle(number, HEIGHT)
    share = filled(day)
    if share:
        yield str(day.worst), _rectangle(number, max(LEAST_HEIGHT, share * HEIGHT))


def _rectangle(number: int, height: float) -> str:
    return f"M{number}.14 0h.72v{height:.3g}h-.72z"


def _summary(days: Sequence[DayShare], share: str, times: Times) -> str:
    words = times.words
    if all(not day.seconds or is_dark(day) for day in days):
        return words("bars.no_share")
    said = words("bars.share", share=share) if share else words("bars.of_group")
    return f"{said} {_trouble(days, times)}"


def _trouble(days: Sequence[DayShare], times: Times) -> str:
    words = times.words
    bad = [day for day in days if not is_plain(day) and bad_seconds(day)]
    if not bad:
        return words("bars.quiet")
    longest = max(bad, key=bad_seconds)
    return words(
        "bars.worst",
        trouble=words.count("bars.trouble", len(bad)),
        date=times.day(times.day_of(longest.from_at)),
        span=times.span(timedelta(seconds=bad_seconds(longest))),
    )
