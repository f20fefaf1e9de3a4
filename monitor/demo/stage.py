"""Sets the demo up, lets the story play, and goes on serving until it is asked to end."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from checks.clock import SystemClock
from monitor.app import App
from monitor.config.config import Config
from monitor.config.load import load
from monitor.config.rendering import human
from monitor.demo.chance import chance
from monitor.demo.history import make_up
from monitor.demo.mailbox import Mailbox
from monitor.demo.mailroom import Mailroom, open_mailroom
from monitor.demo.place import HOST, Ports, choose_ports, configuration, local_zone
from monitor.demo.shop import Shop, open_shop
from monitor.demo.smtp import receive
from monitor.demo.story import FAST, UNHURRIED, Story
from monitor.demo.terminal import Terminal
from monitor.demo.visitors import Customer, Operator
from monitor.demo.witness import Missed, Witness


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the demo was asked for."""

    folder: Path
    seed: int = 1
    port: int = 8088
    fast: bool = False
    person: bool = True


async def perform(wishes: Wishes) -> None:
    """The whole demo; returns once it was asked to end.

    Raises:
        StorageError: The database cannot be made in the folder.
        CannotListen: A port was taken after it had been found free.
    """
    async with contextlib.AsyncExitStack() as stack:
        clock, zone = SystemClock(), local_zone()
        ports = choose_ports(wishes.port)
        terminal = Terminal(clock.now, zone, person=wishes.person)
        mailbox = Mailbox(clock.now)
        room = Mailroom(mailbox, f"http://{HOST}:{ports.page}/", zone)
        await stack.enter_async_context(open_mailroom(room, HOST, ports.mailbox))
        shop = await stack.enter_async_context(open_shop(wishes.seed))
        smtp = await stack.enter_async_context(receive(mailbox.take_mail))
        config = _config(wishes, ports, shop, smtp, zone)
        await _remember(config, wishes.seed)
        _introduce(terminal, wishes, ports)
        app = await stack.enter_async_context(_running(config))
        await _play(app, shop, mailbox, terminal, wishes)


def _config(wishes: Wishes, ports: Ports, shop: Shop, smtp: int, zone: str) -> Config:
    """Write checks.yaml into the folder and read it as any other."""
    pace = FAST if wishes.fast else UNHURRIED
    file = wishes.folder / "checks.yaml"
    values: dict[str, object] = {
        **shop.ports, "page": ports.page, "metrics": ports.metrics, "mailbox": ports.mailbox,
        "smtp": smtp, "zone": zone, "folder": wishes.folder,
        "interval": pace.interval, "watch": pace.watch,
    }  # fmt: skip
    file.write_text(configuration(values), "utf-8")
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    file.with_name("webhook_secret").write_text(f"whsec_{secret}\n", "utf-8")
    loaded = load(file)
    if loaded.config is None:
        raise ValueError(human(loaded, str(file)))
    return loaded.config


async def _remember(config: Config, seed: int) -> None:
    """Give the new database its past, before the service opens it."""
    app = App(config)
    await app.store.start()
    try:
        await make_up(app.store, config, app.clock.now(), seed)
    finally:
        await app.store.close()


@contextlib.asynccontextmanager
async def _running(config: Config) -> AsyncIterator[App]:
    """Upfront itself, which a signal ends."""
    app = App(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, app.end)
    try:
        await app.start()
        yield app
    finally:
        await app.stop()


async def _play(app: App, shop: Shop, mailbox: Mailbox, terminal: Terminal, wishes: Wishes) -> None:
    """Let the story go along with the service, which stays when the story is over."""
    page = app.config.page.url
    async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
        witness = Witness(app.store.signals, client, page, app.clock)
        app.journal.listen(witness.follow)
        story = Story(
            shop=shop, mailbox=mailbox, witness=witness,
            customer=Customer(client, page, mailbox),
            operator=Operator(app.pipeline.act, app.clock),
            terminal=terminal, clock=app.clock, pace=FAST if wishes.fast else UNHURRIED,
            draw=chance(wishes.seed, "story"), checks=len(app.config.checks),
        )  # fmt: skip
        telling = tasks.create_task(_tell(story, wishes))
        await app.run()
        telling.cancel()
    terminal.say()
    terminal.say(f"Stopped. {wishes.folder / 'checks.yaml'} stays for you to read.")


async def _tell(story: Story, wishes: Wishes) -> None:
    """The story and what to make of it; where it goes wrong, say so and leave the page up."""
    terminal, page = story.terminal, story.customer.page
    try:
        await story.play()
    except Missed as missed:
        terminal.happened(f"The story ends here: {missed} did not come in time.")
        terminal.aside("Upfront goes on. Is this machine very busy?")
    except aiohttp.ClientError as error:
        terminal.happened(f"The story ends here: the page could not be asked ({error}).")
    else:
        terminal.chapter("What came of it, counted from the moment it broke")
        terminal.table([(fault.what, fault.told) for fault in story.faults])
        terminal.chapter("Read next")
        terminal.table([
            ("The incident", f"{page}/incidents/{story.incident}"),
            ("What is watched", str(wishes.folder / "checks.yaml")),
            ("Every key of it", "docs/configuration.md"),
            ("How it works", "docs/architecture.md"),
        ])  # fmt: skip
    terminal.say()
    terminal.say("Page and mailbox stay up. Ctrl-C to stop.")


def _introduce(terminal: Terminal, wishes: Wishes, ports: Ports) -> None:
    """What this is, and what to open."""
    terminal.say("This is Upfront, watching a small shop that exists only on this machine.")
    if ports.moved:
        taken = ", ".join(map(str, ports.moved))
        terminal.say(f"Taken by another program: port {taken}. Free ones stand in.")
    terminal.chapter("Open these side by side")
    page = f"http://{HOST}:{ports.page}"
    terminal.table([
        ("Status page", f"{page}/"),
        ("Mailbox", f"http://{HOST}:{ports.mailbox}/"),
        ("Feed", f"{page}/feed.atom"),
        ("API", f"{page}/api/v2/summary.json"),
        ("Metrics", f"http://{HOST}:{ports.metrics}/metrics"),
        ("What is watched", str(wishes.folder / "checks.yaml")),
    ])  # fmt: skip
    terminal.say()
    terminal.say("The 90 days before today are made up, so that the page has a past to show.")
    span = "half a minute" if wishes.fast else "two minutes"
    terminal.say(f"All from here on is measured. The story takes {span}.")
