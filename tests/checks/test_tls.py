"""TLS: what is trusted, what is not and why, and what a certificate tells."""

import asyncio
import re
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

from checks.wire.tls import read_certificate
from tests.checks.servers import (
    answering,
    greeting,
    ok,
    read_head,
    self_signed,
    serving,
)


def days(count):
    return datetime.now(UTC) + timedelta(days=count, hours=1 if count > 0 else -1)


def https(port, authority, **tls):
    settings = {"ca_file": authority.ca_file, "server_name": "shop.example", **tls}
    return {"url": f"https://127.0.0.1:{port}/", "tls": settings}


async def test_a_trusted_certificate_passes_and_is_a_fact(probe, authority):
    async with serving(answering(ok()), authority.server("shop.example")) as port:
        result = await probe("http", https(port, authority))
    assert (result.outcome, result.reason) == ("pass", "")
    assert list(result.phases) == ["connect", "tls", "first_byte", "transfer"]
    assert datetime.fromisoformat(result.facts["certificate_expires_at"]) > datetime.now(UTC)


async def test_the_name_in_the_url_is_the_name_to_verify(probe, authority):
    async with serving(answering(ok()), authority.server("localhost")) as port:
        options = {"url": f"https://localhost:{port}/", "tls": {"ca_file": authority.ca_file}}
        named = await probe("http", options | {"ip": 4})
    async with serving(answering(ok()), authority.server("127.0.0.1")) as port:
        options = {"url": f"https://127.0.0.1:{port}/", "tls": {"ca_file": authority.ca_file}}
        addressed = await probe("http", options)
    assert (named.outcome, addressed.outcome) == ("pass", "pass")


async def test_an_expired_certificate_says_since_when(probe, authority):
    tls = authority.server("shop.example", not_after=days(-3))
    async with serving(answering(ok()), tls) as port:
        result = await probe("http", https(port, authority))
    assert (result.outcome, result.reason) == ("fail", "certificate expired 3 days ago")


async def test_a_certificate_for_another_name_says_for_whom(probe, authority):
    async with serving(answering(ok()), authority.server("other.example")) as port:
        result = await probe("http", https(port, authority))
    assert result.reason == "certificate is for other.example, not shop.example"


async def test_a_certificate_for_many_names_shows_a_few(probe, authority):
    names = [f"{letter}.example" for letter in "abcde"]
    async with serving(answering(ok()), authority.server(*names)) as port:
        result = await probe("http", https(port, authority))
    assert re.fullmatch(
        r"certificate is for (\w\.example, ){2}\w\.example and 2 more, not shop\.example",
        result.reason,
    )


async def test_a_self_signed_certificate_is_called_that(probe, tmp_path, authority):
    async with serving(answering(ok()), self_signed(tmp_path, "shop.example")) as port:
        result = await probe("http", https(port, authority))
    assert result.reason == "certificate is self-signed"


async def test_an_unknown_authority_is_not_trusted(probe, authority):
    async with serving(answering(ok()), authority.server("shop.example")) as port:
        result = await probe("http", https(port, authority, ca_file=""))
    assert re.fullmatch(
        "certificate is not trusted: no intermediate comes with it, and its issuer"
        ' "OU=Testing CA #.*" is no authority known here',
        result.reason,
    )


async def test_without_verification_anything_goes(probe, tmp_path, authority):
    async with serving(answering(ok()), self_signed(tmp_path, "other.example")) as port:
        result = await probe("http", https(port, authority, verify=False))
    assert result.outcome == "pass"
    assert "certificate_expires_at" in result.facts


async def test_a_server_that_wants_to_know_us_gets_our_certificate(probe, authority):
    async with serving(answering(ok()), authority.demanding("shop.example")) as port:
        known = await probe(
            "http", https(port, authority, client_certificate=authority.client_file())
        )
    assert (known.outcome, known.reason) == ("pass", "")


async def test_a_server_that_wants_to_know_us_says_so(probe, authority):
    with blocking_server(authority.demanding("shop.example")) as port:
        result = await probe("http", https(port, authority))
    assert result.reason == f"127.0.0.1:{port} asks for a client certificate"


