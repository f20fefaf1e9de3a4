"""What a service runs by, as plain text: what the control API tells and `plan` compares."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

from checks.duration import format_duration
from checks.model import Check, Named
from incidents.model import Incident
from incidents.policy import (
    CheckPolicy,
    Confirm,
    Counts,
    CountsMode,
    Publication,
    PublicationMode,
    Quorum,
)
from monitor.config.config import Config
from monitor.config.issues import Issue
from monitor.config.scalars import Secret
from statuspage.site import Page

Settings = dict[str, str]
"""Setting to value as a person reads it; only what differs from the default."""

_TOLD_ELSEWHERE = (
    "check", "interval", "timeout", "locations", "revision", "aliases", "pushed", "options",
    "learns",
)  # fmt: skip
"""Of a check's policy: what the check itself tells."""

AT_NEXT_START = (
    "server.public", "server.internal", "server.trusted_proxies", "storage", "transport",
    "secret_key",
)  # fmt: skip
"""Settings that a running service cannot change."""

HIDDEN = "hidden:"
"""Begins what stands for a secret: enough to see that it changed, and no more."""


class RunningCheck(msgspec.Struct, frozen=True):
    """One check: what is probed how often from where, and how it is judged."""

    kind: str
    target: str
    revision: str
    interval: str
    timeout: str
    locations: tuple[str, ...]
    settings: Settings


class RunningIncident(msgspec.Struct, frozen=True):
    """An incident that goes on, with its members."""

    id: str
    title: str
    public: bool
    components: tuple[str, ...]
    checks: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True):
    """An issue in a file, as `validate --json` has it."""

    file: str
    line: int
    column: int
    level: str
    message: str
    hint: str


class Reload(msgspec.Struct, frozen=True):
    """What came of reading the file again.

    `result` is `adopted`, `unchanged`, `refused` (the file has issues) or `failed` (`error`
    says why; it is tried again). `at_next_start` names settings that a running service cannot
    change.
    """

    result: str
    at: datetime
    issues: tuple[Problem, ...] = ()
    at_next_start: tuple[str, ...] = ()
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the service runs by what the file says."""
        return self.result in ("adopted", "unchanged")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """All that a service runs by; an empty one stands for a service that does not run."""

    digest: str = ""
    since_at: datetime | None = None
    probes_per_minute: float = 0.0
    settings: Settings = {}
    components: dict[str, Settings] = {}
    checks: dict[str, RunningCheck] = {}
    incidents: tuple[RunningIncident, ...] = ()
    reload: Reload | None = None


def described(config: Config) -> Running:
    """A configuration in plain text."""
    return Running(
        probes_per_minute=config.probes_per_minute,
        settings=_of_config(config),
        components={
            name: {"name": found.name, **_settings(found, "id", "name", "checks", "aliases")}
            for name, found in config.policy.components.items()
        },
        checks={
            name: _check(check, config.policy.checks[name]) for name, check in config.checks.items()
        },
    )


def running_incident(incident: Incident) -> RunningIncident:
    """An open incident with those of its members that are still monitored."""
    return RunningIncident(
        incident.id, incident.title, incident.public, tuple(incident.timeline),
        tuple(name for name in incident.checks if name not in incident.forgotten),
    )  # fmt: skip


def problem(issue: Issue) -> Problem:
    """An issue as JSON has it."""
    level = "warning" if issue.warning else "error"
    return Problem(*issue.place, level, issue.message, issue.hint)


def _check(check: Check, policy: CheckPolicy) -> RunningCheck:
    judging = _settings(policy, *_TOLD_ELSEWHERE)
    return RunningCheck(
        check.kind.name,
        check.kind.target(check.options),
        check.revision,
        format_duration(check.interval),
        format_duration(check.timeout),
        check.locations,
        {
            "name": check.name,
            **{f"{check.kind.name}.{key}": text for key, text in _settings(check.options).items()},
            **_statements("expect", check.expect),
            **_statements("degraded_if", check.degraded_if),
            **_statements("warn_if", check.warn_if),
            **judging,
        },
    )


def _statements(key: str, statements: tuple[Named, ...]) -> Settings:
    return {f"{key}.{named.key}": _text(named.expectation) for named in statements}


def _of_config(config: Config) -> Settings:
    found: Settings = {}
    for name, page in config.pages.items():
        found |= _of_page("page" if name == "main" else f"pages.{name}", page)
    found |= _under("server", config.server)
    for name in ("storage", "transport", "locations", "watchdog", "secret_key"):
        found[name] = _text(getattr(config, name), hidden=name == "secret_key")
    for canary in config.canaries.values():
        asked = f"{canary.kind.name} {canary.kind.target(canary.options)}"
        places = ", ".join(canary.locations)
        every = f"every {format_duration(canary.interval)} from {places}"
        found[canary.id.removeprefix("_")] = f"{asked}, {every}"
    for name, settings in config.channels.items():
        found[f"channels.{name}"] = "set"
        found |= _under(f"channels.{name}", settings)
    for route in config.policy.routes:
        found[f"routes.{route.id}"] = "set"
        found |= _under(f"routes.{route.id}", route, "id")
    for name, group in config.policy.groups.items():
        found[f"groups.{name}"] = group.name
    for name, plan in config.policy.maintenance.items():
        found |= _under(f"maintenance.{name}", plan, "id")
    return {name: text for name, text in found.items() if text}


def _of_page(prefix: str, page: Page) -> Settings:
    found = _under(prefix, page, "id", "access", "brand")
    if page.access is not None:
        found |= _under(f"{prefix}.access", page.access)
    return found | _under(f"{prefix}.brand", page.brand)


def _under(prefix: str, value: Any, *without: str) -> Settings:
    return {f"{prefix}.{name}": text for name, text in _settings(value, *without).items()}


def _settings(value: Any, *without: str) -> Settings:
    """The fields of a dataclass that are not at their default."""
    return {
        field.metadata.get("alias", field.name): _text(found, hidden=not field.repr)
        for field in fields(value)
        if field.init
        and field.name not in without
        and (found := getattr(value, field.name)) != _default(field)
    }


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _text(value: Any, *, hidden: bool = False) -> str:
    """A value as people write it; a secret as what only tells whether it changed."""
    if value is None or value == ():
        return ""
    if hidden or isinstance(value, Secret):
        return HIDDEN + hashlib.blake2b(_plain(value).encode(), digest_size=4).hexdigest()
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case Enum():
            return str(value.value)
        case bool():
            return "true" if value else "false"
        case timedelta():
            return format_duration(value)
        case Quorum():
            return f"{value.needed}/{value.of}"
        case Confirm(fail, recover):
            return f"fail {_plain(fail)}, recover {_plain(recover)}"
        case Publication(mode=PublicationMode.HOLD):
            return f"hold {format_duration(value.hold)}"
        case Publication():
            return value.mode.value
        case Counts(mode=CountsMode.AT_LEAST):
            return f"at least {value.at_least}"
        case Counts():
            return value.mode.value
        case Mapping():
            return ", ".join(f"{key}: {_text(found)}" for key, found in value.items())
        case tuple() | list():
            return ", ".join(_text(found) for found in value)
        case frozenset() | set():
            return ", ".join(sorted(_text(found) for found in value))
    return _dataclass(value) if _is_mute(value) else str(value)


def _is_mute(value: Any) -> bool:
    """Whether it is a dataclass that does not say itself what it is in words."""
    return is_dataclass(value) and type(value).__str__ is object.__str__


def _dataclass(value: Any) -> str:
    said = _settings(value)
    return ", ".join(f"{name} {text}" for name, text in said.items()) or "default"
