"""The pages of a file: each read by itself, then what must hold between them and components."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from incidents import words
from incidents.addresses import is_loopback
from incidents.negotiation import broader
from incidents.policy import Component, Group
from monitor.config.brand import read_brand
from monitor.config.names import is_identifier
from monitor.config.nodes import Items, Map, Node, Scalar, Spot, is_null, kind_of, locate
from monitor.config.page_forms import is_path
from monitor.config.page_schema import AccessSettings, PageSettings
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.validation import Reader, follow
from monitor.config.warnings import literal_secrets
from statuspage.site import Access, Page

TO_COME = frozenset(
    {"console", "experience", "feedback", "help", "live", "report", "reports", "slo", "static"}
)
"""First parts of paths that are kept for what a page may come to serve, besides its routes."""


@dataclass(slots=True)
class Pages:
    """Reads pages; keeps their nodes, so that later issues find their place."""

    root: Map
    reader: Reader
    found: dict[str, Page] = field(default_factory=dict)
    nodes: dict[str, tuple[Scalar, Map]] = field(default_factory=dict)

    def read_all(self) -> Mapping[str, Page]:
        """Every page of the file, one with nothing set where it has none."""
        issues = self.reader.issues
        pages = self.root.get("pages")
        if self.root.get("page") is not None and pages is not None:
            issues.add(
                self.root.entries["pages"].key,
                '"page" and "pages" stand together',
                "page: {…} is short for pages: {main: {…}}",
            )
        if isinstance(pages, Map):
            for name, (key, node) in pages.entries.items():
                if is_identifier(name, key, issues):
                    self._read(name, key, node, "a page")
        elif pages is not None:
            issues.add(pages, f"a map is due, not {kind_of(pages)}")
        if not self.found:
            entry = self.root.entries.get("page")
            key = entry.key if entry else Scalar("page", self.root.place)
            self._read("main", key, entry.value if entry else Map({}, key.place), "page")
        self._check_places()
        first = next(iter(self.found.values()))
        self.found |= {name: _addressed(page, first) for name, page in self.found.items()}
        return self.found

    def check(self, components: Mapping[str, Component], groups: Mapping[str, Group]) -> None:
        """What the pages select must be there, and belong there by its own account."""
        if self.reader.issues.broken:
            return
        for page in self.found.values():
            self._known(page, "components", "component", page.components, components)
            self._known(page, "groups", "group", page.groups, groups)
            for index, name in enumerate(page.components):
                if name in components and not page.shows(components[name]):
                    said = listing(components[name].pages)
                    self.reader.issues.add(
                        self._item(page, "components", index),
                        f'"{name}" itself says that it is on {said} only',
                    )
            right = not self.reader.issues
            if right and components and not any(page.shows(found) for found in components.values()):
                key = self.nodes[page.id][0]
                self.reader.issues.warn(key, f'no component is shown on page "{page.id}"')

    # One page ---------------------------------------------------------------------------------

    def _read(self, name: str, key: Scalar, node: Node, what: str) -> None:
        body = Map({}, key.place) if is_null(node) else node
        holder = body if isinstance(body, Map) else Map({}, key.place)
        plain = holder.without("brand") if isinstance(body, Map) else body
        settings: PageSettings = self.reader.read(plain, PageSettings, key, what) or PageSettings()
        self.nodes[name] = (key, holder)
        hosts, path = self._place(name, settings)
        self._languages(settings, holder, key)
        self.found[name] = Page(
            name,
            settings.name,
            settings.url,
            settings.languages,
            settings.timezone,
            hosts,
            path,
            settings.groups,
            settings.components,
            settings.theme,
            self._access(settings.access, holder, key),
            read_brand(holder, key, self.reader),
        )

    def _place(self, name: str, settings: PageSettings) -> tuple[tuple[str, ...], str]:
        """Hosts and path; of a page after the first that says neither, by its url or its id."""
        hosts = tuple(dict.fromkeys(settings.hosts))
        if not self.found or hosts or settings.path is not None:
            return hosts, settings.path or ""
        first = urlsplit(next(iter(self.found.values())).url)
        url = urlsplit(settings.url)
        path = url.path if is_path(url.path) else ""
        if url.hostname and url.hostname != first.hostname:
            return (url.hostname,), path
        return (), path or f"/{name}"

    def _languages(self, settings: PageSettings, node: Map, key: Scalar) -> None:
        """There must be texts in each language."""
        for index, language in enumerate(settings.languages):
            if not any(one in words.written() for one in broader(language)):
                near = did_you_mean(language, words.written())
                self.reader.issues.add(
                    _item(node, "languages", index, key),
                    f'nothing is written in "{language}"{near}',
                    "" if near else f"there are {listing(words.written())}",
                )

    def _access(self, settings: AccessSettings | None, node: Map, key: Scalar) -> Access | None:
        if "access" not in node.entries:
            return None
        found = settings or AccessSettings()
        holder = node.get("access")
        if isinstance(holder, Map):
            literal_secrets(holder, self.reader.raw(holder), self.reader.issues)
        if holder is None or (settings and not found.token and not found.password):
            spot = locate(node, ("access",), key)
            self.reader.issues.add(spot, "a token or a password is due", "token: ${env:PAGE_TOKEN}")
        return Access(found.token or "", found.password or "")

    # Between pages ----------------------------------------------------------------------------

    def _check_places(self) -> None:
        """Each page but the first must have a place, and no two the same one."""
        hosts: dict[str, str] = {}
        paths: dict[str, str] = {}
        for number, page in enumerate(self.found.values()):
            for index, host in enumerate(page.hosts):
                first = hosts.setdefault(host, page.id)
                if first != page.id:
                    self.reader.issues.add(
                        self._item(page, "hosts", index),
                        f'host "{host}" shows page "{first}" already',
                        "a page under a path needs no host",
                    )
            if page.path:
                self._check_path(page, paths)
                paths.setdefault(page.path, page.id)
            elif number and not page.hosts:
                self.reader.issues.add(
                    self._at(page, "path"),
                    f'"/" shows page "{next(iter(self.found))}" already',
                    f"hosts: [{page.id}.acme.example], or path: /{page.id}",
                )
        for page in self.found.values():
            self._check_url(page)

    def _check_path(self, page: Page, paths: Mapping[str, str]) -> None:
        """A prefix must hide nothing that another page serves."""
        issues, spot = self.reader.issues, self._at(page, "path")
        first = page.path.split("/")[1]
        outer = [
            other for other in self.found.values() if page.path.startswith(f"{other.path or '?'}/")
        ]
        if page.path in paths:
            issues.add(spot, f'"{page.path}" shows page "{paths[page.path]}" already')
        elif first in _taken(self.found.values()):
            issues.add(spot, f'"/{first}" is served on every page', f"such as path: /{first}-page")
        elif outer:
            issues.add(spot, f'"{page.path}" is under "{outer[0].path}" of page "{outer[0].id}"')

    def _check_url(self, page: Page) -> None:
        """The public address must lead to where the page is."""
        url = urlsplit(page.url)
        if page.private and url.scheme == "http" and not is_loopback(url.hostname or ""):
            self.reader.issues.warn(
                self._at(page, "url"), "over plain http others read what opens this page"
            )
        if not page.url or url.path == page.path:
            return
        if page.path:
            meant = url._replace(path=page.path, query="", fragment="").geturl()
            self.reader.issues.add(
                self._at(page, "url"),
                f'"url" does not lead to the path "{page.path}" of the page',
                f"url: {meant}",
            )
        else:
            self.reader.issues.warn(
                self._at(page, "url"),
                f'links within the page leave out "{url.path}"',
                f"set path: {url.path}",
            )

    # What is selected -------------------------------------------------------------------------

    def _known(
        self, page: Page, key: str, what: str, names: Collection[str], known: Mapping[str, object]
    ) -> None:
        for index, name in enumerate(names):
            if name not in known:
                near = did_you_mean(name, known)
                some = f"there are {listing(known)}" if known else f"there are no {key}"
                self.reader.issues.add(
                    self._item(page, key, index), f'no {what} "{name}"{near}', "" if near else some
                )

    def _at(self, page: Page, *path: str) -> Spot:
        key, node = self.nodes[page.id]
        return locate(node, path, key) if path[0] in node.entries else locate(node, (), key)

    def _item(self, page: Page, name: str, index: int) -> Spot:
        key, node = self.nodes[page.id]
        return _item(node, name, index, key)


def _addressed(page: Page, first: Page) -> Page:
    """The page with a public address, if the first one has one to go by."""
    if page.url or not first.url:
        return page
    near = urlsplit(first.url)
    port = f":{near.port}" if near.port else ""
    place = f"{page.hosts[0]}{port}" if page.hosts else near.netloc
    return replace(page, url=f"{near.scheme}://{place}{page.path}")


def _item(node: Map, name: str, index: int, key: Scalar) -> Spot:
    """The place of an item of a list, which may stand there as a single value."""
    listed = isinstance(follow(node, (name,)), Items)
    return locate(node, (name, index) if listed else (name,), key)


def _taken(pages: Collection[Page]) -> frozenset[str]:
    """What a path within a page may begin with: our own routes and the languages."""
    from statuspage.web import routes  # reads every page and API, which few files need

    own = {route.path.split("/")[1].partition("{")[0] for route in routes()}
    spoken = {language.lower() for page in pages for language in page.languages}
    return frozenset({*own, *spoken, *words.written(), *TO_COME} - {""})
