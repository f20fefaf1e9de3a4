"""The kind `tls`: chains, versions, and going over to TLS in a dialogue."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import TypeAdapter

from checks.kinds import KINDS
from checks.model import Observation
from checks.wire.handshakes import Handshake, shown_in
from checks.wire.tls import Certificate
from tests.checks.chains import Chain
from tests.checks.servers import greeting, refusing, self_signed, serving, silent
from tests.checks.test_tls import blocking_server, days

LDAP_YES = bytes.fromhex("300c02010178070a010004000400")
LDAP_NO = bytes.fromhex("300c02010178070a013404000400")


@pytest.fixture
def chain(tmp_path):
    return Chain(tmp_path)


def to(port, trusted, **options):
    return {
        "address": f"127.0.0.1:{port}",
        "server_name": "shop.example",
        "ca_file": trusted.ca_file,
        **options,
    }


# Chains -----------------------------------------------------------------------------------------


async def test_a_chain_through_an_intermediate_passes_and_its_facts_are_kept(probe, chain):
    async with serving(silent, chain.server()) as port:
        result = await probe("tls", to(port, chain, alpn=["h2"]))
    assert (result.outcome, result.reason) == ("pass", "")
    assert list(result.phases) == ["connect", "tls"]
    assert result.facts["issuer"] == "Acme Authority"
    assert result.facts["version"] == "TLSv1.3"
    assert result.facts["address"] == "127.0.0.1"


async def test_a_closed_port_refuses(probe):
    with refusing() as port:
        result = await probe("tls", {"address": f"127.0.0.1:{port}"})
    assert result.reason == f"connection refused by 127.0.0.1:{port}"


async def test_a_forgotten_intermediate_is_named(probe, chain):
    async with serving(silent, chain.server(whole=False)) as port:
        result = await probe("tls", to(port, chain))
    assert result.reason == (
        "certificate is not trusted: no intermediate comes with it, and its issuer"
        ' "Acme Authority" is no authority known here'
    )


async def test_an_unknown_root_is_named(probe, chain, authority):
    async with serving(silent, chain.server()) as port:
        result = await probe("tls", to(port, authority))
    assert result.reason == (
        'certificate is not trusted: its chain ends at "Acme Root",'
        " which is no authority known here"
    )


@pytest.mark.parametrize(
    ("ages", "reason"),
    [
        ({"leaf_days": -3}, "certificate expired 3 days ago"),
        ({"authority_days": -5}, 'certificate of "Acme Authority" above expired 5 days ago'),
    ],
)
async def test_what_has_expired_says_so_and_since_when(probe, tmp_path, ages, reason):
    expired = Chain(tmp_path, **ages)
    async with serving(silent, expired.server()) as port:
        result = await probe("tls", to(port, expired))
    assert (result.outcome, result.reason) == ("fail", reason)


async def test_a_certificate_for_another_name_says_for_whom(probe, chain):
    async with serving(silent, chain.server()) as port:
        result = await probe("tls", to(port, chain, server_name="pay.example"))
    assert result.reason == "certificate is for shop.example, *.shop.example, not pay.example"


async def test_a_self_signed_certificate_is_called_that(probe, tmp_path, authority):
    async with serving(silent, self_signed(tmp_path, "shop.example")) as port:
        result = await probe("tls", to(port, authority))
    assert result.reason == "certificate is self-signed"


async def test_of_a_chain_the_certificate_that_expires_first_counts(probe, tmp_path):
    soon = Chain(tmp_path, leaf_days=60, authority_days=9)
    async with serving(silent, soon.server()) as port:
        soonest = {"certificate": {"left": {"below": "14d"}}}
        result = await probe("tls", to(port, soon), warn_if=soonest)
    assert result.outcome == "pass"
    assert result.warnings == ('certificate of "Acme Authority" expires in 9 days, below 14 d',)
    expires_at = datetime.fromisoformat(result.facts["certificate_expires_at"])
    assert expires_at - datetime.now(UTC) < timedelta(days=10)


async def test_without_verification_what_is_shown_counts(probe, tmp_path, authority):
    expired = Chain(tmp_path, leaf_days=-3)
    async with serving(silent, expired.server()) as port:
        result = await probe(
            "tls",
            to(port, authority, verify=False),
            expect={"certificate": {"left": {"above": "1d"}}},
        )
    assert result.reason == "certificate expired, expected above 1 d"


async def test_a_server_that_wants_to_know_us_gets_our_certificate(probe, authority):
    async with serving(silent, authority.demanding("shop.example")) as port:
        known = to(port, authority, client_certificate=authority.client_file())
        result = await probe("tls", known)
    assert result.outcome == "pass"


def test_newer_pythons_tell_the_chain_themselves(chain):
    der = ssl.PEM_cert_to_DER_cert(Path(chain.ca_file).read_text())
    context = SimpleNamespace(verify_mode=ssl.CERT_REQUIRED)
    newer = SimpleNamespace(context=context, get_verified_chain=lambda: [der])
    assert [certificate.subject for certificate in shown_in(newer)] == ["Acme Root"]


# Expectations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"certificate": {"issuer": "Acme Authority", "subject": {"matches": "O=Acme"}}}, ""),
        ({"certificate": {"names": ["shop.example", "www.shop.example"]}}, ""),
        ({"version": 1.3}, ""),
        ({"version": ["TLSv1.2", "1.3"]}, ""),
        ({"alpn": "h2"}, ""),
        ({"version": "1.2"}, "TLS 1.3, expected 1.2"),
        ({"alpn": "http/1.1"}, 'protocol "h2" chosen, expected http/1.1'),
        (
            {"certificate": {"issuer": "Other"}},
            'certificate\'s issuer "CN=Acme Authority,O=Acme", expected "Other"',
        ),
        (
            {"certificate": {"names": ["a.www.shop.example"]}},
            "certificate is for shop.example, *.shop.example, expected a.www.shop.example",
        ),
    ],
)
async def test_what_is_expected_is_held_against_the_handshake(probe, chain, expected, reason):
    context = chain.server()
    context.set_alpn_protocols(["h2"])
    async with serving(silent, context) as port:
        result = await probe("tls", to(port, chain, alpn=["h2", "http/1.1"]), expect=expected)
    assert result.reason == reason


def test_a_name_in_another_script_is_looked_for_as_certificates_write_it():
    statement = TypeAdapter(KINDS["tls"].expectations["certificate"])
    names = statement.validate_python({"names": ["bücher.example", "*.bücher.example."]})
    shown = ("xn--bcher-kva.example", "*.xn--bcher-kva.example")
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    certificate = Certificate("b", "ca", shown, at, at, self_signed=False)
    handshake = Handshake("TLSv1.3", "", "", (certificate,))
    assert names.judge(Observation(0.1, {}, {"handshake": handshake}), at).held


async def test_a_protocol_that_was_not_chosen_is_missed(probe, chain):
    async with serving(silent, chain.server()) as port:
        result = await probe("tls", to(port, chain, alpn="h2"), expect={"alpn": "h2"})
    assert result.reason == "no protocol chosen, expected h2"


# No TLS, or none that is safe -------------------------------------------------------------------


async def test_a_server_of_old_versions_only_is_called_unsafe(probe, chain):
    context = chain.server()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with blocking_server(context) as port:
        result = await probe("tls", to(port, chain))
    assert result.reason == f"127.0.0.1:{port} offers no version of TLS that is still safe"


async def test_a_server_that_speaks_no_tls_is_called_that(probe, chain):
    async with serving(greeting(b"220 mail.example ESMTP\r\n")) as port:
        result = await probe("tls", to(port, chain))
    assert result.reason == f"127.0.0.1:{port} does not speak TLS"


async def test_a_handshake_that_hangs_is_named_when_time_is_up(probe, chain):
    async with serving(silent) as port:
        result = await probe("tls", to(port, chain), timeout=0.15)
    assert result.reason == "no answer within 150 ms: in the TLS handshake"


# STARTTLS ---------------------------------------------------------------------------------------


def going_over(context, *turns):
    """Says and hears these in turn, then goes over to TLS. The last to be said comes right before.

    What begins with `<` is expected as a line, or as that many bytes; all else is said.
    """

    async def handler(reader, writer):
        for turn in turns:
            if isinstance(turn, int):
                await reader.readexactly(turn)
            elif turn.startswith(b"<"):
                assert (await reader.readline()).startswith(turn[1:])
            else:
                writer.write(turn)
        if context:
            await writer.start_tls(context)
        await reader.read()

    return handler


DIALOGUES = {
    "smtp": (
        b"220-hello\r\n220 mail.example\r\n",
        b"<EHLO [127.0.0.1]",
        b"250-mail.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
        b"<STARTTLS",
        b"220 go\r\n",
    ),
    "imap": (b"* OK ready\r\n", b"<a STARTTLS", b"* CAPABILITY IMAP4rev1\r\na OK go\r\n"),
    "pop3": (b"+OK ready\r\n", b"<STLS", b"+OK go\r\n"),
    "ftp": (b"220 ready\r\n", b"<AUTH TLS", b"234 go\r\n"),
    "postgres": (8, b"S"),
    "ldap": (31, LDAP_YES),
}


@pytest.mark.parametrize("protocol", DIALOGUES)
async def test_tls_begins_after_it_was_asked_for(probe, chain, protocol):
    async with serving(going_over(chain.server(), *DIALOGUES[protocol])) as port:
        result = await probe("tls", to(port, chain, starttls=protocol))
    assert (result.outcome, result.reason) == ("pass", "")
    assert list(result.phases) == ["connect", "tls"]


@pytest.mark.parametrize("protocol", DIALOGUES)
async def test_what_is_wrong_with_a_certificate_is_told_after_it_too(probe, tmp_path, protocol):
    expired = Chain(tmp_path, leaf_days=-3)
    async with serving(going_over(expired.server(), *DIALOGUES[protocol])) as port:
        result = await probe("tls", to(port, expired, starttls=protocol))
    assert result.reason == "certificate expired 3 days ago"


SMTP = DIALOGUES["smtp"]


@pytest.mark.parametrize(
    ("protocol", "turns", "reason"),
    [
        ("smtp", (*SMTP[:2], b"250 mail.example\r\n"), "{place} does not offer STARTTLS"),
        ("smtp", (*SMTP[:4], b"454 no\r\n"), '{place} refused STARTTLS: "454 no"'),
        ("smtp", (*SMTP[:2], b"550 go away\r\n"), '{place} refused EHLO: "550 go away"'),
        ("smtp", (b"+OK\r\n",), '{place} does not greet as SMTP does: "+OK"'),
        ("imap", (*DIALOGUES["imap"][:2], b"a NO\r\n"), '{place} refused STARTTLS: "a NO"'),
        ("imap", (b"220 hi\r\n",), '{place} does not greet as IMAP does: "220 hi"'),
        ("pop3", (*DIALOGUES["pop3"][:2], b"-ERR\r\n"), '{place} refused STARTTLS: "-ERR"'),
        ("ftp", (*DIALOGUES["ftp"][:2], b"502 no\r\n"), '{place} refused STARTTLS: "502 no"'),
        ("postgres", (8, b"N"), "{place} refused STARTTLS: it is set to do without TLS"),
        ("postgres", (8, b"H"), "{place} does not speak the protocol of PostgreSQL"),
        ("ldap", (31, LDAP_NO), '{place} refused STARTTLS: "result 52, unavailable"'),
        ("ldap", (31, b"HTTP/1.1 400\r\n"), "{place} does not speak LDAP"),
        ("ldap", (31, b"\x30\x84\x7f\xff\xff\xff"), "{place} does not speak LDAP"),
        ("ldap", (31, b"\x30\x02\x02\x01"), "{place} does not speak LDAP"),
        (
            "smtp",
            (*SMTP[:4], b"220 go\r\n250 injected\r\n"),
            "{place} goes on in plain text after it agreed to TLS",
        ),
    ],
)
async def test_a_dialogue_that_does_not_lead_to_tls_says_why(probe, chain, protocol, turns, reason):
    async with serving(going_over(None, *turns)) as port:
        result = await probe("tls", to(port, chain, starttls=protocol))
    assert result.reason == reason.format(place=f"127.0.0.1:{port}")


async def test_a_server_that_keeps_silent_says_where_it_stopped(probe, chain):
    async with serving(silent) as port:
        result = await probe("tls", to(port, chain, starttls="smtp"), timeout=0.15)
    assert result.reason == "no answer within 150 ms: waiting for the greeting"


async def test_a_server_that_hangs_up_in_the_dialogue_is_named(probe, chain):
    async def hang_up(reader, writer):
        writer.write(b"220 mail")
        await writer.drain()

    async with serving(hang_up) as port:
        result = await probe("tls", to(port, chain, starttls="smtp"))
    assert result.reason == f"connection closed by 127.0.0.1:{port}"


async def test_a_certificate_far_off_is_no_warning(probe, authority):
    async with serving(silent, authority.server("shop.example", not_after=days(60))) as port:
        soon = {"certificate": {"left": {"below": "14d"}}}
        result = await probe("tls", to(port, authority), warn_if=soon)
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"address": "shop.example"}, "has no port"),
        ({"address": "shop.example:25", "starttls": "http"}, "write one of ftp, imap, ldap"),
        ({"address": "[::1]:25", "ip": 4}, "::1 is no address of IPv4"),
        ({"address": "a:1", "client_key": "x"}, "client_key needs client_certificate"),
        ({"address": "a:1", "alpn": ["h 2"]}, "no name of a protocol"),
    ],
)
async def test_what_makes_no_sense_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("tls", options)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"version": "1.1"}, "write 1.2 or 1.3"),
        ({"version": []}, "a version is due"),
        ({"certificate": {}}, "left, subject, issuer or names is due"),
        ({"certificate": {"names": ["https://shop.example"]}}, "no host name"),
    ],
)
async def test_a_statement_that_makes_no_sense_is_refused(probe, expected, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("tls", {"address": "a:1"}, expect=expected)
