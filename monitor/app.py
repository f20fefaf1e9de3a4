"""The one place where concrete things are chosen and joined, and where they run together."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from checks.clock import SystemClock
from checks.kinds import KINDS
from checks.model import Check
from checks.net import Network
from checks.probing import Prober
from incidents.channels import channels
from incidents.journal import Journal
from incidents.letterheads import Letterheads
from incidents.outbox import OutboxRunner
from incidents.payloads import component_id
from incidents.ports import StorageError
from incidents.sending import Channel, Sender
from incidents.signals import Gap, Recheck
from incidents.subscriptions import Links
from monitor.archive import Archive
from monitor.blackbox import Blackbox
from monitor.brain import Timekeeper
from monitor.config.config import Config
from monitor.control import Control, control_app, offer_control
from monitor.deploys import Deploys
from monitor.endpoints import EndpointSender, Signer
from monitor.export.ports import Told
from monitor.heartbeats import Heartbeats, heartbeat_url
from monitor.incident_log import log_incidents
from monitor.intake import PublicIntake
from monitor.internal import internal_app
from monitor.listeners import Listeners
from monitor.live import LiveService
from monitor.metrics import PrometheusMeter
from monitor.notices import Notices
from monitor.pipeline import Pipeline
from monitor.probing import Line
from monitor.pulse import Pulse, loopback
from monitor.secrets import control_token, instance_keys
from monitor.senders import Senders
from monitor.sight import remarks
from monitor.standing import Standing
from monitor.storage import open_archive, open_store, open_told
from monitor.timekeeping import keep_time
from monitor.transport.local import LocalTransport
from monitor.values import PushedValues
from monitor.vault import Vault
from monitor.version import VERSION
from monitor.webhooks import WebhookDesk
from statuspage.access import Locks
from statuspage.guards import networks
from statuspage.publisher import Publisher
from statuspage.selection import letterheads
from statuspage.service import Service
from statuspage.web import application, made_pages, runner

PRUNE_EVERY = timedelta(minutes=1)
FINISH_WITHIN = timedelta(seconds=5)
"""How long messages in flight may take when we are asked to end."""
MAIL = "mail"
WEBHOOK = "webhook"
PUBLIC_CHANNELS = (MAIL, WEBHOOK)
"""Channels that the public may subscribe over; others are for operators' routes."""

log = structlog.get_logger(__name__)


def archived(storage: str) -> Callable[[], Archive]:
    """How to open what is stored at an address only to read it, in this process or another."""
    return partial(open_archive, storage)


def told(storage: str) -> Told:
    """What the pages are made from, opened only to read it beside the service that writes it."""
    return open_told(storage)


