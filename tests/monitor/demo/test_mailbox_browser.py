"""The demo's mailbox in a real browser: mails come in by themselves, and stay confined."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from monitor.demo.mailbox import Mailbox
from monitor.demo.mailroom import Mailroom
from tests.browsers import chromium
from tests.monitor.demo.test_mailbox import MAIL

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[object]:
    async with chromium() as running:
        yield running


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(lambda: datetime.now(UTC))


@pytest_asyncio.fixture(loop_scope="module")
async def url(mailbox: Mailbox) -> AsyncIterator[str]:
    room = Mailroom(mailbox, "http://127.0.0.1:8088/", "UTC")
    async with TestServer(room.application()) as server:
        yield str(server.make_url("/"))


async def test_what_arrives_is_shown_without_a_reload(browser, url, mailbox: Mailbox):
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    assert "Nothing has arrived" in await page.text_content("nav")
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    await page.wait_for_selector("nav li")
    assert await page.text_content("h2") == "Investigating: Checkout is <b>slow</b>"
    assert await page.title() == "(1) Mailbox of the demo"
    assert complaints == []


async def test_a_mail_that_the_reader_chose_stays(browser, url, mailbox: Mailbox):
    mailbox.take_webhook("/webhooks/chat", {}, b'{"type": "first"}')
    page = await browser.new_page()
    await page.goto(f"{url}1")
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    await page.wait_for_selector("nav li:nth-child(2)")
    assert await page.text_content("h2") == "first"
    assert await page.text_content("nav [aria-current] .what") == "first"


async def test_a_script_in_a_mail_does_not_run(browser, url, mailbox: Mailbox):
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    page = await browser.new_page()
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    await page.goto(url)
    frame = page.frame_locator("iframe")
    assert "Checkout is slow." in await frame.locator("body").text_content()
    assert alerts == []
