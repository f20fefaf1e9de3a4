"""Two pages, one incident: what the readers of each are told by mail and webhook, and by links."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from standardwebhooks import WebhookVerificationError

from tests import hooks
from tests.hooks import Received, hook_sink
from tests.imported import imported
from tests.service import Service, Target, service, target
from tests.smtp import Mail, smtp_sink
from tests.smtp import Sink as MailSink
from tests.stories import ledger

TOKEN = "tok-0123456789abcdef"
INSIDE = "  inside: {name: Acme intern, path: /inside, languages: [de], access: {token: TOKEN}}\n"
CONFIG = """
version: 1
pages:
  main: {name: Acme, url: "http://127.0.0.1:{public}", components: [shop]}
PRIVATE
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
channels:
  mail: {host: 127.0.0.1, port: SMTP, tls: none, from: status@acme.example}
  webhook: {ports: [HOOK], allow_http: true, allow_private: [127.0.0.0/8]}
routes:
  oncall: {to: "mail:oncall@acme.example"}
defaults: {interval: 1s, timeout: 1s, confirm: {fail: 2/2, recover: 2/2}, watch: 1s}
components:
  vault:
    name: Vault
    publish: {hold: 5s}
    checks: {web: {http: "INNER"}}
  shop:
    name: Shop
    publish: {hold: 5s}
    depends_on: [vault]
    checks: {web: {http: "OUTER"}}
"""
PUBLIC_READER, PRIVATE_READER = "ada@customer.example", "bob@acme.example"
WITHIN_SECONDS = 60.0


@dataclass
class Town:
    """The service, what it watches, and where its messages arrive."""

    service: Service
    vault: Target
    shop: Target
    mails: MailSink
    hooks: hooks.Sink

    async def posted(self, path: str, **fields: str) -> str:
        """Send a form on a page, shown the token of the private one; what is answered."""
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as client,
            client.post(self.service.url + path, data=fields) as answer,
        ):
            assert answer.status == 200, path
            return await answer.text()

    async def subscribe(self, page: str, address: str) -> None:
        """Ask on a page, and follow the link in the mail."""
        await self.posted(f"{page}/subscribe", address=address)
        await until(lambda: bool(self.mails.to(address)))
        [link] = re.findall(r"http://\S+/subscribe/\S+", self.mails.to(address)[0].body())
        assert link.startswith(f"{self.service.url}{page}/subscribe/")
        await self.posted(link.removeprefix(self.service.url))

    async def hook(self, page: str) -> str:
        """Add a webhook on a page and answer its challenge; its secret."""
        made = await self.posted(f"{page}/subscribe/webhook", address=self.hooks.url)
        [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", made)
        [link] = set(re.findall(r"http://[^\s<]+/webhooks/[^\s<\"]+", made))
        assert link.startswith(f"{self.service.url}{page}/webhooks/")
        await self.posted(link.removeprefix(self.service.url), action="verify")
        return secret

    async def page(self, link: str) -> str:
        """What a link leads to; the page may be a moment behind the mail."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                status, text = await self.service.ask(link.removeprefix(self.service.url))
                if status == 200:
                    return text
                await asyncio.sleep(0.05)

    def news(self, address: str) -> list[Mail]:
        """The mails to a reader after the one that asks for the confirmation."""
        return self.mails.to(address)[1:]

    def posts(self, secret: str) -> list[Any]:
        """The updates that came to the webhook with a secret."""
        found = [one.verified(secret) for one in self.hooks.received if _is_signed(one, secret)]
        return [event for event in found if event["type"] == "incident.update_posted"]

    def forget_page(self) -> None:
        """Take the private page out of the file."""
        draft = self.service.config.with_suffix(".new")
        draft.write_text(self.service.config.read_text().replace(private(), ""))
        draft.rename(self.service.config)


def private() -> str:
    return INSIDE.replace("TOKEN", TOKEN)


def _is_signed(received: Received, secret: str) -> bool:
    try:
        received.verified(secret)
    except WebhookVerificationError:
        return False
    return True


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not holds():  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.05)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        inner, outer = [await stack.enter_async_context(target()) for _ in range(2)]
        mails = await stack.enter_async_context(smtp_sink())
        sink = await stack.enter_async_context(hook_sink(hooks.echoes))
        config = CONFIG.replace("PRIVATE\n", private()).replace("SMTP", str(mails.port))
        config = config.replace("HOOK", str(sink.port))
        config = config.replace("INNER", inner.url).replace("OUTER", outer.url)
        running = await stack.enter_async_context(service(tmp_path, config, imported))
        await running.start()
        yield Town(running, inner, outer, mails, sink)


