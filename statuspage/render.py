"""Views made into documents with the page's templates, words and assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from incidents.markup import markdown
from incidents.words import Words
from statuspage.assets import Assets
from statuspage.documents import HTML, Document


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that the page speaks: its code, its own name, what its paths begin with."""

    code: str
    name: str
    base: str


class Renderer:
    """Renders one page's documents in one language.

    `address` is the public address that absolute links begin with, without a final slash.
    `base` is what paths begin with on the way to this page in this language: "" or "/de".
    `tongues` are the languages to choose from, none where there is only one.
    """

    def __init__(
        self,
        words: Words,
        assets: Assets,
        address: str,
        base: str = "",
        tongues: Sequence[Tongue] = (),
    ) -> None:
        """Compile nothing yet; jinja keeps each template once it is used."""
        self.words = words
        self.address = address.rstrip("/")
        self.base = base
        self._environment = Environment(
            loader=PackageLoader("statuspage"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters["markdown"] = markdown
        self._environment.globals.update(
            t=words,
            link=self.link,
            tongues=tongues,
            style=Markup(assets.style),  # noqa: S704 - our own file
            shapes={name: Markup(shape) for name, shape in assets.shapes.items()},  # noqa: S704
            assets=assets.paths,
            address=self.address,
        )

    def link(self, path: str) -> str:
        """The way to another document of this page in this language: "/history"."""
        return self.base + path

    def html(self, template: str, view: Any, status: int = 200, **more: object) -> Document:
        """A view through the template of that name."""
        found = self._environment.get_template(f"{template}.html")
        text = found.render(view=view, frame=view.frame, **more)
        body = text.encode("utf-8", "replace")
        return Document(HTML, body, status=status, language=self.words.language)
