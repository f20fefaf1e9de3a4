"""The kind `http` against servers on loopback that answer well."""

import base64
import gzip
import zlib

import brotli
import pytest

from checks.kinds import KINDS
from checks.model import Outcome
from tests.checks.servers import answering, ok, read_head, serving


def recording(heads, *answers):
    """Answers in turn, the last one for ever; keeps what was asked."""
    rest = list(answers)

    async def handler(reader, writer):
        head = await read_head(reader)
        length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        heads.append((head + body).decode())
        writer.write(rest.pop(0) if len(rest) > 1 else rest[0])
        writer.close()

    return handler


async def test_an_answer_passes_with_its_phases_and_facts(probe):
    async with serving(answering(ok(b"hello"))) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    assert (result.outcome, result.reason, result.warnings) == (Outcome.PASS, "", ())
    assert list(result.phases) == ["connect", "first_byte", "transfer"]
    assert result.facts == {"status": 200, "address": "127.0.0.1"}
    assert 0 < sum(result.phases.values()) <= result.latency_seconds < 5
    assert (result.check, result.location, result.revision) == ("shop/check", "here", "r1")
    assert result.at <= result.known_at


async def test_a_name_is_looked_up_and_that_is_a_phase(probe):
    async with serving(answering(ok())) as port:
        result = await probe("http", {"url": f"http://localhost:{port}/", "ip": 4})
    assert result.outcome == "pass"
    assert list(result.phases) == ["resolve", "connect", "first_byte", "transfer"]


async def test_a_request_says_who_asks_and_what_for(probe):
    heads = []
    async with serving(recording(heads, ok())) as port:
        await probe("http", {"url": f"http://127.0.0.1:{port}/a b?q=ü#part"})
    lines = heads[0].split("\r\n")
    assert lines[0] == "GET /a%20b?q=%C3%BC HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in lines
    assert "Connection: close" in lines
    assert "Accept: */*" in lines
    assert any(line.startswith("User-Agent: Upfront") for line in lines)


async def test_method_headers_and_body_are_sent_as_written(probe):
    heads = []
    options = {"method": "post", "headers": {"X-Id": 7, "user-agent": "me"}, "body": "{}"}
    async with serving(recording(heads, ok())) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}", **options})
    assert result.outcome == "pass"
    assert heads[0].startswith("POST / HTTP/1.1\r\n")
    assert "X-Id: 7\r\n" in heads[0]
    assert heads[0].lower().count("user-agent") == 1
    assert heads[0].endswith("Content-Length: 2\r\nX-Id: 7\r\nuser-agent: me\r\n\r\n{}")


BASIC = "Basic " + base64.b64encode(b"ann:s3cret").decode()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"basic_auth": {"username": "ann", "password": "s3cret"}}, BASIC),
        ({"bearer_token": "t0ken"}, "Bearer t0ken"),
        ({"login": "ann:s3cret@"}, BASIC),
    ],
)
async def test_a_login_is_sent(probe, options, expected):
    heads = []
    login = options.get("login", "")
    options = {key: value for key, value in options.items() if key != "login"}
    async with serving(recording(heads, ok())) as port:
        await probe("http", {"url": f"http://{login}127.0.0.1:{port}/", **options})
    assert f"Authorization: {expected}\r\n" in heads[0]


async def test_head_answers_have_no_body_to_wait_for(probe):
    async with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/", "method": "HEAD"})
    assert result.outcome == "pass"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"hello"),
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok(b"hello"),
        ok(gzip.compress(b"hello", mtime=0), "Content-Encoding: gzip"),
        ok(zlib.compress(b"hello"), "Content-Encoding: deflate"),
        ok(zlib.compress(b"hello")[2:-4], "Content-Encoding: deflate"),
        ok(brotli.compress(b"hello"), "Content-Encoding: br"),
        ok("hello é".encode("latin-1"), "Content-Type: text/plain; charset=ISO-8859-1"),
    ],
)
async def test_bodies_are_read_however_they_are_sent(probe, answer):
    async with serving(answering(answer)) as port:
        expect = {"body": {"matches": "^hello( é)?$"}}
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"}, expect=expect)
    assert (result.outcome, result.reason) == ("pass", "")


async def test_an_answer_in_many_pieces_is_one_answer(probe):
    pieces = [bytes([byte]) for byte in ok(b"hello")]
    async with serving(answering(*pieces)) as port:
        expect = {"body": {"contains": "hello"}}
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"}, expect=expect)
    assert result.outcome == "pass"


async def test_a_huge_body_is_read_up_to_the_bound_only(probe):
    sent = []

    async def endless(reader, writer):
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nstart")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent.append(65536)

    async with serving(endless) as port:
        options = {"url": f"http://127.0.0.1:{port}/", "max_body": "64KiB"}
        result = await probe("http", options, expect={"body": {"contains": "start"}})
    assert result.outcome == "pass"
    assert sum(sent) < 16 << 20


async def test_a_small_body_that_would_grow_huge_is_decompressed_up_to_the_bound(probe):
    bomb = gzip.compress(b"x" * (50 << 20))
    async with serving(answering(ok(bomb, "Content-Encoding: gzip"))) as port:
        expect = {"body": {"matches": "y"}}
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"}, expect=expect)
    assert result.reason == "body of 1048576 characters, expected a match of y in it"