async def test_readers_of_each_page_are_told_its_part_of_what_they_share(town: Town):
    await town.subscribe("", PUBLIC_READER)
    await town.subscribe("/inside", PRIVATE_READER)
    public, inside = await town.hook(""), await town.hook("/inside")

    town.vault.fail()
    town.shop.fail()
    await until(lambda: all(map(town.news, (PUBLIC_READER, PRIVATE_READER))))
    await until(lambda: all(map(town.posts, (public, inside))))

    mail = town.news(PUBLIC_READER)[0]
    assert str(mail.message["Subject"]) == "Investigating: Shop is down"
    here = town.service.url
    [link] = re.findall(r"http://\S+/incidents/\S+", mail.body())
    assert link.startswith(f"{here}/incidents/")
    told = await town.page(link)
    assert "Shop" in told
    assert "Vault" not in told

    other = town.news(PRIVATE_READER)[0]
    [theirs] = re.findall(r"http://\S+/incidents/\S+", other.body())
    assert theirs == link.replace(here, f"{here}/inside")
    assert "Vault" in str(other.message["Subject"])
    assert "Shop" in str(other.message["Subject"])
    assert "Betroffen: " in other.body()
    assert f"Acme intern, {here}/inside" in other.body().splitlines()
    assert (await town.service.ask(theirs.removeprefix(here)))[0] != 200
    assert "Vault" in await town.page(theirs + f"?token={TOKEN}")

    town.vault.recover()
    town.shop.recover()
    ends = [PUBLIC_READER, PRIVATE_READER]
    await until(lambda: all(_is_over(town.news(one)) for one in ends))
    for mail in town.mails.to(PUBLIC_READER):
        said = mail.content.decode() + mail.body() + mail.body("html")
        assert not [one for one in ("Vault", "vault", "intern", "inside") if one in said]
    for mail in town.mails.to(PRIVATE_READER)[1:]:
        assert f"<{here}/inside/unsubscribe/" in str(mail.message["List-Unsubscribe"])

    await until(lambda: all(_has_ended(town.posts(one)) for one in (public, inside)))
    assert "Vault" not in repr(town.posts(public))
    assert {event["data"]["page"]["url"] for event in town.posts(public)} == {here}
    assert {event["data"]["page"]["url"] for event in town.posts(inside)} == {f"{here}/inside"}
    [whole] = {event["data"]["incident"]["shortlink"] for event in town.posts(inside)}
    assert whole == theirs

    for mail in town.mails.to("oncall@acme.example"):
        assert "/inside" not in mail.body()
    await town.posted(_way_out(town.news(PUBLIC_READER)[0]).removeprefix(here))
    found = ledger.read(town.service.config.with_name("upfront.db"))
    assert found.subscribers[PUBLIC_READER].state == "ended"
    assert found.subscribers[PRIVATE_READER].state == "confirmed"


async def test_nobody_is_told_through_a_page_that_is_gone_and_the_log_says_so(town: Town):
    await town.subscribe("", PUBLIC_READER)
    await town.subscribe("/inside", PRIVATE_READER)
    town.forget_page()
    await until(lambda: "subscribers of a page that is gone" in town.service.printed())
    town.shop.fail()
    await until(lambda: bool(town.news(PUBLIC_READER)))
    found = ledger.read(town.service.config.with_name("upfront.db"))
    assert found.subscribers[PRIVATE_READER].state == "confirmed"
    first = found.updates[0].position
    told = {owed.address for owed in found.deliveries if owed.position >= first}
    assert PUBLIC_READER in told
    assert PRIVATE_READER not in told


def _is_over(mails: list[Mail]) -> bool:
    said = [str(mail.message["Subject"]) for mail in mails]
    return any(one.startswith(("Resolved", "Behoben")) for one in said)


def _has_ended(events: list[Any]) -> bool:
    return any(event["data"]["update"]["status"] == "resolved" for event in events)


def _way_out(mail: Mail) -> str:
    return str(mail.message["List-Unsubscribe"]).strip("<>")
