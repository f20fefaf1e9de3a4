"""The one place where concrete things are chosen and joined, and where they run together."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from checks.clock import SystemClock
from checks.kinds import KINDS
from checks.model import Check
from checks.net import Network
from checks.probing import Prober
from incidents.channels import channels
from incidents.journal import Journal
from incidents.notifications import Letterhead
from incidents.outbox import OutboxRunner
from incidents.ports import Channel, Sender, StorageError
from incidents.signals import Gap
from incidents.subscriptions import Links
from monitor.agent import Agent
from monitor.blackbox import Blackbox
from monitor.brain import Timekeeper, follow_results
from monitor.config.config import Config
from monitor.engine import Engine
from monitor.intake import PublicIntake
from monitor.internal import internal_app
from monitor.listeners import listen
from monitor.live import LiveService
from monitor.metrics import PrometheusMeter
from monitor.pipeline import Pipeline
from monitor.secrets import instance_keys
from monitor.standing import Standing
from monitor.storage import open_store
from monitor.timekeeping import keep_time
from monitor.transport.local import LocalTransport
from monitor.version import VERSION
from statuspage.guards import networks
from statuspage.publisher import Publisher
from statuspage.service import Service
from statuspage.web import application, made_pages, runner

PRUNE_EVERY = timedelta(minutes=1)
FINISH_WITHIN = timedelta(seconds=5)
"""How long messages in flight may take when we are asked to end."""
PUBLIC_CHANNELS = ("mail",)
"""Channels that the public may subscribe over; others are for operators' routes."""

log = structlog.get_logger(__name__)


