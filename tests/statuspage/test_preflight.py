"""Scripts of other sites may read the API, also with what browsers ask about first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from statuspage.site import Access
from tests.statuspage import examples
from tests.statuspage.scenes import PAGE

PATHS = [
    "/api/v1/status", "/api/v1/incidents?limit=5", "/api/v1/components/checkout/uptime",
    "/api/v1/components/checkout", "/api/v1/openapi.json", "/api/v2/summary.json",
    "/api/v2/incidents/unresolved.json",
]  # fmt: skip
ASKING = {
    "Origin": "https://x.example",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "if-none-match",
}


@pytest.mark.parametrize("path", PATHS)
async def test_a_browser_that_asks_first_may_read_the_api(open_site, path):
    site = await open_site(examples.one_slow())
    answer = await site.client.options(path, headers=ASKING)
    assert (answer.status, await answer.read()) == (204, b"")
    assert answer.headers["Allow"] == "GET,HEAD,OPTIONS"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    refused = await site.client.post(path)
    assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD,OPTIONS")


@pytest.mark.parametrize("path", ["/", "/history", "/feed.atom", "/badge.svg", "/healthz", "/live"])
async def test_nobody_may_ask_so_of_anything_else(open_site, path):
    site = await open_site(examples.one_slow())
    answer = await site.client.options(path, headers=ASKING)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    assert "Access-Control-Allow-Methods" not in answer.headers


async def test_what_is_private_permits_nothing_to_other_sites(open_site):
    page = replace(PAGE, access=Access(token="let-me-in-please"))
    site = await open_site(replace(examples.one_slow(), page=page))
    answer = await site.client.options("/api/v1/status", headers=ASKING)
    assert answer.status == 401
    assert "Access-Control-Allow-Methods" not in answer.headers
    assert "Access-Control-Allow-Headers" not in answer.headers


async def test_a_script_of_another_site_reads_and_is_told_that_nothing_changed(browser, open_site):
    site = await open_site(examples.one_slow())
    ours = str(site.client.make_url("/api/v1/incidents"))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Shop</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as elsewhere:
        page = await browser.new_page()
        await page.goto(str(elsewhere.make_url("/")))
        found = await page.evaluate(
            """async (url) => {
              const first = await fetch(url, { cache: "no-store" });
              const headers = { "If-None-Match": first.headers.get("ETag") };
              const second = await fetch(url, { cache: "no-store", headers });
              return [first.status, second.status];
            }""",
            ours,
        )
    assert found == [200, 304]
