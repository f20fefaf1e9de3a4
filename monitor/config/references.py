"""What must hold between components: dependencies that exist and end, aliases that are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.config.checking import Checking
from monitor.config.components import Components
from monitor.config.issues import Issues
from monitor.config.nodes import Items, Map, Node, Scalar
from monitor.config.suggestions import did_you_mean, listing


def check_dependencies(components: Components, issues: Issues) -> None:
    """Every `depends_on` names another component, and none leads back."""
    found = components.found
    for name, component in found.items():
        for other in component.depends_on:
            if other not in found and not issues.broken:
                near = did_you_mean(other, (one for one in found if one != name))
                hint = "" if near else f"there are {listing(found)}"
                components.note(name, ("depends_on",), other, f'no component "{other}"{near}', hint)
    graph = {name: component.depends_on for name, component in found.items()}
    for ring in rings(graph):
        components.note(
            ring[0], ("depends_on",), ring[1], f"depends_on goes in a ring: {' -> '.join(ring)}"
        )


def rings(graph: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Each ring once, whole, beginning and ending with its first member in the graph's order."""
    order = {name: index for index, name in enumerate(graph)}
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack = [(start, False)]
        while stack:
            name, leave = stack.pop()
            if leave:
                on_path.pop(path.pop())
                done.add(name)
            elif name in on_path:
                ring = path[on_path[name] :]
                first = ring.index(min(ring, key=order.__getitem__))
                found.setdefault(frozenset(ring), (*ring[first:], *ring[:first], ring[first]))
            elif name in graph and name not in done:
                on_path[name] = len(path)
                path.append(name)
                stack.append((name, True))
                stack.extend((other, False) for other in reversed(tuple(graph[name])))
    return list(found.values())


def check_aliases(components: Components, checking: Checking, issues: Issues) -> None:
    """An alias is an id that nobody has any more, and that one only claims."""
    claimed: dict[str, str] = {}
    for name, component in components.found.items():
        for alias in component.aliases:
            _free(alias, name, components.found, claimed, components.nodes[name].body, issues)
    claimed = {}
    for name, check in checking.found.items():
        for alias in check.aliases:
            _free(alias, name, checking.found, claimed, checking.nodes[name][1], issues)


def _free(
    alias: str,
    owner: str,
    living: Mapping[str, object],
    claimed: dict[str, str],
    body: Map,
    issues: Issues,
) -> None:
    first = claimed.setdefault(alias, owner)
    node = body.get("aliases")
    at = _scalar(node, alias) or _scalar(node, alias.rpartition("/")[2]) or body
    if alias in living:
        issues.add(
            at,
            f'alias "{alias}" is the id of a living {"check" if "/" in alias else "component"}',
            "an alias is an id that was used before and is not any more",
        )
    elif first != owner:
        issues.add(at, f'alias "{alias}" is claimed by "{first}" already')


def _scalar(node: Node | None, text: str) -> Scalar | None:
    items = node.items if isinstance(node, Items) else [node]
    return next((item for item in items if isinstance(item, Scalar) and item.text == text), None)
