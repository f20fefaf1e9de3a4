"""The kind `dns` as it is written: its options, and what can be stated of an answer."""

from datetime import UTC, datetime

import pytest

from checks.kinds.dns import KIND
from checks.model import Observation
from checks.wire.questions import Reply
from tests.checks.conftest import check_of, expectations


def reply(*records, **changes):
    marks = {"authoritative": True, "authenticated": False}
    made = Reply("A", "NOERROR", "", records, 300 if records else None, **marks | changes)
    return Observation(0.01, {}, {"reply": made})


TWO = reply("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    ("key", "raw", "seen", "told"),
    [
        ("answer", {"equals": ["192.0.2.2", "192.0.2.1"]}, TWO, None),
        ("answer", {"contains": "192.0.2.2"}, TWO, None),
        ("answer", {"matches": r"\.2$"}, TWO, None),
        ("ttl", {"above": "1m"}, TWO, None),
        ("authoritative", True, TWO, None),
        ("authenticated", False, TWO, None),
        ("rcode", ["noerror", "NXDOMAIN"], TWO, None),
        ("answer", {"equals": "192.0.2.1"}, TWO, ("A 192.0.2.1, 192.0.2.2", "192.0.2.1")),
        (
            "answer",
            {"contains": ["192.0.2.1", "192.0.2.9"]},
            TWO,
            ("A 192.0.2.1, 192.0.2.2", "192.0.2.1, 192.0.2.9 among them"),
        ),
        (
            "answer",
            {"matches": "^10"},
            reply(*"abcdef"),
            ("A a, b, c, d and 2 more", "a match of ^10 among them"),
        ),
        ("answer", {"contains": "192.0.2.1"}, reply(), ("no A record", "192.0.2.1 among them")),
        ("ttl", {"above": "1h"}, TWO, ("ttl 5 minutes", "above 1 h")),
        ("ttl", {"above": "1h"}, reply(), ("no A record to keep", "above 1 h")),
        ("authoritative", False, TWO, ("answer authoritative", "not authoritative")),
        ("authenticated", True, TWO, ("answer not authenticated", "authenticated")),
    ],
)
def test_a_statement_is_held_against_the_answer(key, raw, seen, told):
    (named,) = expectations(KIND, {key: raw})
    finding = named.expectation.judge(seen, datetime.now(UTC))
    assert (None if finding.held else (finding.actual, finding.stated)) == told


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"name": "https://shop.example/"}, "without scheme"),
        ({"name": "shop example"}, "no host name"),
        ({"name": "192.0.2.1"}, "only PTR"),
        ({"name": "a.example", "type": "ANY"}, "no type of record"),
        ({"name": "a.example", "server": "http://dns.example/"}, "by https, not by http"),
        ({"name": "a.example", "server": "dns.example:http"}, "no port"),
        ({"name": "a.example", "transport": "quic"}, "no way to ask"),
        ({"name": "a.example", "transport": "tls"}, "a server is due"),
        ({"name": "a.example", "tls": {"verify": False}}, "tls is for transport tls or https"),
        (
            {"name": "a.example", "server": "https://a.example/", "transport": "tls"},
            "leave transport out",
        ),
    ],
)
async def test_what_cannot_be_asked_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("dns", options)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"rcode": "NOPE"}, "no code of an answer"),
        ({"rcode": []}, "a code is due"),
        ({"answer": {}}, "equals, contains or matches is due"),
        ({"answer": {"contains": []}}, "contains names no record"),
        ({"ttl": {}}, "a limit is due"),
    ],
)
def test_a_statement_that_makes_no_sense_is_refused(expected, reason):
    with pytest.raises(ValueError, match=reason):
        expectations(KIND, expected)


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({"name": "shop.example"}, "dns:shop.example?type=A"),
        (
            {"name": "shop.example", "server": "192.0.2.53", "type": "mx"},
            "dns://192.0.2.53:53/shop.example?type=MX",
        ),
        (
            {"name": "shop.example", "server": "2001:db8::53", "transport": "tls"},
            "dns://[2001:db8::53]:853/shop.example?type=A",
        ),
        (
            {"name": ".", "type": "NS", "server": "https://dns.example/q"},
            "dns://dns.example/.?type=NS",
        ),
    ],
)
def test_what_is_probed_is_told_as_an_address_of_its_own_kind(options, target):
    assert KIND.target(check_of(KIND, options).options) == target
