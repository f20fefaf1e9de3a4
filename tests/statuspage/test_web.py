"""The site over HTTP: caching, errors, headers, hostile requests."""

import asyncio
import json

import pytest
from aiohttp.web import TCPSite
from multidict import CIMultiDict

from statuspage import web
from statuspage.guards import client_address, networks
from statuspage.service import Service
from tests.statuspage import examples

PATHS = ["/", "/history", "/history/2026-10", "/feed.rss", "/feed.atom", "/subscribe",
         "/api/v2/summary.json", "/api/v2/components.json"]  # fmt: skip


@pytest.fixture
async def site(open_site):
    return await open_site(examples.major_outage())


@pytest.mark.parametrize("path", PATHS)
async def test_a_document_is_served_compressed_with_a_tag_and_then_not_again(site, path):
    first = await site.client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert first.status == 200
    assert await first.read()
    assert first.headers["Content-Encoding"] == "br"
    assert first.headers["Vary"] == "Accept-Encoding"
    again = await site.client.get(
        path, headers={"Accept-Encoding": "gzip, br", "If-None-Match": first.headers["ETag"]}
    )
    assert again.status == 304
    assert await again.read() == b""
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", PATHS)
async def test_head_tells_what_get_would_send(site, path):
    got = await site.client.get(path, headers={"Accept-Encoding": "br"})
    body = await got.read()
    head = await site.client.head(path, headers={"Accept-Encoding": "br"})
    assert await head.read() == b""
    assert head.headers["Content-Length"] == str(len(body))
    assert head.headers["ETag"] == got.headers["ETag"]


async def test_each_encoding_has_its_own_tag(site):
    tags = set()
    for encoding in ("br", "zstd", "gzip", "identity"):
        answer = await site.client.get("/", headers={"Accept-Encoding": encoding})
        assert answer.headers.get("Content-Encoding", "identity") == encoding
        tags.add(answer.headers["ETag"])
    assert len(tags) == 4


@pytest.mark.parametrize("path", [*PATHS, "/nowhere", "/api/v2/nowhere.json"])
async def test_every_answer_carries_the_security_headers(site, path):
    headers = (await site.client.get(path)).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers
    assert headers["Server"] == "upfront"


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/incidents/nope", "/incidents/../../etc/passwd", "/history/2026-13",
     "/static/../web.py", "/%00", "/incidents/%F0%9F%92%A9", "/" + "x" * 4000],
)  # fmt: skip
async def test_a_path_that_leads_nowhere_is_a_page_in_the_pages_look(site, path):
    answer = await site.client.get(path)
    assert answer.status == 404
    text = await answer.text()
    assert "There is no such page" in text
    assert "Traceback" not in text


async def test_a_program_is_told_of_an_error_in_json(site):
    answer = await site.client.get("/api/v2/nowhere.json")
    assert answer.status == 404
    assert json.loads(await answer.read()) == {"error": "There is no such page"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
@pytest.mark.parametrize("path", ["/", "/api/v2/summary.json", "/feed.atom", "/healthz"])
async def test_another_method_is_told_which_ones_are_allowed(site, method, path):
    answer = await site.client.request(method, path)
    assert answer.status == 405
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


async def test_a_mistake_of_ours_tells_no_inner_words(open_site):
    site = await open_site(examples.all_good())
    site.intake.subscription = None
    answer = await site.client.get("/subscribe/good")
    assert answer.status == 500
    text = await answer.text()
    assert "Something went wrong on our side" in text
    assert "NoneType" not in text


async def test_a_huge_body_is_refused(site):
    answer = await site.client.post("/subscribe", data={"address": "x" * 200_000})
    assert answer.status == 413


async def test_the_script_is_kept_for_ever_under_its_own_name(site):
    page = await (await site.client.get("/")).text()
    path = page.partition('<script src="')[2].partition('"')[0]
    answer = await site.client.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


async def test_browsers_of_other_sites_may_read_the_api_but_not_the_pages(site):
    api = await site.client.get("/api/v2/status.json", headers={"Origin": "https://x.example"})
    page = await site.client.get("/")
    assert api.headers["Access-Control-Allow-Origin"] == "*"
    assert api.headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in page.headers


async def test_the_api_is_unavailable_rather_than_green(open_site):
    site = await open_site(examples.stale())
    answer = await site.client.get("/api/v2/status.json")
    assert answer.status == 503


async def test_health_says_nothing_of_what_is_watched(open_site):
    site = await open_site(examples.stale())
    answer = await site.client.get("/healthz")
    assert (answer.status, await answer.text()) == (200, "ok\n")


class Asking:
    """A request, as far as the guard looks at it."""

    def __init__(self, remote, forwarded=()):
        self.remote = remote
        self.headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "address"),
    [
        ("203.0.113.9", (), (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), ("10.0.0.0/8",), "203.0.113.9"),
        ("10.0.0.1", ("198.51.100.1",), ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1, 10.0.0.7",), ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1", "198.51.100.1"), ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", (), ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", ("nonsense",), ("10.0.0.0/8",), "nonsense"),
        ("2001:db8:1:2:3::4", (), (), "2001:db8:1:2::/64"),
    ],
)
def test_the_address_that_counts_is_the_last_one_not_ours(remote, forwarded, trusted, address):
    assert client_address(Asking(remote, forwarded), networks(trusted)) == address


@pytest.fixture
async def port(site):
    """The site as it is run for real."""
    runner = web.runner(web.application(Service(site.publisher)))
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize(
    "sent",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA" + b"a" * 20_000 + b": b\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["garbage", "version", "long-name", "long-path", "length", "zero", "chunk"],
)
async def test_what_is_no_request_is_refused_and_told_no_version(port, sent, caplog):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10):
        answer = await reader.read(65_536)
    writer.close()
    assert answer.split(b" ")[1] == b"400"
    assert b"Server: upfront\r\n" in answer
    assert b"aiohttp/" not in answer
    assert b"Python/" not in answer
    assert b"Traceback" not in answer
    assert not caplog.records
