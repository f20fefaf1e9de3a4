"""Every recipe of docs/recipes.md is read without an issue, and does what it says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.clock import SystemClock
from checks.model import ProbeRequest, Result
from checks.net import Network
from checks.probing import Prober
from incidents.policy import Confirm, Counts, CountsMode, Publication, PublicationMode, Quorum
from monitor.config.config import Config
from monitor.config.load import load
from monitor.hosts import host_of, network_of
from tests.checks.servers import Authority, Handler, answering, ok, read_head, serving

FOLDER = Path(__file__).parent.parent / "docs" / "recipes"
RECIPES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
ENVIRONMENT = {"ORDERS_PASSWORD": "secret", "SMTP_PASSWORD": "secret"}

UP = answering(ok(b'{"status": "UP"}'))
STARTING = answering(ok(b'{"status": "STARTING"}'))
BUSY = answering(ok(status="503 Service Unavailable"))
FRONT = answering(ok(b"<button>Add to cart</button>"))
EMPTY_SHELF = answering(ok(b"<p>Nothing here</p>"))


async def account(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Lets in whoever has the password, as a page of HTML."""
    head = await read_head(reader)
    known = b"Authorization: Basic bW9uaXRvcjpzZWNyZXQ=" in head
    page = ok(b"<html>", "Content-Type: text/html; charset=utf-8")
    writer.write(page if known else ok(status="401 Unauthorized"))
    await writer.drain()


async def mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greets, and answers EHLO in several lines."""
    writer.write(b"220 mail.example ESMTP\r\n")
    await reader.readline()
    writer.write(b"250-mail.example\r\n250-STARTTLS\r\n250 SMTPUTF8\r\n")
    await reader.readline()


async def tired_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and turns it away."""
    writer.write(b"421 too many connections\r\n")
    await writer.drain()
    writer.close()


