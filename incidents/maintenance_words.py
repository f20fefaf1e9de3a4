"""What the machine posts on a maintenance: phrases, and how they are said in a language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents.maintenance import Work
from incidents.model import Phrase
from incidents.words import Words

SCOPE = "maintenance."
"""Begins the keys of these phrases; their texts are under `maintenance.said`."""

_BETWEEN_NAMES = "\n"


def announced(work: Work, zone: str, names: Sequence[str]) -> Phrase:
    """Work is planned, on what goes by these names, then."""
    return _phrase("announced", _times(work, zone) | _names(names))


def moved(work: Work, zone: str) -> Phrase:
    """It takes place at another time."""
    return _phrase("moved", _times(work, zone))


def concerns(names: Sequence[str]) -> Phrase:
    """It is about something else."""
    return _phrase("concerns", _names(names))


def started(work: Work, zone: str) -> Phrase:
    """It has begun."""
    return _phrase("started", _times(work, zone))


def completed() -> Phrase:
    """It is over."""
    return _phrase("completed", {})


def cancelled() -> Phrase:
    """It will not take place."""
    return _phrase("cancelled", {})


def concerning(phrase: Phrase, names: Sequence[str]) -> Phrase:
    """The same phrase about others, where it names any."""
    if "names" not in phrase.values:
        return phrase
    return Phrase(phrase.key, {**phrase.values, **_names(names)})


def _phrase(key: str, values: dict[str, str]) -> Phrase:
    return Phrase(SCOPE + key, values)


def _times(work: Work, zone: str) -> dict[str, str]:
    return {"starts": work.starts_at.isoformat(), "ends": work.ends_at.isoformat(), "zone": zone}


def _names(names: Sequence[str]) -> dict[str, str]:
    return {"names": _BETWEEN_NAMES.join(names)}


def say(phrase: Phrase, words: Words) -> str:
    """One of these phrases in a language.

    Raises:
        KeyError: It is one of a later version.
    """
    key, values = f"maintenance.said.{phrase.key.removeprefix(SCOPE)}", phrase.values
    if key not in words:
        raise KeyError(key)
    filled = {}
    if "names" in values:
        filled["names"] = words.listed(values["names"].split(_BETWEEN_NAMES))
    if "zone" in values:
        from incidents.instants import moment  # brings babel, which is large
        from incidents.maintenance_times import when

        zone = ZoneInfo(values["zone"])
        starts_at, ends_at = (
            datetime.fromisoformat(values[edge]).astimezone(zone) for edge in ("starts", "ends")
        )
        filled["when"] = when(starts_at, ends_at, words)
        filled["end"] = moment(ends_at, words)
    return words(key, **filled)
