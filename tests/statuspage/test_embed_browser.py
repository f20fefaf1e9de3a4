"""The banner and the frame in a real browser, on a site with a strict policy of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, Request, expect

from tests.statuspage import examples
from tests.statuspage.conftest import Site, close_tabs
from tests.statuspage.scenes import PAGE

BANNER = "upfront-status"
PATIENCE = 60_000
"""How long to wait for what a browser does under load, in milliseconds."""

SLOW = "Checkout is slow since 14:02."
DOWN = "Payments is down since 14:02; Checkout and Invoices are affected."
EVERY, AT_MOST = 60, 900
"""The pauses of the banner between two questions, and after many in vain, in seconds."""

STEP = 5
"""So many seconds pass at once: fewer than the banner waits for an answer."""

COUNTED = """
  window.asks = 0;
  const asking = window.fetch;
  window.fetch = (...asked) => { window.asks += 1; return asking(...asked); };
"""


@dataclass
class Host:
    """A site that has put our line into its page, and a reader who looks at it.

    The page's clock stands still but for `pass_by` and `again`.
    """

    page: Page
    site: Site
    address: str

    async def publish(self, snapshot) -> None:
        """Our page says something else from here on."""
        self.site.live.now = snapshot
        await self.site.publisher.publish()

    async def pass_by(self, seconds: float) -> None:
        """Time passes for the page."""
        await self.page.clock.run_for(round(seconds * 1000))

    async def asks(self) -> int:
        """How often the banner has asked."""
        return await self.page.evaluate("asks")

    async def again(self, *, ends: str = "requestfinished") -> int:
        """Time passes until the banner asks again, which ends like this; after how many seconds."""
        asks, passed = await self.asks(), 0
        async with self.page.expect_event(ends, _asks, timeout=PATIENCE):
            while await self.asks() == asks:
                await self.pass_by(STEP)
                passed += STEP
        return passed

    async def tells(self, words: str) -> None:
        """The banner asks again, and says this."""
        await self.again()
        await self.says(words)

    async def says(self, words: str) -> None:
        """The banner says this, at once or when it has come to it."""
        said = self.page.locator(f"{BANNER} [role=status]")
        await expect(said).to_have_text(words, timeout=PATIENCE)


def _asks(request: Request) -> bool:
    return request.url.endswith("/embed.json")


Visit = Callable[..., Awaitable[Host]]


@pytest.fixture
async def visit(browser, open_site) -> AsyncIterator[Visit]:
    """Opens such a site in a tab; fails the test if the browser complains of anything."""
    servers, complaints = [], []

    async def open_host(snapshot, line='<script src="{ours}/embed.js" async></script>', **options):
        site = await open_site(snapshot)
        ours = str(site.client.make_url("")).rstrip("/")
        policy = (
            f"default-src 'none'; script-src {ours}; connect-src {ours}; frame-src {ours}; "
            "require-trusted-types-for 'script'; base-uri 'none'"
        )
        body = (
            '<!doctype html><html lang="en"><title>Shop</title><meta charset="utf-8">'
            f"<h1>Shop</h1><a href='/'>Basket</a>{line.format(ours=ours)}"
        )

        async def answer(_: web.Request) -> web.Response:
            headers = {"Content-Security-Policy": policy}
            return web.Response(text=body, content_type="text/html", headers=headers)

        app = web.Application()
        app.router.add_get("/", answer)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        page = await (await browser.new_context(**options)).new_page()
        await page.clock.install(time=snapshot.at)
        await page.clock.pause_at(snapshot.at + timedelta(hours=1))
        await page.add_init_script(COUNTED)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # What is kept for ten seconds is kept by the real clock; a route keeps nothing.
        await page.route("**/embed.json", lambda route: route.continue_())
        await page.goto(str(server.make_url("/")))
        host = Host(page, site, ours)
        if await page.locator(BANNER).count():
            await host.again()
        return host

    yield open_host
    await close_tabs(browser)
    for server in servers:
        await server.close()
    # A cut line is told by the browser itself, and is what the test is about.
    assert [said for said in complaints if not said.startswith("Failed to load resource")] == []


async def test_trouble_is_announced_with_a_link_to_the_page(visit):
    host = await visit(examples.major_outage())
    told = host.page.get_by_role("region", name="Status of Acme")
    await expect(told.get_by_role("status")).to_have_text(DOWN)
    link = told.get_by_role("link", name="Details")
    assert await link.get_attribute("href") == "https://status.acme.example/"
    assert await link.get_attribute("target") == "_blank"
    for name in ("Details", "Dismiss"):
        box = await told.get_by_text(name).bounding_box()
        assert box["height"] >= 44


@pytest.mark.parametrize("situation", ["all-good", "recovering", "one-unknown", "stale"])
async def test_without_trouble_there_is_nothing_to_see(visit, situation):
    host = await visit(examples.SITUATIONS[situation]())
    await expect(host.page.locator(BANNER)).to_have_count(1)
    assert not await host.page.locator(f"{BANNER} a").count()
    box = await host.page.locator(BANNER).bounding_box()
    assert box is None or box["height"] == 0


async def test_the_banner_comes_and_goes_with_the_trouble(visit):
    host = await visit(examples.all_good())
    await host.publish(examples.one_slow())
    await host.tells(SLOW)
    await host.publish(examples.all_good())
    await host.tells("")
    assert not await host.page.get_by_role("region").count()


async def test_what_was_put_away_stays_away_until_there_is_something_else(visit):
    host = await visit(examples.one_slow())
    dismiss = host.page.get_by_role("button", name="Dismiss")
    await dismiss.focus()
    await host.page.keyboard.press("Enter")
    assert not await host.page.get_by_role("region").count()
    await host.page.reload()
    await host.again()
    await host.again()
    assert not await host.page.get_by_role("region").count()
    await host.publish(examples.major_outage())
    await host.tells(DOWN)


async def test_the_focus_stays_in_the_banner_when_its_words_change(visit):
    host = await visit(examples.one_slow())
    await host.page.get_by_role("link", name="Details").focus()
    await host.publish(examples.major_outage())
    await host.tells(DOWN)
    await expect(host.page.get_by_role("link", name="Details")).to_be_focused()


async def test_an_answer_that_does_not_come_is_forgotten_after_a_while_and_asked_for_less(visit):
    host = await visit(examples.one_slow())
    await host.says(SLOW)
    await host.page.route("**/embed.json", lambda route: route.abort())
    pauses = [await host.again(ends="requestfailed") for _ in range(2)]
    await host.says(SLOW)
    pauses += [await host.again(ends="requestfailed") for _ in range(4)]
    await host.says("")
    for pause, meant in zip(pauses, (EVERY, 120, 240, 480, AT_MOST, AT_MOST), strict=True):
        assert 0.9 * meant <= pause <= 1.1 * meant + 2 * STEP


async def test_a_page_that_is_down_from_the_start_leaves_no_trace(visit):
    host = await visit(examples.one_slow(), '<script src="{ours}/nowhere/embed.js" async></script>')
    assert not await host.page.locator(BANNER).count()


async def test_two_lines_make_one_banner(visit):
    line = '<script src="{ours}/embed.js" async></script>'
    host = await visit(examples.one_slow(), line * 2)
    await expect(host.page.locator(BANNER)).to_have_count(1)


async def test_the_line_may_name_language_and_place(visit):
    bilingual = replace(examples.one_slow(), page=replace(PAGE, languages=("en", "de")))
    line = '<script src="{ours}/de/embed.js" data-position="top" async></script>'
    host = await visit(bilingual, line)
    told = host.page.get_by_role("region", name="Status von Acme")
    await expect(told).to_have_attribute("lang", "de")
    await expect(told.get_by_role("button", name="Ausblenden")).to_be_visible()
    box = await told.bounding_box()
    assert box["y"] < 40


async def test_the_banner_sets_no_cookie_and_tells_no_referrer(visit):
    host = await visit(examples.one_slow())
    async with host.page.expect_request("**/embed.json") as asked:
        await host.again()
    request = await asked.value
    headers = await request.all_headers()
    assert "referer" not in headers
    assert "cookie" not in headers
    assert await host.page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_banner_reads_on_its_own_ground_within_320_pixels(visit, scheme):
    line = (
        f'<meta name="color-scheme" content="{scheme}">'
        '<script src="{ours}/embed.js" async></script>'
    )
    options = {"viewport": {"width": 320, "height": 640}, "color_scheme": scheme}
    host = await visit(examples.major_outage(), line, **options)
    told = host.page.get_by_role("region")
    box = await told.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    colours = await told.evaluate(
        "found => { const style = getComputedStyle(found);"
        " return [style.color, style.backgroundColor] }"
    )
    dark = ["rgb(230, 237, 243)", "rgb(21, 27, 35)"]
    assert colours == (dark if scheme == "dark" else ["rgb(31, 35, 40)", "rgb(255, 255, 255)"])


async def test_the_words_of_the_banner_are_as_large_as_the_reader_wants_text(visit):
    host = await visit(examples.one_slow())
    devtools = await host.page.context.new_cdp_session(host.page)
    await devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 24}})
    said = host.page.get_by_role("status")
    await expect(said).to_have_css("font-size", "24px")
    await expect(said).to_have_css("line-height", "36px")


async def test_nobody_is_asked_while_the_tab_is_hidden(visit):
    host = await visit(examples.all_good())
    asks = await host.asks()
    hide = """(value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await host.page.evaluate(hide, True)
    await host.pass_by(10 * EVERY)
    assert await host.asks() == asks
    await host.page.evaluate(hide, False)
    await host.pass_by(1)
    assert await host.asks() == asks + 1


async def test_the_frame_says_how_it_stands_and_opens_the_page_in_a_new_tab(visit):
    host = await visit(
        examples.major_outage(), '<iframe src="{ours}/embed" title="Status"></iframe>'
    )
    frame = host.page.frame_locator("iframe")
    link = frame.get_by_role("link")
    await expect(link).to_have_text(DOWN)
    assert await link.get_attribute("target") == "_blank"
