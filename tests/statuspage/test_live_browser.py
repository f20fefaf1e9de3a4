"""An open page hears of news: told once and politely, and nothing moves under the reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import expect

from statuspage import live
from statuspage.live import STREAM
from tests.statuspage import examples

SLOW = "Checkout is slow since 14:02."

COUNT = """() => {
  window.said = []; window.faded = 0;
  const region = document.getElementById("said");
  new MutationObserver(() => said.push(region.textContent))
    .observe(region, {childList: true, characterData: true, subtree: true});
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...all) { faded += 1; return animate.apply(this, all); };
}"""
"""Count what is said to those who listen, and what moves for those who see."""


@pytest.fixture
async def visit(browser, open_site):
    """Opens a page whose clock the test moves, on a site with or without a stream."""

    async def open_page(snapshot, path="/", *, streams=True, **options):
        site = await open_site(snapshot)
        if not streams:
            site.client.app[STREAM].limits = live.Limits(readers=0)
        page = await (await browser.new_context(**options)).new_page()
        await page.clock.install(time=snapshot.at + timedelta(seconds=12))
        await page.goto(
            str(site.client.make_url(path)), wait_until="networkidle" if not streams else "load"
        )
        await page.evaluate(COUNT)
        return page, site

    return open_page


async def publish(site, snapshot) -> None:
    """The site tells something else from here on."""
    site.live.now = replace(snapshot, at=snapshot.at + timedelta(seconds=15))
    await site.publisher.publish()


async def fetched(page) -> None:
    """Let the script's clock run until the page has fetched itself."""
    async with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
        await page.clock.run_for(2_000)


async def test_news_are_announced_once_while_scroll_group_and_focus_stay(visit):
    page, site = await visit(examples.all_good(), viewport={"width": 800, "height": 500})
    await page.locator("summary").last.click()
    link = page.locator("details").last.get_by_role("link").first
    await link.focus()
    await page.evaluate("scrollTo(0, 400)")
    before = await page.locator("#past").bounding_box()
    await publish(site, examples.one_slow())
    await expect(page.get_by_role("status").first).to_have_text(SLOW)
    await fetched(page)
    await expect(page.locator("h1")).to_have_text(SLOW)
    assert await page.evaluate("said") == [SLOW]
    assert await page.locator("details").last.get_attribute("open") is not None
    await expect(link).to_be_focused()
    after = await page.locator("#past").bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=4)


@pytest.mark.parametrize(("motion", "faded"), [("no-preference", 2), ("reduce", 0)])
async def test_news_fade_in_unless_the_reader_wants_no_motion(visit, motion, faded):
    page, site = await visit(examples.all_good(), reduced_motion=motion)
    await publish(site, examples.one_slow())
    await expect(page.get_by_role("status").first).to_have_text(SLOW)
    await fetched(page)
    await expect(page.locator("h1")).to_have_text(SLOW)
    assert await page.evaluate("faded") == faded


async def test_while_nothing_is_new_nothing_is_said_and_nothing_fades(visit):
    page, site = await visit(examples.all_good())
    await publish(site, examples.all_good())
    await expect(page.locator("[data-as-of]")).to_have_text("as of 14:14:46")
    assert await page.evaluate("[said.length, faded]") == [0, 0]


async def test_where_the_stream_is_refused_the_page_asks_now_and_then(visit):
    page, site = await visit(examples.all_good(), streams=False)
    await publish(site, examples.one_slow())
    async with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
        await page.clock.run_for(20_500)
    await expect(page.locator("h1")).to_have_text(SLOW)
