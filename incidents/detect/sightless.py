"""Silence while no location of a check sees anything is our own affair, and says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import msgspec

from incidents.detect.evidence import clock, join
from incidents.detect.state import Step
from incidents.model import Judgement
from incidents.policy import CheckPolicy


def explained(found: Step, policy: CheckPolicy, cut_off: Collection[str]) -> Step:
    """A step that tells of silence with the reason, if that is that no canary answers."""
    told = found.verdict
    if told is None or told.judgement is not Judgement.UNKNOWN or not policy.locations:
        return found
    if not set(policy.locations) <= set(cut_off):
        return found
    places = join(policy.locations)
    words = f"nothing is known since {clock(told.onset_at)}: no canary answers from {places}"
    verdict = replace(told, evidence=f"{words}, so it is us")
    state = msgspec.structs.replace(found.state, verdict=verdict)
    return msgspec.structs.replace(found, state=state, verdict=verdict)
