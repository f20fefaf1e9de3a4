"""What a verdict takes, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checks.model import Outcome
from incidents.policy import (
    CheckPolicy,
    Confirm,
    Publication,
    PublicationMode,
    Quorum,
    Sensitivity,
)
from monitor.terminal.probe_view import verdict

FROM_TWO = (
    "It takes such answers from more than one of fra, iad, for longer than 8s, before operators"
    " are told, who decide about customers."
)
THREE_OF_FIVE = (
    "It takes 3 of the last 5 from local before operators are told, and 3m more before customers."
)
AUTO = Publication()
HOLD = Publication(PublicationMode.HOLD, timedelta(minutes=3))
DRAFT = Publication(PublicationMode.DRAFT)
NEVER = Publication(PublicationMode.NEVER)


def policy(
    *locations: str,
    sensitivity: Sensitivity = Sensitivity.BALANCED,
    confirm: Confirm | None = None,
) -> CheckPolicy:
    spans = (timedelta(seconds=30), timedelta(seconds=5))
    return CheckPolicy("shop/api", *spans, locations, "", sensitivity, confirm)


@pytest.mark.parametrize(
    ("judged", "publish", "words"),
    [
        (
            policy("local"), AUTO,
            "It takes such answers from local, for longer than 8s, before anyone is told.",
        ),
        (
            policy("fra", "iad", sensitivity=Sensitivity.EAGER), DRAFT,
            FROM_TWO,
        ),
        (
            policy("local", confirm=Confirm(Quorum(3, 5))), HOLD,
            THREE_OF_FIVE,
        ),
        (
            policy("local", confirm=Confirm(Quorum(1, 1))), NEVER,
            "It takes this one from local before operators are told, and never customers.",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.SLOW])
def test_it_is_told_what_else_a_verdict_takes(
    outcome: Outcome, judged: CheckPolicy, publish: Publication, words: str
):
    assert verdict(outcome, judged, publish) == words


def test_a_pass_needs_no_words_and_our_own_failing_opens_nothing():
    assert verdict(Outcome.PASS, policy("local"), AUTO) == ""
    told = "Our own failing, so it counts as unknown and opens no incident."
    assert verdict(Outcome.ERROR, policy("local"), AUTO) == told