class Town:
    """Servers on loopback in place of a recipe's hosts."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder = folder
        self._authority = authority
        self._stack = AsyncExitStack()

    async def close(self) -> None:
        await self._stack.aclose()

    async def config(
        self, recipe: str, hosts: Mapping[str, Handler], words: Mapping[str, str]
    ) -> Config:
        """The recipe with these hosts and words in place of what stands there."""
        found = {host: await self._served(host, handler) for host, handler in hosts.items()}
        shutil.copytree(FOLDER, self._folder, dirs_exist_ok=True)
        for path in self._folder.rglob("*.yaml"):
            text = path.read_text()
            for old, new in {**found, **words}.items():
                text = text.replace(old, new)
            path.write_text(text)
        loaded = load(self._folder / f"{recipe}.yaml", environ=ENVIRONMENT)
        assert loaded.config is not None, loaded.issues
        return loaded.config

    async def _served(self, host: str, handler: Handler) -> str:
        port = await self._stack.enter_async_context(serving(handler))
        return f"http://127.0.0.1:{port}" if host.startswith("https://") else f"127.0.0.1:{port}"

    async def with_certificate(self, recipe: str, left: timedelta) -> Config:
        """The recipe with a shop whose certificate is valid for that long."""
        context = self._authority.server("localhost", not_after=datetime.now(UTC) + left)
        port = await self._stack.enter_async_context(serving(FRONT, context))
        shop = f"{{url: 'https://localhost:{port}/', tls: {{ca_file: {self._authority.ca_file}}}}}"
        return await self.config(recipe, {}, {"https://shop.example/": shop})


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(tmp_path / "recipes", Authority(tmp_path))
    yield made
    await made.close()


async def probed(config: Config) -> dict[str, Result]:
    """What each check of a configuration comes to."""
    network, clock = Network(), SystemClock()
    prober = Prober(network, clock)
    try:
        results = [
            await prober(check, ProbeRequest(check.id, "local", clock.now(), check.timeout))
            for check in config.checks.values()
        ]
    finally:
        network.close()
    return {result.check: result for result in results}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_read_without_an_issue(recipe: str):
    loaded = load(FOLDER / f"{recipe}.yaml", environ=ENVIRONMENT)
    assert loaded.config is not None
    assert not loaded.issues


def test_the_document_shows_every_recipe_as_it_is():
    document = (FOLDER.parent / "recipes.md").read_text()
    files = sorted(FOLDER.rglob("*.yaml"))
    assert len(files) >= 10
    assert not [path.name for path in files if f"```yaml\n{path.read_text()}```" not in document]
    scripts = sorted(FOLDER.rglob("*.sh"))
    assert scripts
    assert not [path.name for path in scripts if f"```sh\n{path.read_text()}```" not in document]


CASES = [
    ("slow-is-not-down", {"https://shop.example": FRONT}, {}, {"shop/front": "pass"}),
    ("slow-is-not-down", {"https://shop.example": EMPTY_SHELF}, {}, {"shop/front": "fail"}),
    (
        "slow-is-not-down", {"https://shop.example": FRONT}, {"800ms": "0.01ms"},
        {"shop/front": "slow"},
    ),
    (
        "redundant-pair", {"https://east.api.example": BUSY, "https://west.api.example": UP}, {},
        {"api/east": "fail", "api/west": "pass"},
    ),
    ("login", {"https://account.example": account}, {}, {"account/orders": "pass"}),
    (
        "login", {"https://account.example": account}, {"username: monitor": "username: else"},
        {"account/orders": "fail"},
    ),
    (
        "shared-template", {"https://billing.example": UP, "https://search.example": STARTING}, {},
        {"billing/health": "pass", "search/health": "fail", "search/front": "pass"},
    ),
    (
        "dependency-chain",
        {"https://shop.example": BUSY, "https://pay.example": UP, "db.example:5432": mail}, {},
        {"shop/front": "fail", "payments/gateway": "pass", "database/port": "pass"},
    ),
    ("by-hand", {"https://chat.example": UP}, {}, {"chat/front": "pass"}),
    ("mail-server", {"mail.example:25": mail}, {}, {"mail/smtp": "pass"}),
    ("mail-server", {"mail.example:25": tired_mail}, {}, {"mail/smtp": "fail"}),
    ("hold-publication", {"https://shop.example": UP}, {}, {"checkout/api": "pass"}),
    ("hold-publication", {"https://shop.example": BUSY}, {}, {"checkout/api": "fail"}),
]  # fmt: skip


@pytest.mark.parametrize(("recipe", "hosts", "words", "outcomes"), CASES)
async def test_a_recipe_comes_to_what_it_says(
    town: Town,
    recipe: str,
    hosts: Mapping[str, Handler],
    words: Mapping[str, str],
    outcomes: Mapping[str, str],
):
    results = await probed(await town.config(recipe, hosts, words))
    assert {check: result.outcome for check, result in results.items()} == outcomes


def test_every_region_and_every_pod_is_asked():
    config = policy_of("regional-fleet")
    assert list(config.policy.components) == ["api-eu", "api-us", "api-ap"]
    targets = [check.kind.target(check.options) for check in config.checks.values()]
    assert targets == [
        target
        for region in ("eu", "us", "ap")
        for target in (
            f"https://{region}.api.example/health",
            f"a.{region}.api.example:8443",
            f"b.{region}.api.example:8443",
        )
    ]


@pytest.mark.parametrize(
    ("left", "warnings"),
    [(timedelta(days=13, hours=1), 1), (timedelta(days=30), 0)],
)
async def test_a_certificate_that_expires_soon_warns_and_fails_nothing(
    town: Town, left: timedelta, warnings: int
):
    results = await probed(await town.with_certificate("certificate", left))
    assert results["shop/front"].outcome == "pass"
    assert len(results["shop/front"].warnings) == warnings


async def test_an_expired_certificate_fails_by_itself(town: Town):
    results = await probed(await town.with_certificate("certificate", -timedelta(days=1)))
    assert results["shop/front"].outcome == "fail"
    assert "certificate expired" in results["shop/front"].reason


def policy_of(recipe: str) -> Config:
    config = load(FOLDER / f"{recipe}.yaml", environ=ENVIRONMENT).config
    assert config is not None
    return config


def test_the_pair_counts_by_its_best():
    assert policy_of("redundant-pair").policy.components["api"].counts == Counts(CountsMode.BEST)


def test_the_chain_is_known_from_end_to_end():
    components = policy_of("dependency-chain").policy.components
    assert components["shop"].depends_on == ("payments",)
    assert components["payments"].depends_on == ("database",)


def test_what_no_probe_sees_has_no_checks():
    assert policy_of("by-hand").policy.components["phone"].checks == ()


def test_publication_waits_three_minutes_and_failures_are_three_of_five():
    policy = policy_of("hold-publication").policy
    held = Publication(PublicationMode.HOLD, timedelta(minutes=3))
    assert policy.components["checkout"].publish == held
    assert policy.components["checkout"].promise.critical == timedelta(minutes=20)
    assert policy.checks["checkout/api"].confirm == Confirm(Quorum(3, 5), Quorum(3, 3))


def test_the_backup_is_waited_for_and_kept_from_customers():
    config = policy_of("nightly-backup")
    check = config.checks["backups/nightly"]
    assert check.kind.pushed is not None
    assert check.options.grace == timedelta(hours=1)
    assert config.policy.components["backups"].publish == Publication(PublicationMode.NEVER)


def test_numbers_are_learned_and_held_against_limits():
    config = policy_of("numbers")
    orders, queue = (config.policy.checks[f"shop/{name}"] for name in ("orders", "queue"))
    assert (orders.learns, queue.learns) == (True, True)
    assert (orders.pushed is None, queue.pushed is None) == (True, False)


def test_the_canaries_stand_in_three_networks_and_belong_to_nobody():
    config = policy_of("is-it-us")
    assert len({network_of(host_of(canary)) for canary in config.canaries.values()}) == 3
    assert list(config.policy.components["shop"].checks) == ["shop/front"]
