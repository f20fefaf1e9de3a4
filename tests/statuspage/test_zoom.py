"""Whoever enlarges the pages, or only their text, or spreads it, loses nothing."""

from __future__ import annotations

import pytest

from tests.statuspage import tour

NARROW, HALF, DESK = 320, 640, 1280
"""1280 pixels at 400 % and at 200 %, and as they are."""

ENLARGED = """() => {
  const all = [...document.querySelectorAll("body *")].map((one) => [one, getComputedStyle(one)])
    .map(([one, style]) => [one, parseFloat(style.fontSize), parseFloat(style.lineHeight)]);
  for (const [one, size, height] of all) {
    one.style.fontSize = `${size * 2}px`; one.style.lineHeight = `${height * 2}px`;
  }
}"""
RESTORED = """() => {
  for (const one of document.querySelectorAll("body *")) {
    one.style.fontSize = one.style.lineHeight = "";
  }
}"""
SPREAD = """() => {
  const spacing = {lineHeight: 1.5, letterSpacing: ".12em", wordSpacing: ".16em"};
  for (const one of document.querySelectorAll("body *")) Object.assign(one.style, spacing);
}"""

WIDTH = "document.documentElement.scrollWidth"
CUT = """() => [...document.querySelectorAll("body *:not(.off):not(svg *)")]
  .filter((one) => one.checkVisibility() && one.textContent.trim()
    && (one.matches(".row > *") || getComputedStyle(one).overflowX === "hidden")
    && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim().slice(0, 40))"""
"""Words of which one sees a part, or that run into what stands beside them."""

LARGER = 24
"""The reader's default size of text, in place of 16 px."""

SIZES = """() => [...new Set([...document.querySelectorAll("body *:not(.off):not(svg *)")]
  .filter((one) => one.checkVisibility() && one.textContent.trim())
  .map((one) => parseFloat(getComputedStyle(one).fontSize)))]"""


@pytest.fixture
async def page(browser):
    """A tab, used for one page after the other."""
    return await browser.new_page(reduced_motion="reduce")


async def stops(page, open_site):
    """Every page that can be opened by its address, in German, whose words are longer."""
    homes = map(tour.home, ("all-good", "no-components", "many"))
    for leg in (tour.public(), tour.whole_life(), *homes, tour.private()):
        site = await open_site(leg.told_in("de"), webhooks=leg.webhooks)
        for stop in leg.stops:
            if stop.typed is None:
                await page.goto(str(site.client.make_url(leg.path(stop, "de"))))
                yield stop.name


async def widths(page) -> list[int]:
    """How wide the page is at each size of the window."""
    found = []
    for width in (NARROW, HALF, DESK):
        await page.set_viewport_size({"width": width, "height": 800})
        found.append(await page.evaluate(WIDTH))
    return found


async def test_nothing_sticks_out_at_200_and_400_percent(page, open_site):
    found = {name: await widths(page) async for name in stops(page, open_site)}
    assert {name: said for name, said in found.items() if said != [NARROW, HALF, DESK]} == {}


async def test_text_alone_can_be_twice_as_large_or_spread_and_none_is_cut(page, open_site):
    await page.set_viewport_size({"width": DESK, "height": 800})
    found = {}
    async for name in stops(page, open_site):
        for change in (ENLARGED, SPREAD):
            await page.evaluate(change)
            found[name, change] = (await page.evaluate(WIDTH), await page.evaluate(CUT))
            await page.evaluate(RESTORED)
    assert {where: said for where, said in found.items() if said != (DESK, [])} == {}


async def test_a_larger_default_size_of_text_is_obeyed_and_nothing_sticks_out(page, open_site):
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Page.setFontSizes", {"fontSizes": {"standard": LARGER}})
    found, sizes = {}, set()
    async for name in stops(page, open_site):
        found[name] = (await widths(page), await page.evaluate(CUT))
        sizes.update(await page.evaluate(SIZES))
    assert sizes == {size * LARGER / 16 for size in (14, 16, 20, 28)}
    assert {name: said for name, said in found.items() if said != ([NARROW, HALF, DESK], [])} == {}
