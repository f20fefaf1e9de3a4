"""Views made into documents with the page's templates, words and assets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from incidents.markup import markdown
from incidents.words import Words
from statuspage.assets import Assets
from statuspage.compiled import CompiledTemplates
from statuspage.documents import HTML, Document
from statuspage.views.ages import ages
from statuspage.views.brand import NO_BRAND, BrandView
from statuspage.views.timed import timed

_COMPILED = CompiledTemplates()


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that the page speaks: its code, its own name, what its paths begin with.

    `home` is the same for readers who are elsewhere.
    """

    code: str
    name: str
    base: str
    home: str


class Renderer:
    """Renders one page's documents in one language.

    `address` is the public address that absolute links begin with, without a final slash.
    `base` is what paths begin with on the way to this page in this language: "" or "/de",
    `root` the same for what is there once for all languages.
    `tongues` are the languages to choose from, none where there is only one. `home` begins
    absolute links that stay in this language, `address` if not given. `alive` says that
    somebody answers there: a copy in files has no live stream. `carry` adds to the path of a
    document for programs what opens it on a private page. `findable` says that search engines
    may know the documents, under this address.
    """

    def __init__(
        self,
        words: Words,
        assets: Assets,
        address: str,
        base: str = "",
        tongues: Sequence[Tongue] = (),
        home: str = "",
        *,
        root: str = "",
        alive: bool = True,
        brand: BrandView = NO_BRAND,
        carry: Callable[[str], str] = str,
        findable: bool = False,
    ) -> None:
        """Compile nothing yet: each template is when it is first used, and once for all."""
        self.words = words
        self.address = address.rstrip("/")
        self.base = base
        self._root = root
        self._carry = carry
        self.home = (home or address).rstrip("/")
        self.shapes = assets.shapes
        self._environment = Environment(
            loader=PackageLoader("statuspage"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        self._environment.filters.update(markdown=markdown, timed=timed)
        self._environment.globals.update(
            t=words,
            ages=ages(words),
            link=self.link,
            once=self.once,
            absolute=self.absolute,
            tongues=tongues,
            style=Markup(assets.style),  # noqa: S704 - our own file
            early=Markup(assets.early),  # noqa: S704 - our own file
            alive=alive,
            findable=findable,
            brand=brand,
            shapes={name: Markup(shape) for name, shape in assets.shapes.items()},  # noqa: S704
            assets=assets.paths,
            address=self.address,
        )

    def link(self, path: str) -> str:
        """The way to another document of this page in this language: "/history"."""
        return self.base + self._carry(path)

    def once(self, path: str) -> str:
        """The way to a document that is there once for all languages: "/badge.svg"."""
        return self._root + self._carry(path)

    def absolute(self, path: str) -> str:
        """The same for readers who are elsewhere: with the public address before it."""
        return self.home + self._carry(path)

    def drawn(self, template: str, **values: object) -> bytes:
        """An SVG through the template of that name."""
        return self._environment.get_template(f"{template}.svg").render(**values).encode()

    def html(self, template: str, view: Any, status: int = 200, *, path: str = "") -> Document:
        """A view through the template of that name; `path` is the page's own, where it has one."""
        found = self._environment.get_template(f"{template}.html")
        text = found.render(view=view, frame=view.frame, path=path)
        body = text.encode("utf-8", "replace")
        return Document(HTML, body, status=status, language=self.words.language)
