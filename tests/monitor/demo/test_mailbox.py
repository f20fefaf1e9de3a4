"""The demo's mailbox: what arrives is kept and shown, and a mail can do nothing but look."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.demo.mailbox import MOST_KEPT, Mailbox
from monitor.demo.mailroom import Mailroom

NOW = datetime(2026, 11, 21, 14, 2, 10, tzinfo=UTC)
MAIL = b"""From: Shop <s@shop.example>\r
To: kim@customer.example\r
Subject: Investigating: Checkout\r
 is <b>slow</b>\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=x\r
\r
--x\r
Content-Type: text/plain\r
\r
Checkout is slow.\r
--x\r
Content-Type: text/html\r
\r
<html><head></head><body><script>alert(1)</script>Checkout is slow.</body></html>\r
--x--\r
"""


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(lambda: NOW)


@pytest.fixture
async def client(aiohttp_client, mailbox: Mailbox):
    room = Mailroom(mailbox, "http://127.0.0.1:8088/", "Europe/Berlin")
    return await aiohttp_client(room.application())


def test_a_mail_is_kept_with_its_parts(mailbox: Mailbox):
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    [item] = mailbox.items
    assert (item.number, item.channel, item.at) == (1, "mail", NOW)
    assert item.subject == "Investigating: Checkout is <b>slow</b>"
    assert item.text.strip() == "Checkout is slow."
    assert item.html.startswith("<html>")


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ({"type": "opened", "data": {"incident": {"name": "Slow"}}}, "opened: Slow"),
        ({"type": "challenge"}, "challenge"),
        ({"data": {"incident": "Slow"}}, "Webhook"),
        ([1, 2], "Webhook"),
    ],
)  # fmt: skip
def test_a_webhook_goes_by_what_it_is_about(mailbox: Mailbox, body: object, subject: str):
    mailbox.take_webhook("/webhooks/chat", {"webhook-id": "k1"}, json.dumps(body).encode())
    [item] = mailbox.items
    assert (item.subject, item.recipient) == (subject, "/webhooks/chat")
    assert ("webhook-id", "k1") in item.head


def test_only_the_newest_are_kept_and_numbers_go_on(mailbox: Mailbox):
    for _ in range(MOST_KEPT + 5):
        mailbox.take_webhook("/webhooks/chat", {}, b"not json")
    assert len(mailbox.items) == MOST_KEPT
    assert mailbox.items[0].number == mailbox.count == MOST_KEPT + 5
    assert mailbox.find(1) is None


async def test_who_waits_for_a_mail_gets_the_first_that_fits(mailbox: Mailbox):
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(mailbox.until(lambda item: item.number >= 2, 10))
        await asyncio.sleep(0)
        for _ in range(3):
            mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    assert waiting.result().number == 2


async def test_a_mail_that_never_comes_is_waited_for_in_vain(mailbox: Mailbox):
    with pytest.raises(TimeoutError):
        await mailbox.until(lambda _: True, 0.01)


async def test_the_page_lists_what_arrived_in_the_local_time(client, mailbox: Mailbox):
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    text = await (await client.get("/")).text()
    assert "Investigating: Checkout is &lt;b&gt;slow&lt;/b&gt;" in text
    assert "15:02:10" in text
    assert 'src="/1/mail"' in text


async def test_an_empty_mailbox_says_what_will_come(client):
    text = await (await client.get("/")).text()
    assert "Nothing has arrived yet" in text


async def test_a_mail_is_shown_confined(client, mailbox: Mailbox):
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    answer = await client.get("/1/mail")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "script" not in policy
    assert '<base target="_blank">' in await answer.text()


async def test_the_pages_load_nothing_from_elsewhere(client, mailbox: Mailbox):
    mailbox.take_mail("s@shop.example", "kim@customer.example", MAIL)
    answer = await client.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for path, kind in (("/mailbox.css", "text/css"), ("/mailbox.js", "text/javascript")):
        found = await client.get(path)
        assert found.content_type == kind
        assert "http://" not in await found.text()


@pytest.mark.parametrize("path", ["/2", "/1/mail", "/999999999", "/../mailbox.html", "/x.html"])
async def test_what_is_not_there_is_not_found(client, mailbox: Mailbox, path: str):
    mailbox.take_webhook("/webhooks/chat", {}, b"{}")
    assert (await client.get(path)).status == 404


async def test_webhooks_arrive_over_http(client, mailbox: Mailbox):
    answer = await client.post("/webhooks/chat", json={"type": "incident.opened"})
    assert answer.status == 204
    found = await (await client.get("/items.json")).json()
    assert found["count"] == 1
    assert found["items"][0]["subject"] == "incident.opened"
    assert datetime.fromisoformat(found["items"][0]["at"]) - NOW == timedelta(0)