class App:
    """One process in all its roles: it probes, judges, tells and sends."""

    def __init__(self, config: Config) -> None:
        """Join the parts; nothing is opened before `start`.

        Raises:
            StorageError: The storage named is none that we know.
            KeyUnusable: The instance key cannot be read or kept.
        """
        self.config = self.started = config
        self.clock = SystemClock()
        self.meter = PrometheusMeter()
        self.store = open_store(config.storage, self.meter)
        self._database = Path(config.storage.partition(":")[2])
        keys = instance_keys(config.secret_key, self._database)
        links = Links(keys)
        self.journal = Journal(self.store.events, config.policy, self.clock)
        self._network = Network()
        self._probe = Prober(self._network, self.clock)
        self._checks, self._canaries = (
            Line(LocalTransport(), self._check, self._probe, self.clock, self.meter)
            for _ in range(2)
        )
        self.pipeline = Pipeline(
            policy=config.policy, signals=self.store.signals, journal=self.journal,
            clock=self.clock, recheck=self._recheck, meter=self.meter,
        )  # fmt: skip
        self._timekeeper = Timekeeper(self.pipeline, self.journal, self.clock)
        self._senders = Senders(channels())
        self.live = LiveService(
            pages=tuple(config.pages.values()), policy=config.policy, store=self.store,
            pipeline=self.pipeline, clock=self.clock,
        )  # fmt: skip
        vault = Vault(keys, secrets.token_bytes)
        signer = Signer(vault, self.clock)
        heads = self._letterheads
        self._outbox = OutboxRunner(
            events=self.store.events, outbox=self.store.outbox,
            channels=self._channels(signer), public_id=self._public_id,
            policy=config.policy, letterheads=heads, links=links,
            clock=self.clock, chance=random.random, meter=self.meter,
        )  # fmt: skip
        self._intake = PublicIntake(
            events=self.store.events, append=self.journal.append, channels={},
            policy=config.policy, letterheads=heads, links=links, clock=self.clock,
        )  # fmt: skip
        self._webhooks = WebhookDesk(
            endpoints=self.store.endpoints, events=self.store.events, append=self.journal.append,
            vault=vault, signer=signer, links=links, policy=config.policy,
            letterheads=heads, clock=self.clock,
        )  # fmt: skip
        self._heartbeats = Heartbeats(keys, self.pipeline.hear, self.clock, self.meter)
        self._values = PushedValues(keys, self.pipeline.hear, self.clock, self.meter)
        own = loopback(config.server.public)
        self._pulse = Pulse(lambda check: heartbeat_url(check, own, keys), self.clock)
        self._publisher = Publisher(
            self.live, self.clock, made_pages(), address=self._own_address, meter=self.meter,
            locks=Locks(keys, self.clock),
        )  # fmt: skip
        self._standing = Standing(self.meter)
        self._listeners = Listeners()
        self._ending = asyncio.Event()

    @property
    def _own_address(self) -> str:
        """Where we listen, for a page whose public address is not known."""
        return f"http://{self.started.server.public}"

    @property
    def _letterheads(self) -> Letterheads:
        """The pages as messages know them now."""
        pages = tuple(self.config.pages.values())
        return letterheads(pages, self.config.policy, self._own_address)

    async def start(self, control: Control | None = None) -> None:
        """Open storage, take up where the last run ended, and listen; for `control`, too.

        Raises:
            StorageError: Storage cannot be opened or read.
            CannotListen: A port is taken.
        """
        await self.store.start()
        await self.store.house(self.config.page.id)
        self.journal.listen(self.live.follow)
        await self.journal.start()
        self.journal.listen(lambda recorded: log_incidents(recorded, self.journal.board))
        self.journal.listen(self._timekeeper.follow)
        self.journal.listen(lambda _: self._outbox.wake())
        await self.pipeline.restore()
        self._timekeeper.rebuild()
        self.meter.gauge("upfront_build_info", 1, version=VERSION)
        await self._replace(self.config)
        await self._open_channels()
        self._tell_by()
        await self._warn_of_pages()
        await self._publisher.publish()
        await self._listen(control)

    async def run(self) -> None:
        """Go on until `end` is called; what is being sent then is finished first."""
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._outbox.run())
            parts = [
                tasks.create_task(part)
                for part in (
                    *self._checks.parts(self.pipeline), *self._canaries.parts(self.pipeline),
                    self._timekeeper.run(), self._publisher.run(),
                    keep_time(self.clock, self._on_gap, self.meter), self._prune(),
                    self._pulse.run(),
                )
            ]  # fmt: skip
            await self._ending.wait()
            log.info("stopping")
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
            SequenceConflict: The same, since another process was faster.
        """
        await self.pipeline.adopt(config.policy)
        self.config = config
        await asyncio.sleep(0)  # letting go of the old one took long enough
        await self._replace(config)
        self._timekeeper.rebuild()
        await self._open_channels()
        self._tell_by()
        await self._warn_of_pages()

    async def _replace(self, config: Config) -> None:
        """Probe these checks and canaries, and take reports to them."""
        checks = config.checks.values()
        await self._checks.adopt(checks, config.locations)
        await self._canaries.adopt(config.canaries.values(), config.locations)
        await asyncio.sleep(0)
        self._heartbeats.replace(checks)
        self._values.replace(checks)
        await asyncio.sleep(0)
        self._pulse.replace(checks)
        await asyncio.sleep(0)

    async def _open_channels(self) -> None:
        await self._senders.adopt(self.config.channels)
        await self._webhooks.adopt(self.config.channels.get(WEBHOOK))

    def _channels(self, signer: Signer) -> Mapping[str, tuple[Channel, Sender]]:
        """The channels as the outbox sends over them: webhooks are signed for on the way."""
        channel, sender = self._senders.channels[WEBHOOK]
        notices = Notices(self._senders.switches[MAIL], lambda: self._letterheads, self.clock)
        signing = EndpointSender(
            sender, self.store.endpoints, signer, self.clock, notices.disabled
        )  # fmt: skip
        return {**self._senders.channels, WEBHOOK: (channel, signing)}

    def _public_id(self, component: str) -> str:
        """The id under which the API tells a component."""
        known = self.journal.board.components.get(component)
        return known.public_id if known else component_id(component)

    def _tell_by(self) -> None:
        """Let pages and messages follow the configuration."""
        pages, policy = tuple(self.config.pages.values()), self.config.policy
        public = self._senders.public(PUBLIC_CHANNELS)
        heads = self._letterheads
        self._outbox.adopt(policy, heads)
        self._intake.policy = self._webhooks.policy = policy
        self._intake.letterheads = self._webhooks.letterheads = heads
        self._intake.channels = {name: public[name] for name in public if name != WEBHOOK}
        self.live.pages, self.live.policy, self.live.subscribe_by = pages, policy, tuple(public)
        self.live.stir()

    async def _warn_of_pages(self) -> None:
        """Say in the log who is told nothing since their page is not in the file."""
        with contextlib.suppress(StorageError):  # it is said again at the next start
            for page, subscribers in (await self.store.events.subscribed()).items():
                if page not in self.config.pages:
                    log.warning("subscribers of a page that is gone", page=page, count=subscribers)

    def reloaded(self, *, ok: bool) -> None:
        """Show in the metrics what came of reading the configuration."""
        self.meter.gauge("upfront_config_reload_success", ok)
        if ok:
            now = self.clock.now().timestamp()
            self.meter.gauge("upfront_config_reload_timestamp_seconds", now)

    async def stop(self) -> None:
        """Keep what is known and let go; safe after a start that failed."""
        await self._listeners.close()
        self._network.close()
        await self._webhooks.close()
        await self.pipeline.save()
        await self.store.close()

    async def _listen(self, control: Control | None) -> None:
        server = self.config.server
        service = Service(
            self._publisher, self._intake, networks(server.trusted_proxies),
            webhooks=self._webhooks, beats=self._heartbeats, values=self._values,
        )  # fmt: skip
        internal = internal_app(
            registry=self.meter.registry, refresh=self._refresh, unready=self._unready,
            remarks=lambda: remarks(self.pipeline.blind, self.pipeline.policy.canaries),
            blackbox=Blackbox(KINDS, self._probe, self.clock), clock=self.clock,
        )  # fmt: skip
        if control:
            deploys = Deploys(self.pipeline, self.clock)
            offer_control(internal, control, deploys, control_token(self._database))
            app = control_app(control, deploys)
            await self._listeners.open_for_commands(app, self.started.storage)
        await self._listeners.open(runner(application(service)), server.public, "server.public")
        await self._listeners.open(runner(internal), server.internal, "server.internal")

    def _recheck(self, wish: Recheck) -> None:
        line = self._canaries if wish.check in self.pipeline.policy.canaries else self._checks
        line.expedite(wish)

    def _check(self, name: str) -> Check | None:
        """A check or canary as it is configured now."""
        return self.config.check(name)

    def _refresh(self) -> None:
        """Bring the metrics up to date that tell what stands."""
        self._standing.show(self.pipeline.verdicts, self.journal.board)
        self._standing.show_sight(self.pipeline.policy.canaries, self.pipeline.blind)
        at = self.pipeline.last_result_at
        age = (self.clock.now() - at).total_seconds() if at else math.nan
        self.meter.gauge("upfront_last_result_age_seconds", age)
        requests, hosts = self._checks.backlog()
        self.meter.gauge("upfront_queue_depth", requests, queue="requests")
        self.meter.gauge("upfront_queue_depth", hosts, queue="hosts")

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
