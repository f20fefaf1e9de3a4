"""What a process runs by: everything that checks.yaml says, validated and joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from checks.model import Check
from incidents.policy import Policy
from monitor.config.issues import Issue
from monitor.config.schema import Server, Watchdog
from statuspage.site import Page

LOCAL = "local"
"""The location of a process that probes by itself."""

CANARIES = "_connectivity"
"""Begins the ids of canaries, before a slash, and cannot begin that of a check."""


@dataclass(frozen=True, slots=True)
class Config:
    """One valid configuration. Secrets in it show their source, not their value, in a repr."""

    pages: Mapping[str, Page] = field(default_factory=lambda: {"main": Page()})
    server: Server = field(default_factory=Server)
    storage: str = "sqlite:.data/upfront.db"
    transport: str | None = None
    locations: tuple[str, ...] = (LOCAL,)
    watchdog: Watchdog | None = None
    secret_key: str | None = None
    channels: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    canaries: Mapping[str, Check] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    help_folder: Path | None = None

    @property
    def page(self) -> Page:
        """The first page."""
        return next(iter(self.pages.values()))

    def check(self, id: str) -> Check | None:
        """The check or canary of this id."""
        return self.checks.get(id) or self.canaries.get(id)

    @property
    def probes_per_minute(self) -> float:
        """How many probes checks and canaries make from all locations, rechecks aside."""
        minute = timedelta(minutes=1)
        probed = (*self.checks.values(), *self.canaries.values())
        return sum(minute / check.interval * len(check.locations) for check in probed)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of reading a file: the configuration if it is right, and all issues.

    `files` are those that the configuration depends on, `digest` is the hash of what is in
    them, `texts` the text of each YAML file by the name that its issues carry.
    """

    config: Config | None
    issues: tuple[Issue, ...]
    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    digest: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def mistakes(self) -> tuple[Issue, ...]:
        """The issues that keep the configuration from being used."""
        return tuple(issue for issue in self.issues if not issue.warning)

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """The issues that do not."""
        return tuple(issue for issue in self.issues if issue.warning)
