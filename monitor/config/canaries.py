"""Canaries: what `connectivity` has us probe to tell an outage of ours from one of a service.

They are read as checks are, with a cadence of their own, and never become any: no component has
them, and nothing that says how a check is judged means anything to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from checks.model import Check
from monitor.config.checking import Checking
from monitor.config.config import CANARIES
from monitor.config.each import Instance
from monitor.config.nodes import Items, Map, Node, Scalar, inherited, is_null, kind_of
from monitor.config.schema import Defaults
from monitor.config.suggestions import listing
from monitor.config.validation import Reader
from monitor.hosts import host_of, network_of

SECTION = "connectivity"

CADENCE = Defaults(interval=timedelta(seconds=60), timeout=timedelta(seconds=3))
"""They are asked at once when a check fails, so in quiet times seldom is enough."""

ENOUGH = 3
"""In so many networks one can be down without anybody being misled."""

_JUDGING = (
    "sensitivity", "confirm", "ignore_gaps", "location_grace", "degraded_if", "warn_if", "aliases",
    "for_each",
)  # fmt: skip


def read_canaries(root: Map, checking: Checking, reader: Reader) -> Checking:
    """The canaries of a file, as `found` and `policies` of what is returned; all wrong is noted."""
    canaries = replace(
        checking, defaults=CADENCE, defaults_node=None, found={}, policies={}, nodes={}, readers={},
        shared={},
    )  # fmt: skip
    items = _items(root.get(SECTION))
    for number, item in enumerate(items, 1):
        _read(canaries, f"{CANARIES}/{number}", item, reader)
    if 0 < len(items) == len(canaries.found):
        _warn(root.entries[SECTION].key, canaries, checking, reader)
    return canaries


def _items(node: Node | None) -> list[Node]:
    if node is None or is_null(node):
        return []
    return list(node.items) if isinstance(node, Items) else [node]


def _read(canaries: Checking, identifier: str, item: Node, reader: Reader) -> None:
    if not isinstance(item, Map):
        hint = "such as {tcp: 192.0.2.1:53}"
        reader.issues.add(item, f"a check is due, not {kind_of(item)}", hint)
        return
    key = Scalar(f"canary-{identifier.rpartition('/')[2]}", item.place)
    body = canaries.templates.applied(item)
    for name in _JUDGING:
        if body.get(name) is not None:
            told = f'"{name}" means nothing to a canary: it is asked, not judged'
            reader.issues.add(inherited(body, body.entries[name]).key, told)
    made = canaries.check(identifier, Instance(key.text, key, item, reader), body)
    if made is None:
        return
    check, policy = made
    if check.kind.pushed:
        told = f"a canary is probed: others report to {check.kind.name}"
        reader.issues.add(body.entries[check.kind.name].key, told)
        return
    canaries.found[identifier], canaries.policies[identifier] = check, policy
    canaries.nodes[identifier], canaries.readers[identifier] = (key, body), reader


def _warn(key: Scalar, canaries: Checking, checking: Checking, reader: Reader) -> None:
    """Say what cannot be known with these."""
    networks = {network_of(host_of(one)) for one in canaries.found.values()}
    if blindness := _too_few(len(canaries.found), networks):
        reader.issues.warn(key, blindness, "name three that are not yours, in different networks")
    for canary, twins in _monitored(canaries, checking):
        reader.issues.warn(
            canaries.nodes[canary.id][1],
            f"{host_of(canary)} is what {listing(twins, at_most=3)} watches, too: while it is"
            " down, that passes for an outage of ours",
            "a canary is something that is not yours and always there",
        )


def _too_few(count: int, networks: set[str]) -> str:
    if count == 1:
        return "one canary: while it alone is down, we seem to be cut off, and no incident opens"
    if len(networks) == 1:
        return (
            f"all canaries are in {next(iter(networks))}: while that is down, we seem to be cut"
            " off, and no incident opens"
        )
    if len(networks) < ENOUGH:
        return "canaries in two networks: while one of them is down, the other decides alone"
    return ""


def _monitored(canaries: Checking, checking: Checking) -> Iterator[tuple[Check, list[str]]]:
    """The canaries that ask a host of which a check wants to know whether it is well."""
    asked: dict[str, list[str]] = {host_of(canary): [] for canary in canaries.found.values()}
    for check in checking.found.values():
        if not check.kind.pushed and (host := host_of(check)) in asked:
            asked[host].append(check.id)
    for canary in canaries.found.values():
        if twins := asked[host_of(canary)]:
            yield canary, twins
