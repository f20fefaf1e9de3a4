"""Warnings for operators: raised when a result brings one, cleared when no location does."""

from __future__ import annotations

import msgspec

from checks.model import Outcome, Result
from incidents.detect.evidence import signature
from incidents.detect.state import P, Probed


def warn(state: P, result: Result) -> P:
    """The state with what this result warns of; a probe without an answer warns of nothing new."""
    if result.outcome in (Outcome.FAIL, Outcome.ERROR):
        return state
    return noted(state, result.location, result.warnings)


def noted(state: P, place: str, told: tuple[str, ...]) -> P:
    """The state with what one place warns of now.

    A warning keeps its first words while only numbers in it change ("expires in 13 days").
    """
    if told == state.warnings.get(place, ()):
        return state
    warnings = {**state.warnings, place: told}
    return msgspec.structs.replace(state, warnings=warnings, warned=_holding(state, warnings))


def _holding(state: Probed, warnings: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    known = {signature(text): text for text in state.warned}
    found: dict[str, str] = {}
    for texts in warnings.values():
        for text in texts:
            mark = signature(text)
            found.setdefault(mark, known.get(mark, text))
    return tuple(sorted(found.values()))
