"""What cannot be known with the locations and canaries that there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checks.kinds import KINDS
from incidents.policy import CheckPolicy, Confirm, Policy
from monitor.unknowable import ALONE, NO_CANARY, PLAIN, TWO, of_all, of_check

SPAN = timedelta(seconds=30)
CANARY = {"_connectivity/1": CheckPolicy("_connectivity/1", SPAN, SPAN, ("fra",))}


def check(*locations: str, **changes) -> CheckPolicy:
    return CheckPolicy("shop/api", SPAN, SPAN, locations, **changes)


@pytest.mark.parametrize(
    ("asked", "canaries", "unknown"),
    [
        (check("fra", "iad", "sin"), CANARY, ()),
        (check("fra", "iad"), CANARY, (TWO,)),
        (check("fra"), CANARY, (ALONE,)),
        (check("fra"), {}, (ALONE, NO_CANARY)),
        (check("fra", "iad", "sin", confirm=Confirm()), CANARY, (PLAIN,)),
        (check(pushed=KINDS["heartbeat"].pushed), {}, ()),
    ],
)
def test_of_a_check_it_is_said_what_it_cannot_know(asked, canaries, unknown):
    assert of_check(Policy(checks={"shop/api": asked}, canaries=canaries), "shop/api") == unknown


def test_of_a_file_it_is_said_once_with_how_many_checks_it_is_about():
    checks = {"a/a": check("fra"), "b/b": check("fra"), "c/c": check("fra", confirm=Confirm())}
    assert of_all(Policy(checks=checks, canaries=CANARY)) == (
        f"all checks that are probed: {ALONE}",
        f"1 of 3 checks that are probed: {PLAIN}",
    )
    assert of_all(Policy()) == ()
