"""Which route answers a path: those without parameters by name, the others by pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from statuspage.routes import PARAMETER, DocumentRoute, Route


@dataclass(frozen=True, slots=True)
class Found:
    """The routes of a path by method, and what the path's parameters are."""

    methods: Mapping[str, Route]
    parameters: Mapping[str, str]

    @property
    def allowed(self) -> list[str]:
        """The methods that are allowed here."""
        return sorted({*self.methods, "HEAD"} if "GET" in self.methods else self.methods)

    def by(self, method: str) -> Route | None:
        """The route of a method; a HEAD is answered as a GET without its body."""
        return self.methods.get("GET" if method == "HEAD" else method)


class Table:
    """All routes of a site."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Compile the paths; an earlier route goes before a later one that matches as well."""
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[_method(route)] = route
        self._plain = {path: found for path, found in by_path.items() if "{" not in path}
        self._patterns = [(_pattern(path), found) for path, found in by_path.items() if "{" in path]

    def find(self, path: str) -> Found | None:
        """The routes of a path, None if it leads nowhere."""
        methods = self._plain.get(path)
        if methods is not None:
            return Found(methods, {})
        for pattern, found in self._patterns:
            match = pattern.fullmatch(path)
            if match:
                return Found(found, match.groupdict())
        return None


def _method(route: Route) -> str:
    return "GET" if isinstance(route, DocumentRoute) else route.method


def _pattern(path: str) -> re.Pattern[str]:
    """Each parameter is one piece between slashes."""
    pieces = PARAMETER.split(path)
    named = (
        f"(?P<{piece}>[^/]+)" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )
    return re.compile("".join(named), re.DOTALL)