class App:
    """One process in all its roles: it probes, judges, tells and sends."""

    def __init__(self, config: Config) -> None:
        """Join the parts; nothing is opened before `start`.

        Raises:
            StorageError: The storage named is none that we know.
            KeyUnusable: The instance key cannot be read or kept.
        """
        self.config = config
        self.clock = SystemClock()
        self.meter = PrometheusMeter()
        self.store = open_store(config.storage, self.meter)
        keys = instance_keys(config.secret_key, Path(config.storage.partition(":")[2]))
        links = Links(keys, self._address)
        self.journal = Journal(self.store.events, config.policy, self.clock)
        self._transport = LocalTransport()
        self._engine = Engine(self._transport, self.clock, self.meter)
        self.pipeline = Pipeline(
            policy=config.policy, signals=self.store.signals, journal=self.journal,
            clock=self.clock, recheck=self._engine.expedite, meter=self.meter,
        )  # fmt: skip
        self._timekeeper = Timekeeper(self.pipeline, self.journal, self.clock)
        self._network = Network()
        self._probe = Prober(self._network, self.clock)
        self._agent = Agent(
            config.locations, self._check, self._transport,
            self._probe, self.clock, self.meter,
        )  # fmt: skip
        senders = open_channels(config.channels)
        public = {name: senders[name][0] for name in PUBLIC_CHANNELS if name in senders}
        self.live = LiveService(
            page=config.page, policy=config.policy, store=self.store, pipeline=self.pipeline,
            clock=self.clock, subscribe_by=tuple(public),
        )  # fmt: skip
        self._outbox = OutboxRunner(
            events=self.store.events, outbox=self.store.outbox, channels=senders,
            policy=config.policy, letterhead=self._letterhead, links=links,
            clock=self.clock, chance=random.random, meter=self.meter,
        )  # fmt: skip
        self._intake = PublicIntake(
            events=self.store.events, append=self.journal.append, channels=public,
            policy=config.policy, links=links, clock=self.clock,
        )  # fmt: skip
        self._publisher = Publisher(
            self.live, self.clock, made_pages(), address=self._address, meter=self.meter
        )
        self._standing = Standing(self.meter)
        self._listeners: list[web.AppRunner] = []
        self._ending = asyncio.Event()

    @property
    def _address(self) -> str:
        """Where links that leave the page begin."""
        return self.config.page.url or f"http://{self.config.server.public}"

    @property
    def _letterhead(self) -> Letterhead:
        page = self.config.page
        return Letterhead(page.name, self._address, page.languages[0], page.timezone)

    async def start(self) -> None:
        """Open storage, take up where the last run ended, and listen.

        Raises:
            StorageError: Storage cannot be opened or read.
            CannotListen: A port is taken.
        """
        await self.store.start()
        self.journal.listen(self.live.follow)
        await self.journal.start()
        self.journal.listen(self._timekeeper.follow)
        self.journal.listen(lambda _: self._outbox.wake())
        await self.pipeline.restore()
        self._timekeeper.rebuild()
        self.meter.gauge("upfront_build_info", 1, version=VERSION)
        self._engine.replace(self.config.checks.values())
        await self._publisher.publish()
        await self._listen()

    async def run(self) -> None:
        """Go on until `end` is called; what is being sent then is finished first."""
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._outbox.run())
            parts = [
                tasks.create_task(part)
                for part in (
                    self._engine.run(), self._agent.run(), self._timekeeper.run(),
                    follow_results(self._transport, self.pipeline), self._publisher.run(),
                    keep_time(self.clock, self._on_gap, self.meter), self._prune(),
                )
            ]  # fmt: skip
            await self._ending.wait()
            self._outbox.stop()
            await asyncio.wait({sending}, timeout=FINISH_WITHIN.total_seconds())
            for part in (*parts, sending):
                part.cancel()

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ending.set()

    async def adopt(self, config: Config) -> None:
        """Go by another configuration; what it leaves unchanged keeps timers and evidence.

        Raises:
            StorageError: What follows from it cannot be recorded; the old one stays.
        """
        await self.pipeline.adopt(config.policy)
        self.config = config
        self._engine.replace(config.checks.values())
        self._timekeeper.rebuild()
        self._outbox.policy = self._intake.policy = config.policy
        self._outbox.letterhead = self._letterhead
        self.live.page, self.live.policy = config.page, config.policy
        self.live.stir()

    def reloaded(self, *, ok: bool) -> None:
        """Show in the metrics what came of reading the configuration."""
        self.meter.gauge("upfront_config_reload_success", ok)
        if ok:
            now = self.clock.now().timestamp()
            self.meter.gauge("upfront_config_reload_timestamp_seconds", now)

    async def stop(self) -> None:
        """Keep what is known and let go; safe after a start that failed."""
        for listener in self._listeners:
            await listener.cleanup()
        self._network.close()
        await self.pipeline.save()
        await self.store.close()

    async def _listen(self) -> None:
        server = self.config.server
        service = Service(self._publisher, self._intake, networks(server.trusted_proxies))
        internal = internal_app(
            registry=self.meter.registry, refresh=self._refresh, unready=self._unready,
            blackbox=Blackbox(KINDS, self._probe, self.clock), clock=self.clock,
        )  # fmt: skip
        self._listeners = [runner(application(service)), runner(internal)]
        await listen(self._listeners[0], server.public, "server.public")
        await listen(self._listeners[1], server.internal, "server.internal")

    def _check(self, name: str) -> Check | None:
        """A check as it is configured now."""
        return self.config.checks.get(name)

    def _refresh(self) -> None:
        """Bring the metrics up to date that tell what stands."""
        self._standing.show(self.pipeline.verdicts, self.journal.board)
        at = self.pipeline.last_result_at
        age = (self.clock.now() - at).total_seconds() if at else math.nan
        self.meter.gauge("upfront_last_result_age_seconds", age)
        self.meter.gauge("upfront_queue_depth", self._transport.backlog(), queue="requests")
        self.meter.gauge("upfront_queue_depth", self._agent.backlog(), queue="hosts")

    async def _unready(self) -> list[str]:
        """What is still missing before we can be relied on."""
        waiting = self.pipeline.waiting
        return [f"{waiting} checks wait for their first result"] if waiting else []

    async def _on_gap(self, gap: Gap) -> None:
        await self.pipeline.take([gap])

    async def _prune(self) -> None:
        while True:
            try:
                await self.store.prune(self.clock.now())
            except StorageError as error:
                log.error("old results cannot be pruned yet", error=str(error))
            await self.clock.sleep(PRUNE_EVERY)


def open_channels(settings: Mapping[str, Any]) -> dict[str, tuple[Channel, Sender]]:
    """Each channel that is configured, and a way to send over it."""
    known = channels()
    return {name: (known[name], known[name].open(found)) for name, found in settings.items()}
