"""How long ago and how soon, as patterns that the page's script fills in.

A browser knows them too, but to fetch them costs a phone a tenth of a second before anything else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Literal

from babel.dates import format_timedelta

from incidents.words import Words

Unit = Literal["day", "hour", "minute", "second"]

SPANS: Mapping[Unit, timedelta] = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}
"""The units, the largest first."""

Forms = Mapping[str, str]
"""Patterns by the plural that they are for: {"one": "{0} day ago", "other": "{0} days ago"}."""

_SAMPLES = range(1, 101)
"""Among them every language has a number for each of its plurals."""


@cache
def ages(words: Words) -> Mapping[Unit, tuple[Forms, Forms]]:
    """Of each unit the patterns for the past and for what is to come."""
    return {unit: (_forms(words, unit, -1), _forms(words, unit, 1)) for unit in SPANS}


def _forms(words: Words, unit: Unit, sign: int) -> Forms:
    first: dict[str, int] = {}
    for number in _SAMPLES:
        first.setdefault(words.locale.plural_form(number), number)
    return {
        plural: relative(words, unit, sign * number).replace(str(number), "{0}")
        for plural, number in first.items()
    }


def relative(words: Words, unit: Unit, number: int) -> str:
    """So many of a unit from now, ago if negative: "3 days ago"."""
    span = number * SPANS[unit]
    return str(format_timedelta(span, unit, math.inf, add_direction=True, locale=words.locale))
