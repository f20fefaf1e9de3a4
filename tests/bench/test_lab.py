"""The lab's line protocol: what is answered to results, syncs and silence."""

from __future__ import annotations

import io
import json

import pytest

from bench.lab import begun, run

START = 1_780_272_000.0
SERVICES = ("svc01", "svc02")


def spoken(results: list[dict], seconds: int, **options) -> list[dict]:
    """The answers to results, with a sync after each second."""
    checks = [{"check": name, "service": name, "canary": False} for name in SERVICES]
    checks += [{"check": "_canary1", "service": "_canary1", "canary": True}]
    meta = {"interval_s": 60, "timeout_s": 10, "locations": ["eu", "us", "ap"],
            "warmup_until": START, "start": START, "end": START + seconds,
            "checks": checks}  # fmt: skip
    lines: list[dict] = [{"meta": meta}]
    for second in range(1, seconds + 1):
        now = START + second
        lines += [one for one in results if now - 1 < one["t"] <= now]
        lines.append({"sync": second, "t": now})
    answers = io.BytesIO()
    given = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    detector = begun(given, options.get("locations"), options.get("canaries", True))
    kept = io.BytesIO()
    run(detector, given, answers, kept)
    told = [json.loads(line) for line in answers.getvalue().splitlines()]
    events = [json.loads(line) for line in kept.getvalue().splitlines()]
    assert events == [one for one in told if one.get("kind", "recheck") != "recheck"]
    return told


def result(second: float, check: str = "svc01", *, ok: bool = True, **more) -> dict:
    return {
        "t": START + second, "check": check, "service": check, "location": "eu", "ok": ok,
        "latency_s": 0.1 if ok else None, "error": None if ok else "http 502",
        "cert_days_left": 80.0, **more,
    }  # fmt: skip


def rounds(seconds: range, *, ok: bool = True) -> list[dict]:
    """Every service and canary, from each location in turn; only services may fail."""
    found = []
    for second in seconds:
        for place, location in enumerate(("eu", "us", "ap")):
            t = second + place * 0.1
            found += [result(t, name, ok=ok, location=location) for name in SERVICES]
            found.append(result(t, "_canary1", location=location))
    return found


def test_each_second_is_answered_in_its_turn():
    answers = spoken(rounds(range(5, 300, 60)), 300)
    assert [one["sync"] for one in answers] == list(range(1, 301))


def test_an_outage_is_opened_shown_and_resolved_in_the_labs_words():
    results = rounds(range(5, 600, 20))
    results += rounds(range(600, 900, 4), ok=False)
    results += rounds(range(900, 2400, 20))
    told = [one for one in spoken(results, 3000) if one.get("kind", "recheck") != "recheck"]
    opened = [one for one in told if one["kind"] == "opened"]
    assert {name for one in told for name in one.get("services", ())} == set(SERVICES)
    assert all(600 <= one["t"] - START <= 660 for one in opened)
    assert all(one["severity"] == "major_outage" for one in opened)
    assert {one["id"] for one in told if one["kind"] == "resolved"} == {one["id"] for one in opened}
    assert any(one.get("severity") == "operational" and one["services"] == [] for one in told)
    assert [one["t"] for one in told] == sorted(one["t"] for one in told)


def test_a_failure_is_looked_at_again():
    answers = spoken([*rounds(range(5, 600, 20)), *rounds(range(620, 621), ok=False)], 700)
    asked = [one for one in answers if one.get("kind") == "recheck"]
    assert {one["check"] for one in asked} >= {"svc01", "svc02"}
    assert {one["location"] for one in asked} <= {"eu", "us", "ap"}
    assert all(one["t"] >= START + 620 for one in asked)


def test_a_certificate_near_its_end_is_a_notice_until_it_is_renewed():
    results = [result(5), result(65, cert_days_left=13.2), result(125, cert_days_left=12.9)]
    told = [one for one in spoken([*results, result(185)], 200) if "kind" in one]
    (opened, resolved) = [one for one in told if one["kind"] != "recheck"]
    assert (opened["kind"], opened["severity"], opened["services"]) == (
        "opened",
        "notice",
        ["svc01"],
    )
    assert (resolved["kind"], resolved["id"]) == ("resolved", opened["id"])


@pytest.mark.parametrize("canaries", [True, False])
def test_with_one_location_the_others_count_nothing(canaries: bool):
    results = [
        result(second, ok=False, location=location)
        for second in range(5, 600, 5)
        for location in ("us", "ap")
    ]
    answers = spoken(results, 650, locations=1, canaries=canaries)
    assert not [one for one in answers if one.get("kind") == "opened"]
