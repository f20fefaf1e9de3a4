"""What a page brings along: little, and nothing from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.statuspage import examples, tour

MOST = 50_000
"""Bytes for the start page of 50 components, with all that it brings along."""


@pytest.fixture
async def page(browser):
    """A tab that keeps count of what it asked for."""
    opened = await browser.new_page()
    opened.asked = []
    opened.on("request", lambda request: opened.asked.append(request.url))
    return opened


async def test_a_start_page_of_fifty_components_is_light(page, open_site):
    site = await open_site(examples.many(50, 5))
    async with page.expect_request("**/*.svg"):  # the icon comes last
        await page.goto(str(site.client.make_url("/")))
    weights = {}
    for path in {urlsplit(url).path for url in page.asked} - {"/live"}:
        answer = await site.client.get(path, headers={"Accept-Encoding": "br"})
        weights[path] = len(await answer.read())
    assert {path.rpartition(".")[2] for path in weights} == {"/", "js", "svg"}
    assert sum(weights.values()) < MOST, weights


async def test_no_page_asks_anybody_else(page, open_site):
    for make in (tour.branded, tour.hostile, tour.public):
        leg = make()
        site = await open_site(leg.told_in("en"), webhooks=leg.webhooks)
        page.asked.clear()
        for stop in leg.stops:
            if stop.typed is None:
                await page.goto(str(site.client.make_url(leg.path(stop, "en"))))
        assert {urlsplit(url).netloc for url in page.asked} == {f"127.0.0.1:{site.client.port}"}
