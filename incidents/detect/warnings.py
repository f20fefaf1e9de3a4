"""Warnings for operators: raised when a result brings one, cleared when no location does."""

from __future__ import annotations

import msgspec

from checks.model import Outcome, Result
from incidents.detect.evidence import signature
from incidents.detect.state import State


def warn(state: State, result: Result) -> State:
    """The state with what this result warns of; a probe without an answer warns of nothing new.

    A warning keeps its first words while only numbers in it change ("expires in 13 days").
    """
    before = state.warnings.get(result.location, ())
    if result.outcome in (Outcome.FAIL, Outcome.ERROR) or result.warnings == before:
        return state
    warnings = {**state.warnings, result.location: result.warnings}
    return msgspec.structs.replace(state, warnings=warnings, warned=_holding(state, warnings))


def _holding(state: State, warnings: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    known = {signature(text): text for text in state.warned}
    found: dict[str, str] = {}
    for texts in warnings.values():
        for text in texts:
            mark = signature(text)
            found.setdefault(mark, known.get(mark, text))
    return tuple(sorted(found.values()))