@contextmanager
def blocking_server(context):
    """One handshake by hand: asyncio's server hangs up without sending the alert."""

    def shake_hands(door):
        plain = door.accept()[0]
        ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(theirs, ours, server_side=True)
        with plain:
            while heard := plain.recv(65536):
                theirs.write(heard)
                with suppress(ssl.SSLError):
                    tls.do_handshake()
                plain.sendall(ours.read())

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=shake_hands, args=(door,))
        thread.start()
        yield door.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("key", ["ca_file", "client_certificate"])
async def test_a_file_of_ours_that_is_wrong_is_our_own_error(probe, authority, tmp_path, key):
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")
    async with serving(answering(ok()), authority.server("shop.example")) as port:
        missing = await probe("http", https(port, authority, **{key: str(tmp_path / "no.pem")}))
        useless = await probe("http", https(port, authority, **{key: str(wrong)}))
    assert (missing.outcome, useless.outcome) == ("error", "error")
    assert missing.reason == f"{tmp_path}/no.pem cannot be read: No such file or directory"
    assert useless.reason.startswith(f"{wrong} ")


def test_names_of_a_sort_that_nobody_reads_are_none():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    x400_address = x509.UnrecognizedExtension(
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x02\xa3\x00"
    )
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, days(-1), days(1)
    ).add_extension(x400_address, critical=False)
    der = certificate.sign(key, SHA256()).public_bytes(Encoding.DER)
    found = read_certificate(der)
    assert (found.subject, found.names) == ("shop.example", ())


@pytest.mark.parametrize("speech", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example\r\n"])
async def test_tls_to_a_port_without_it_says_so(probe, authority, speech):
    async with serving(greeting(speech)) as port:
        result = await probe("http", https(port, authority))
    assert result.reason == f"127.0.0.1:{port} does not speak TLS"


async def test_a_server_that_speaks_first_within_tls_is_named(probe, authority):
    async with serving(greeting(b"220 ready\r\n"), authority.server("shop.example")) as port:
        result = await probe("http", https(port, authority))
    assert result.reason == f'127.0.0.1:{port} does not speak HTTP: "220 ready"'


async def test_a_handshake_broken_off_is_called_that(probe, authority):
    async def hang_up(reader, writer):
        await reader.read(10)

    async with serving(hang_up) as port:
        result = await probe("http", https(port, authority))
    assert result.reason == f"127.0.0.1:{port} closed the TLS handshake"


async def test_a_certificate_that_ends_soon_is_a_warning_and_no_failure(probe, authority):
    tls = authority.server("shop.example", not_after=days(9))
    async with serving(answering(ok()), tls) as port:
        result = await probe(
            "http", https(port, authority), warn_if={"certificate": {"left": {"below": "14d"}}}
        )
    assert result.outcome == "pass"
    assert result.warnings == ("certificate expires in 9 days, below 14 d",)


async def test_https_goes_through_a_proxy(probe, authority):
    heads = []
    async with serving(answering(ok(b"inside")), authority.server("shop.example")) as target:

        async def tunnel(reader, writer):
            heads.append(await read_head(reader))
            there, back = await asyncio.open_connection("127.0.0.1", target)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(copy(reader, back), copy(there, writer))

        async with serving(tunnel) as port:
            options = {
                "url": "https://shop.example/",
                "proxy": f"http://127.0.0.1:{port}",
                "tls": {"ca_file": authority.ca_file},
            }
            result = await probe("http", options, expect={"body": {"contains": "inside"}})
    assert (result.outcome, result.reason) == ("pass", "")
    assert heads[0].startswith(b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n")


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
    finally:
        writer.close()


async def test_a_port_is_probed_with_tls_too(probe, authority):
    async with serving(greeting(b"220 ready\r\n"), authority.server("shop.example")) as port:
        settings = {"ca_file": authority.ca_file, "server_name": "shop.example"}
        options = {"address": f"127.0.0.1:{port}", "tls": settings}
        result = await probe("tcp", options | {"dialogue": [{"expect": "^220"}]})
        refused = await probe("tcp", {"address": f"127.0.0.1:{port}", "tls": True})
    assert result.outcome == "pass"
    assert list(result.phases) == ["connect", "tls"]
    assert refused.reason.startswith("certificate is not trusted")
