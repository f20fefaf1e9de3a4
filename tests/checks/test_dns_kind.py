"""The kind `dns`: records, codes, the ways to ask, and answers that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.failures import ProbeFailure
from checks.net import Network
from checks.wire.name_servers import parse_settings
from checks.wire.peers import Peer
from checks.wire.questions import Query, Question
from tests.checks.name_server import (
    about_another_name,
    answering_questions,
    coded,
    cut_off,
    echoed,
    far_too_short,
    garbage,
    honest,
    numbered_wrongly,
    over_https,
    over_stream,
    right,
)
from tests.checks.servers import refusing, serving, silent


def asking(port, name="shop.example", **options):
    return {"name": name, "server": f"127.0.0.1:{port}", **options}


# Records ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "type", "records"),
    [
        ("shop.example", "A", ["192.0.2.2", "192.0.2.1"]),
        ("SHOP.example.", "a", ["192.0.2.2", "192.0.2.1"]),
        ("www.shop.example", "A", ["192.0.2.2", "192.0.2.1"]),
        ("www.shop.example", "CNAME", "shop.example"),
        ("shop.example", "AAAA", "2001:DB8:0::1"),
        ("shop.example", "MX", "10 mail.example."),
        ("shop.example", "NS", "NS1.example"),
        ("shop.example", "TXT", "v=spf1 -all; and More"),
        ("shop.example", "SOA", "ns1.example admin.example 7 3600 600 86400 60"),
        ("_sip._tcp.shop.example", "SRV", "10 5 5060 sip.example"),
        ("shop.example", "CAA", '0 issue "letsencrypt.org"'),
        ("192.0.2.1", "PTR", "shop.example"),
    ],
)
async def test_records_of_every_type_are_compared_in_plain_form(probe, name, type, records):
    async with answering_questions() as port:
        options = asking(port, name, type=type)
        result = await probe("dns", options, expect={"answer": {"equals": records}})
    assert (result.outcome, result.reason) == ("pass", "")


async def test_what_was_answered_is_kept_and_timed(probe):
    async with answering_questions() as port:
        result = await probe("dns", asking(port))
    assert result.facts == {
        "address": "127.0.0.1",
        "rcode": "NOERROR",
        "answer": "192.0.2.1, 192.0.2.2",
    }
    assert list(result.phases) == ["first_byte"]
    assert result.latency_seconds >= result.phases["first_byte"] > 0


async def test_a_name_without_such_a_record_fails_unless_that_is_expected(probe):
    async with answering_questions() as port:
        options = asking(port, "www.shop.example", type="SRV")
        missed = await probe("dns", options)
        wanted = await probe("dns", options, expect={"answer": {"equals": []}})
    assert missed.reason == "no SRV record, expected one"
    assert wanted.outcome == "pass"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (coded("SERVFAIL"), "answer SERVFAIL (the server could not find out), expected NOERROR"),
        (
            coded("SERVFAIL", (6, "no valid signature")),
            'answer SERVFAIL ("6 (DNSSEC Bogus): no valid signature"), expected NOERROR',
        ),
        (
            coded("REFUSED"),
            "answer REFUSED (the server does not answer us that), expected NOERROR",
        ),
        (coded("NXDOMAIN"), "answer NXDOMAIN (there is no such name), expected NOERROR"),
    ],
)
async def test_a_code_that_was_not_expected_says_what_it_means(probe, make, reason):
    async with answering_questions(make) as port:
        result = await probe("dns", asking(port))
    assert (result.outcome, result.reason) == ("fail", reason)
    assert result.latency_seconds is not None


async def test_that_there_is_no_such_name_can_be_what_is_expected(probe):
    async with answering_questions() as port:
        gone = {"rcode": "NXDOMAIN"}
        absent = await probe("dns", asking(port, "old.example"), expect=gone)
        present = await probe("dns", asking(port), expect=gone)
    assert absent.outcome == "pass"
    assert present.reason == "answer NOERROR, expected NXDOMAIN"


# Answers that are none --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda question, stream: None, "waiting for an answer of {place}"),
        (
            numbered_wrongly,
            "{place} sends an answer with another number than the question, and no other came",
        ),
        (
            about_another_name,
            '{place} answers "evil.example" A instead of shop.example A, and no other came',
        ),
        (echoed, "{place} answers with a question instead of shop.example A, and no other came"),
    ],
)
async def test_what_is_no_answer_to_our_question_is_passed_over(probe, make, reason):
    async with answering_questions(make) as port:
        result = await probe("dns", asking(port), timeout=0.5)
    place = f"127.0.0.1:{port}"
    assert result.reason == f"no answer within 500 ms: {reason.format(place=place)}"


async def test_a_forgery_that_comes_first_is_not_believed(probe):
    def both(question, over_stream):
        forged = [about_another_name(question, False), numbered_wrongly(question, False)]
        return [*forged, right(question, False)]

    async with answering_questions(both) as port:
        result = await probe("dns", asking(port), expect={"answer": {"contains": "192.0.2.1"}})
    assert result.outcome == "pass"


@pytest.mark.parametrize("make", [garbage, far_too_short])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_malformed_answer_is_called_that(probe, make, transport):
    async with answering_questions(make) as port:
        result = await probe("dns", asking(port, transport=transport))
    assert result.reason.startswith(f"127.0.0.1:{port} sends a malformed answer: ")


async def test_a_port_that_nobody_listens_at_refuses(probe):
    with refusing() as port:
        result = await probe("dns", asking(port))
    assert result.reason == f"connection refused by 127.0.0.1:{port}"


async def test_a_question_that_got_lost_is_put_again(probe):
    heard = []

    def forgetful(question, over_stream):
        heard.append(question.id)
        return right(question, over_stream) if len(heard) > 1 else None

    async with answering_questions(forgetful) as port:
        result = await probe("dns", asking(port), degraded_if={"latency": {"above": "900ms"}})
    assert result.outcome == "slow"
    assert len(heard) == 2
    assert len(set(heard)) == 1


# Ways to ask ------------------------------------------------------------------------------------


async def test_an_answer_that_is_cut_off_is_asked_for_over_a_stream(probe):
    async with answering_questions(cut_off) as port:
        result = await probe("dns", asking(port), expect={"answer": {"contains": "192.0.2.2"}})
    assert result.outcome == "pass"
    assert list(result.phases) == ["first_byte", "connect", "transfer"]


async def test_a_server_asked_over_tcp_answers_there(probe):
    async with serving(over_stream(right)) as port:
        result = await probe("dns", asking(port, transport="tcp"))
    assert result.outcome == "pass"
    assert list(result.phases) == ["connect", "first_byte", "transfer"]


@pytest.mark.parametrize("make", [about_another_name, numbered_wrongly])
async def test_over_a_stream_an_answer_to_another_question_is_the_end(probe, make):
    async with serving(over_stream(make)) as port:
        result = await probe("dns", asking(port, transport="tcp"))
    assert result.reason.startswith(f"127.0.0.1:{port} ")
    assert "instead of shop.example A" in result.reason or "another number" in result.reason


async def test_a_server_that_hangs_up_is_named(probe):
    async def hang_up(reader, writer):
        await reader.read(10)
        writer.write(b"\0\x50half")
        await writer.drain()

    async with serving(hang_up) as port:
        result = await probe("dns", asking(port, transport="tcp"))
    assert result.reason.startswith("connection ")
    assert result.reason.endswith(f" by 127.0.0.1:{port}")


async def test_a_stream_without_an_answer_says_what_was_waited_for(probe):
    async with serving(silent) as port:
        result = await probe("dns", asking(port, transport="tcp"), timeout=0.15)
    assert result.reason == f"no answer within 150 ms: waiting for an answer of 127.0.0.1:{port}"


async def test_dns_over_tls_is_verified(probe, authority):
    async with serving(over_stream(right), authority.server("dns.example")) as port:
        trusted = {"ca_file": authority.ca_file, "server_name": "dns.example"}
        result = await probe("dns", asking(port, transport="tls", tls=trusted))
        wrong = {"ca_file": authority.ca_file, "server_name": "other.example"}
        refused = await probe("dns", asking(port, transport="tls", tls=wrong))
    assert (result.outcome, result.reason) == ("pass", "")
    assert "certificate_expires_at" in result.facts
    assert refused.reason == "certificate is for dns.example, not other.example"


async def test_dns_over_https_is_asked_by_url_or_by_host(probe, authority):
    tls = {"ca_file": authority.ca_file, "server_name": "dns.example"}
    async with serving(over_https(right), authority.server("dns.example")) as port:
        server = f"https://127.0.0.1:{port}/dns-query"
        by_url = await probe("dns", {"name": "shop.example", "server": server, "tls": tls})
        by_host = await probe("dns", asking(port, transport="https", tls=tls))
    assert (by_url.outcome, by_url.reason) == ("pass", "")
    assert by_host.facts["answer"] == "192.0.2.1, 192.0.2.2"
    assert list(by_host.phases) == ["connect", "tls", "first_byte", "transfer"]


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (over_https(right, "503 Busy"), "{place} answers with status 503 instead of 200"),
        (
            over_https(right, type="text/html; charset=utf-8"),
            "{place} answers with text/html instead of application/dns-message",
        ),
        (over_https(far_too_short), "{place} sends a malformed answer: 2 bytes"),
        (
            over_https(about_another_name),
            '{place} answers "evil.example" A instead of shop.example A',
        ),
    ],
)
async def test_https_that_brings_no_answer_says_why(probe, authority, handler, reason):
    tls = {"ca_file": authority.ca_file, "server_name": "dns.example"}
    async with serving(handler, authority.server("dns.example")) as port:
        result = await probe("dns", asking(port, transport="https", tls=tls))
    assert result.reason == reason.format(place=f"127.0.0.1:{port}")


async def test_a_name_server_is_found_by_its_name(probe):
    async with answering_questions() as port:
        network = Network(lambda peer: ["127.0.0.1"])
        options = {"name": "shop.example", "server": f"ns1.example:{port}"}
        result = await probe("dns", options, over=network)
        network.close()
    assert result.outcome == "pass"
    assert list(result.phases) == ["resolve", "first_byte"]


async def test_of_the_addresses_of_a_name_server_one_with_a_way_there_is_asked(probe):
    async with answering_questions() as port:
        network = Network(lambda peer: ["255.255.255.255", "127.0.0.1"])
        options = {"name": "shop.example", "server": f"ns1.example:{port}"}
        result = await probe("dns", options, over=network)
        network.close()
    assert (result.outcome, result.facts["address"]) == ("pass", "127.0.0.1")


async def test_without_a_server_the_systems_are_asked_in_turn(probe):
    async with answering_questions() as port:
        with refusing() as closed:
            servers = [Peer("127.0.0.1", closed), Peer("127.0.0.1", port)]
            network = Network(name_servers=lambda: servers)
            result = await probe("dns", {"name": "shop.example"}, over=network)
            network.close()
    assert (result.outcome, result.reason) == ("pass", "")


async def test_that_the_systems_servers_cannot_be_asked_is_our_own_error(probe):
    with refusing() as closed:
        network = Network(name_servers=lambda: [Peer("127.0.0.1", closed)])
        result = await probe("dns", {"name": "shop.example"}, over=network)
        network.close()
    assert (result.outcome, result.reason) == (
        "error",
        f"cannot ask this machine's name servers: connection refused by 127.0.0.1:{closed}",
    )


async def test_a_server_may_be_asked_not_to_ask_others(probe):
    wishes = []

    def listening(question, over_stream):
        wishes.append(bool(question.flags & 0x0100))
        return right(question, over_stream)

    async with answering_questions(listening) as port:
        await probe("dns", asking(port))
        await probe("dns", asking(port, recursive=False))
    assert wishes == [True, False]


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("nameserver 192.0.2.53\nsearch acme.example\n", ["192.0.2.53:53"]),
        ("# nameserver 192.0.2.1\n\tnameserver  ::1 # us\nnameserver", ["[::1]:53"]),
        ("nameserver 192.0.2.1\n" * 5, ["192.0.2.1:53"] * 3),
        ("", ["127.0.0.1:53"]),
        ("nameserver ns.example\n", ["127.0.0.1:53"]),
    ],
)
def test_the_systems_servers_are_read_as_the_system_does(text, servers):
    assert [str(server) for server in parse_settings(text)] == servers


# Hostile answers --------------------------------------------------------------------------------

QUERY = Query(Question("shop.example", "A"))


def damaged():
    """A right answer with some of its bytes replaced, and its end cut off."""
    from dns.message import from_wire

    whole = honest(from_wire(QUERY.wire)).to_wire()
    changes = st.dictionaries(st.integers(2, len(whole) - 1), st.integers(0, 255), max_size=8)

    def damage(made, length):
        wire = bytearray(whole)
        for at, byte in made.items():
            wire[at] = byte
        return bytes(wire[:length])

    return st.builds(damage, changes, st.integers(0, len(whole)))


@given(damaged() | st.binary(max_size=80).map(lambda tail: QUERY.wire[:2] + tail))
def test_whatever_comes_is_an_answer_or_a_failure_with_a_reason(raw):
    assert isinstance(QUERY.cut_off(raw), bool)
    try:
        told = QUERY.read(raw, "here").type
    except ProbeFailure as failure:
        told = failure.reason
    assert told == "A" or told.startswith("here ")
