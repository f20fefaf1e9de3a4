"""What a page brings along: little, and nothing from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.statuspage import examples, tour

MOST = 50_000
"""Bytes for the start page of 50 components, with all that it brings along."""


ICONS = """() => [...document.querySelectorAll("link[rel~=icon]")].map((icon) => icon.href)"""


@pytest.fixture
async def visit(browser):
    """Opens a page in a tab; tells all that this and earlier pages ask for.

    A browser without a window asks for no icon, one with a window when it has time.
    """
    page, asked = await browser.new_page(), set()
    page.on("request", lambda request: asked.add(request.url))

    async def open_page(url):
        await page.goto(str(url))
        asked.update(await page.evaluate(ICONS))
        return asked

    return open_page


async def test_a_start_page_of_fifty_components_is_light(visit, open_site):
    site = await open_site(examples.many(50, 5))
    asked = await visit(site.client.make_url("/"))
    weights = {}
    for path in {urlsplit(url).path for url in asked} - {"/live"}:
        answer = await site.client.get(path, headers={"Accept-Encoding": "br"})
        weights[path] = len(await answer.read())
    assert {path.rpartition(".")[2] for path in weights} == {"/", "js", "svg"}
    assert sum(weights.values()) < MOST, weights


async def test_no_page_asks_anybody_else(visit, open_site):
    ours = set()
    for make in (tour.branded, tour.hostile, tour.public):
        leg = make()
        site = await open_site(leg.told_in("en"), webhooks=leg.webhooks)
        ours.add(f"127.0.0.1:{site.client.port}")
        for stop in leg.stops:
            if stop.typed is None:
                asked = await visit(site.client.make_url(leg.path(stop, "en")))
    assert {urlsplit(url).netloc for url in asked} == ours