async def test_redirects_are_followed_to_the_end(probe):
    heads = []
    answers = [ok(b"", "Location: /next?token=1", status="302 Found"), ok(b"there")]
    async with serving(recording(heads, *answers)) as port:
        options = {"url": f"http://127.0.0.1:{port}/", "method": "POST", "body": "x"}
        result = await probe("http", options, expect={"body": {"contains": "there"}})
    assert result.outcome == "pass"
    assert [head.split("\r\n")[0] for head in heads] == [
        "POST / HTTP/1.1",
        "GET /next?token=1 HTTP/1.1",
    ]
    assert result.facts["redirected_to"] == f"http://127.0.0.1:{port}/next"


async def test_a_redirect_keeps_method_and_body_where_its_status_says_so(probe):
    heads = []
    answers = [ok(b"", "Location: /next", status="307 Temporary Redirect"), ok()]
    async with serving(recording(heads, *answers)) as port:
        options = {"url": f"http://127.0.0.1:{port}/", "method": "POST", "body": "x"}
        await probe("http", options)
    assert heads[1].startswith("POST /next HTTP/1.1\r\n")
    assert heads[1].endswith("\r\n\r\nx")


async def test_a_redirect_may_be_the_answer(probe):
    async with serving(answering(ok(b"", "Location: /x", status="301 Moved"))) as port:
        options = {"url": f"http://127.0.0.1:{port}/", "follow_redirects": False}
        result = await probe(
            "http", options, expect={"status": "3xx", "header": {"location": "/x"}}
        )
    assert (result.outcome, result.reason) == ("pass", "")


async def test_a_login_does_not_follow_to_another_origin(probe):
    heads = []
    async with serving(recording(heads, ok())) as other:
        to = f"Location: http://127.0.0.1:{other}/"
        async with serving(recording(heads, ok(b"", to, status="302 Found"))) as port:
            url = f"http://127.0.0.1:{port}/"
            options = {"url": url, "bearer_token": "t0ken", "headers": {"X-Trace": "1"}}
            result = await probe("http", options)
    assert result.outcome == "pass"
    assert "Authorization" in heads[0]
    assert "Authorization" not in heads[1]
    assert "X-Trace: 1" in heads[1]


async def test_a_redirect_loop_is_named(probe):
    answers = [ok(b"", f"Location: {to}", status="302 Found") for to in ("/b?secret=1", "/", "/")]
    async with serving(recording([], *answers)) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    at = f"http://127.0.0.1:{port}"
    assert result.outcome == "fail"
    assert result.reason == f"redirect loop: {at}/ -> {at}/b -> {at}/"


async def test_a_host_that_wants_to_see_its_cookie_again_is_no_loop(probe):
    heads = []
    to_itself = ok(b"", "Location: /", "Set-Cookie: seen=1; Path=/; HttpOnly", status="302 Found")
    async with serving(recording(heads, to_itself, ok())) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    assert (result.outcome, result.reason) == ("pass", "")
    assert "Cookie: seen=1\r\n" in heads[1]


async def test_too_many_redirects_are_given_up(probe):
    answers = [ok(b"", f"Location: /{n}", status="302 Found") for n in range(9)]
    async with serving(recording([], *answers)) as port:
        options = {"url": f"http://127.0.0.1:{port}/", "max_redirects": 3}
        result = await probe("http", options)
    at = f"http://127.0.0.1:{port}"
    assert result.reason == f"more than 3 redirects: {at}/ -> {at}/0 -> … -> {at}/3"


@pytest.mark.parametrize("target", ["ftp://other.example/", "http://[::1", "http://a b/"])
async def test_a_redirect_to_nowhere_is_a_failure(probe, target):
    async with serving(answering(ok(b"", f"Location: {target}", status="302 Found"))) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    assert result.reason == f"redirect from http://127.0.0.1:{port}/ to what is no URL"


async def test_a_proxy_is_asked_for_the_whole_address(probe):
    heads = []
    async with serving(recording(heads, ok())) as port:
        proxy = f"http://ann:s3cret@127.0.0.1:{port}"
        result = await probe("http", {"url": "http://shop.invalid/x?y", "proxy": proxy})
    assert result.outcome == "pass"
    assert heads[0].startswith("GET http://shop.invalid/x?y HTTP/1.1\r\nHost: shop.invalid\r\n")
    assert f"Proxy-Authorization: {BASIC}\r\n" in heads[0]


def test_a_password_in_a_url_is_shown_to_nobody():
    kind = KINDS["http"]
    options = kind.options(url="http://ann:s3cret@shop.example/x?token=t0ken")
    assert kind.target(options) == "http://shop.example/x"
    with pytest.raises(ValueError, match="is no URL") as refused:
        kind.options(url="http://ann:s3cret@shop example/")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"url": "shop.example/health"}, "write https://shop.example/health"),
        ({"url": "ftp://shop.example/"}, "http or https is due"),
        ({"url": "http:///path"}, "is no URL"),
        ({"url": "http://shop.example:99999/"}, "is no URL"),
        ({"url": "http://shop.example/\r\nX: 1"}, "control characters"),
        ({"headers": {"X: y": "1"}}, "no name of a header"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "control characters"),
        ({"bearer_token": "a\nb"}, "control characters"),
        ({"method": "GET / HTTP/1.1\r\n"}, "is no method"),
        ({"proxy": "proxy.example:3128"}, "write https://proxy.example:3128"),
        ({"proxy": "https://proxy.example"}, "reached by http://"),
        ({"bearer_token": "a", "headers": {"authorization": "b"}}, "one login is enough"),
        ({"url": "http://127.0.0.1/", "ip": 6}, "127.0.0.1 is no address of IPv6"),
        ({"ip": 5}, "write 4 or 6"),
        ({"tls": {"client_key": "k.pem"}}, "client_key needs client_certificate"),
        ({"max_body": "1"}, "is no size"),
    ],
)
async def test_what_cannot_be_asked_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("http", {"url": "http://shop.example/", **options})
