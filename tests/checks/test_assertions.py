"""Expectations held against observations, as tables."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from checks.assertions import judge, named
from checks.expectations import BodyText
from checks.kinds import KINDS
from checks.model import Check, Observation, Outcome
from checks.patterns import Pattern
from checks.wire.bodies import Body, Headers
from checks.wire.tls import Certificate

HTTP = KINDS["http"]
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def seen(**changes):
    headers = Headers([(b"Server", b"nginx"), (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2")])
    facts = {
        "status": changes.get("status", 200),
        "headers": headers,
        "body": Body(
            changes.get("body", b"").encode() if isinstance(changes.get("body"), str) else b"",
            headers,
            1000,
        ),
        "certificate": Certificate(
            "shop", "ca", (), AT, AT + timedelta(days=changes.get("days", 60), hours=1), False
        ),
    }
    return Observation(changes.get("latency", 0.34), {"first_byte": 0.3, "connect": 0.04}, facts)


def read(key, raw):
    return TypeAdapter(HTTP.expectations[key]).validate_python(raw)


def check(**statements):
    options = HTTP.options(url="https://shop.example/")
    span = timedelta(seconds=30)
    held = {
        place: named({key: read(key, raw) for key, raw in written.items()})
        for place, written in statements.items()
    }
    return Check("a/b", "b", HTTP, options, span, span, ("here",), **held)


DOCUMENT = '{"status": "UP", "queue": {"depth": 120}, "parts": [{"n": 1}, {"n": 2}], "on": true}'

HOLDS = [
    ("status", 200, {}),
    ("status", "200-299", {"status": 204}),
    ("status", "4xx", {"status": 404}),
    ("status", [200, "301-302", "5xx"], {"status": 302}),
    ("latency", {"below": "1s"}, {}),
    ("latency", {"above": "100ms", "below": "1s"}, {}),
    ("latency", {"first_byte": {"above": "200ms"}, "connect": {"below": "1s"}}, {}),
    ("header", {"server": "nginx"}, {}),
    ("header", {"Server": {"matches": "^ngi"}, "Set-Cookie": "b=2"}, {}),
    ("body", {"contains": "UP", "not_contains": "DOWN"}, {"body": DOCUMENT}),
    ("body", {"matches": r'"status":\s*"UP"', "not_matches": "^$"}, {"body": DOCUMENT}),
    ("json", {"$.status": "UP"}, {"body": DOCUMENT}),
    ("json", {"$.queue.depth": {"above": 100, "below": "121"}}, {"body": DOCUMENT}),
    ("json", {"$.queue.depth": 120.0, "$['on']": True}, {"body": DOCUMENT}),
    ("json", {"$.parts[*].n": {"above": 0}}, {"body": DOCUMENT}),
    ("json", {"$.parts[?@.n == 2]": {"exists": True}}, {"body": DOCUMENT}),
    ("json", {"$.parts[?@.n == 3]": {"exists": False}}, {"body": DOCUMENT}),
    ("json", {"$.queue": {"equals": {"depth": 120}}}, {"body": DOCUMENT}),
    ("json", {"$.status": {"matches": "^U"}}, {"body": DOCUMENT}),
    ("json", {"$.parts[?match(@.n, 'x')]": {"exists": False}}, {"body": DOCUMENT}),
    ("json", {"$[?search(@, '^(a+)+$')]": {"exists": False}}, {"body": f'["{"a" * 50_000}b"]'}),
    ("certificate", {"left": {"above": "14d"}}, {}),
]

FAILS = [
    ("status", "200-299", {"status": 503}, "status 503, expected 200-299"),
    ("status", ["2xx", 404], {"status": 503}, "status 503, expected 200-299 or 404"),
    ("latency", {"below": "200ms"}, {}, "latency 340 ms, expected below 200 ms"),
    (
        "latency",
        {"first_byte": {"below": "0.2s"}},
        {},
        "first byte latency 300 ms, expected below 200 ms",
    ),
    ("header", {"Server": "caddy"}, {}, 'header Server "nginx", expected "caddy"'),
    ("header", {"X-A": "1"}, {}, 'header X-A missing, expected "1"'),
    (
        "header",
        {"Set-Cookie": {"matches": "^c"}},
        {},
        'header Set-Cookie "a=1, b=2", expected a match of ^c',
    ),
    ("body", {"contains": "UP"}, {"body": "DOWN"}, 'body "DOWN", expected "UP" in it'),
    ("body", {"contains": "UP"}, {}, 'body empty, expected "UP" in it'),
    (
        "body",
        {"not_matches": "x+"},
        {"body": "x" * 500},
        "body of 500 characters, expected no match of x+ in it",
    ),
    (
        "json",
        {"$.status": "DOWN"},
        {"body": DOCUMENT},
        '$.status is "UP", expected "DOWN"',
    ),
    ("json", {"$.no": {"above": 1}}, {"body": DOCUMENT}, "$.no is missing, expected above 1"),
    ("json", {"$.status": {"above": 1}}, {"body": DOCUMENT}, '$.status is "UP", expected above 1'),
    ("json", {"$.on": 1}, {"body": DOCUMENT}, "$.on is true, expected 1"),
    (
        "json",
        {"$.parts[*].n": {"below": 2}},
        {"body": DOCUMENT},
        "$.parts[*].n is 2, expected below 2",
    ),
    (
        "json",
        {"$.queue": {"exists": False}},
        {"body": DOCUMENT},
        '$.queue is {"depth":120}, expected missing',
    ),
    (
        "certificate",
        {"left": {"above": "14d"}},
        {"days": 9},
        "certificate expires in 9 days, expected above 14 d",
    ),
    (
        "certificate",
        {"left": {"above": "14d"}},
        {"days": -9},
        "certificate expired, expected above 14 d",
    ),
]


@pytest.mark.parametrize(("key", "raw", "changes"), HOLDS)
def test_what_holds_passes(key, raw, changes):
    judgement = judge(check(expect={key: raw}), seen(**changes), AT)
    assert (judgement.outcome, judgement.reason) == (Outcome.PASS, "")


@pytest.mark.parametrize(("key", "raw", "changes", "reason"), FAILS)
def test_what_does_not_hold_fails_and_says_what_was_there(key, raw, changes, reason):
    judgement = judge(check(expect={key: raw}), seen(**changes), AT)
    assert (judgement.outcome, judgement.reason) == (Outcome.FAIL, reason)


@pytest.mark.parametrize(("key", "raw", "changes"), HOLDS)
def test_what_holds_degrades_where_it_stands_under_degraded_if(key, raw, changes):
    judgement = judge(check(degraded_if={key: raw}), seen(**changes), AT)
    assert judgement.outcome is Outcome.SLOW
    assert judgement.reason


def test_a_degradation_says_how_far_over_the_limit():
    slow = check(degraded_if={"latency": {"above": "800ms"}})
    judgement = judge(slow, seen(latency=1.2), AT)
    assert judgement.reason == "latency 1.2 s, above 800 ms"
    assert judge(slow, seen(latency=0.7), AT).outcome is Outcome.PASS


def test_a_true_status_is_not_said_twice():
    judgement = judge(check(degraded_if={"status": 429}), seen(status=429), AT)
    assert judgement.reason == "status 429"


def test_all_of_expect_must_hold_and_each_that_does_not_is_told():
    both = check(expect={"status": 200, "header": {"Server": "caddy", "X-A": "1"}})
    judgement = judge(both, seen(status=500), AT)
    assert judgement.reason == (
        'status 500, expected 200; header Server "nginx", expected "caddy";'
        ' header X-A missing, expected "1"'
    )


def test_one_of_degraded_if_suffices_even_within_one_key():
    some = check(
        degraded_if={"latency": {"connect": {"above": "1s"}, "first_byte": {"above": "200ms"}}}
    )
    judgement = judge(some, seen(), AT)
    assert judgement.reason == "first byte latency 300 ms, above 200 ms"


def test_a_warning_changes_no_outcome_and_is_told_whatever_the_outcome():
    warned = check(expect={"status": 200}, warn_if={"certificate": {"left": {"below": "14d"}}})
    passed = judge(warned, seen(days=9), AT)
    failed = judge(warned, seen(days=9, status=500), AT)
    assert passed.outcome is Outcome.PASS
    assert failed.outcome is Outcome.FAIL
    assert passed.warnings == failed.warnings == ("certificate expires in 9 days, below 14 d",)


def test_a_failure_is_not_also_a_degradation():
    both = check(expect={"status": 200}, degraded_if={"latency": {"above": "1ms"}})
    assert judge(both, seen(status=500), AT).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html>", "body is no JSON: JSON is malformed"),
        ("[" * 100_000, "body is no JSON: "),
        ("", "body is no JSON: "),
    ],
)
def test_what_is_no_json_fails_and_stalls_nothing(body, reason):
    judgement = judge(check(expect={"json": {"$.a": 1}}), seen(body=body), AT)
    assert judgement.outcome is Outcome.FAIL
    assert judgement.reason.startswith(reason)


def test_a_regex_takes_no_longer_for_a_hostile_text():
    # A backtracking engine would not come back from this one.
    hostile = check(expect={"body": {"matches": "^(a+)+$"}})
    judgement = judge(hostile, seen(body="a" * 100_000 + "b"), AT)
    assert judgement.outcome is Outcome.FAIL


def test_texts_of_strangers_are_shown_on_one_line_and_short():
    judgement = judge(check(expect={"body": {"contains": "x"}}), seen(body="a\r\n\x1b[31m b"), AT)
    assert judgement.reason == 'body "a [31m b", expected "x" in it'


@pytest.mark.parametrize(
    ("encoding", "data", "reason"),
    [
        (b"gzip", b"not gzip", "body is not gzip, as its Content-Encoding says"),
        (b"br", b"not br", "body is not br, as its Content-Encoding says"),
        (b"zstd", b"x", "body is encoded as zstd, which is not understood"),
        (b"gzip, gzip, gzip, gzip", b"x", "body is encoded 4 times over"),
    ],
)
def test_a_body_that_is_not_what_it_claims_fails(encoding, data, reason):
    headers = Headers([(b"content-encoding", encoding)])
    observation = Observation(0.1, {}, {"body": Body(data, headers, 100)})
    judgement = judge(check(expect={"body": {"contains": "a"}}), observation, AT)
    assert judgement.reason == f'{reason}, expected "a" in it'


@pytest.mark.parametrize("charset", [b"punycode", b"idna", b"zip", b"no-such", b"utf-16"])
def test_an_odd_character_set_harms_nothing(charset):
    headers = Headers([(b"Content-Type", b"text/html; charset=" + charset)])
    assert isinstance(Body(b"abc" * 1000, headers, 10_000).text(), str)


@pytest.mark.parametrize("charset", [b"utf-7", b"unicode_escape", b"raw-unicode-escape"])
def test_an_escape_is_text_like_any_other(charset):
    headers = Headers([(b"Content-Type", b"text/html; charset=" + charset)])
    body = Body(rb"+2AA- \ud800", headers, 100)
    found = BodyText(Pattern("ud8")).judge(Observation(0.1, {}, {"body": body}), AT)
    assert (found.held, found.actual) == (True, r'body "+2AA- \ud800"')


@pytest.mark.parametrize(
    ("key", "raw", "reason"),
    [
        ("status", "20", "is no status"),
        ("status", "299-200", "runs backwards: write 200-299"),
        ("status", [], "a status is due"),
        ("status", True, "is no status"),
        ("latency", {}, "a limit is due"),
        ("latency", {"above": 5}, "has no unit"),
        ("latency", {"connect": {}}, "a limit is due"),
        ("header", {}, "a header is due"),
        ("header", {"A": {"contains": "x"}}, "text is due, or {matches: REGEX}"),
        ("header", {"A": {"matches": "("}}, "is no regular expression: missing "),
        ("header", {"A": ["x"]}, "text is due"),
        ("body", {}, "contains, not_contains, matches or not_matches is due"),
        ("body", {"matches": r"(a)\1"}, "is no regular expression: invalid escape"),
        ("json", {}, "a path is due"),
        ("json", {"status": "UP"}, r"is no JSONPath: .*; a path starts with \$"),
        ("json", {"$.a[": "UP"}, "is no JSONPath"),
        ("json", {"$.a": {"over": 1}}, "a value is due, or a mapping of above, below"),
        ("json", {"$.a": {"above": "x"}}, "is no number"),
        ("json", {"$.a": {"above": True}}, "is no number"),
        ("json", {"$.a": {"exists": "perhaps"}}, "exists is true or false"),
        ("json", {"$.a": {"exists": False, "above": 1}}, "leaves nothing to compare"),
        ("certificate", {"left": {"below": "14"}}, "has no unit"),
    ],
)
def test_an_expectation_that_makes_no_sense_is_refused_when_it_is_read(key, raw, reason):
    with pytest.raises(ValidationError, match=reason):
        read(key, raw)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_setting_has_a_schema_for_editors(kind):
    for shape in (kind.options, *kind.expectations.values()):
        assert TypeAdapter(shape).json_schema()
