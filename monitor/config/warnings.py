"""What works and may surprise: literal secrets, and keys that nothing acts on yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from checks.duration import format_duration
from monitor.config.issues import Issues
from monitor.config.nodes import Map, Node, inherited, locate
from monitor.config.scalars import Missing, Secret

SECRET_NAMES = frozenset(
    {
        "api_key",
        "bearer_token",
        "passphrase",
        "password",
        "secret",
        "secret_key",
        "signing_key",
        "token",
    }
)

NOT_ACTING: Mapping[tuple[str, ...], str] = {
    ("watchdog",): "read, but nothing is called yet",
    ("transport",): "read, but all probes are made by this process yet",
    ("components", "*", "agreement"): "read, but not judged yet",
    ("components", "*", "help"): "read, but shown nowhere yet",
}
"""Keys that are validated before the function that they are for exists."""

LEARNED_ONLY = ("sensitivity", "ignore_gaps")
LONG_GAP = timedelta(minutes=5)
"""No restart that anybody would ignore takes longer."""


def not_acting(root: Map, issues: Issues) -> None:
    """Say of each such key, once, that nobody acts on it."""
    for path, sentence in NOT_ACTING.items():
        for node, name in _holders(root, path):
            if node.get(name) is not None:
                issues.warn(node.entries[name].key, f'"{name}" is {sentence}')
                break


def _holders(node: Node | None, path: tuple[str, ...]) -> list[tuple[Map, str]]:
    if not isinstance(node, Map):
        return []
    if len(path) == 1:
        return [(node, path[0])]
    if path[0] == "*":
        return [found for _, inner in node for found in _holders(inner, path[1:])]
    return _holders(node.get(path[0]), path[1:])


def overruled(body: Map, issues: Issues, *, by_defaults: bool = False) -> None:
    """Warn of what a plain rule, its own or that of the defaults, leaves without effect."""
    rule = '"confirm" in defaults' if by_defaults else '"confirm"'
    for name in LEARNED_ONLY:
        if body.get(name) is not None:
            issues.warn(
                inherited(body, body.entries[name]).key,
                f'"{name}" means nothing beside {rule}',
                "a plain rule knows nothing of it: leave one of them out",
            )


def hiding(body: Map, gap: timedelta | None, issues: Issues) -> None:
    """Warn of gaps that are ignored for so long that outages are."""
    if gap is not None and gap > LONG_GAP:
        issues.warn(
            inherited(body, body.entries["ignore_gaps"]).key,
            f"a total outage will be told after {format_duration(gap)}",
            "ignore_gaps is for restarts: 8s unless set",
        )


def literal_secrets(node: Map, raw: Mapping[str, Any], issues: Issues) -> None:
    """Warn of secrets that stand in the file as they are."""
    for name, value in raw.items():
        entry = node.entries[name]
        if isinstance(value, dict) and isinstance(entry.value, Map):
            literal_secrets(entry.value, value, issues)
        elif name in SECRET_NAMES and isinstance(value, str) and value and _literal(value):
            issues.warn(
                locate(node, (name,)),
                f'"{name}" is written as it is',
                "write ${env:NAME} or ${file:PATH}, and keep the value out of the file",
            )


def _literal(value: str) -> bool:
    return not isinstance(value, Secret | Missing)
