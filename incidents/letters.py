"""The look of a written message: one view, rendered as text and as HTML for mail programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from incidents.markup import markdown, plain
from incidents.model import ComponentStatus
from incidents.sending import UNSUBSCRIBE_MARK

MOST_NAMED = 12
"""Components that a letter names; beyond so many, the others are counted."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line below the words: "Next update by", "14:30"."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a written message says.

    `tone` is the state that it is about, None when it is about none. `leave` is the text of
    the link that unsubscribes. `body` is Markdown if it is `marked`.
    """

    subject: str
    headline: str
    body: str
    tone: ComponentStatus | None
    page_name: str
    reason: str
    page_url: str = ""
    word: str = ""
    facts: tuple[Fact, ...] = ()
    button: str = ""
    url: str = ""
    leave: str = ""
    language: str = "en"
    direction: str = "ltr"
    marked: bool = False

    @property
    def text(self) -> str:
        """The body as plain text."""
        return plain(self.body) if self.marked else "\n\n".join(self.paragraphs)

    @property
    def paragraphs(self) -> list[str]:
        """The body, cut where lines are left empty."""
        cut = re.split(r"\n[ \t]*\n", self.body.replace("\r\n", "\n").replace("\r", "\n"))
        return [paragraph.strip() for paragraph in cut if paragraph.strip()]


@dataclass(frozen=True, slots=True)
class Tone:
    """A state's colours on light and dark grounds, and its shape as mail programs can show it."""

    light: str
    dark: str
    tint: str
    dark_tint: str
    glyph: str
    shape: str


# The page's tokens; a tint is a tenth of the colour on white, a sixth on the dark ground.
TONES: Mapping[ComponentStatus, Tone] = {
    ComponentStatus.OPERATIONAL: Tone(
        "#1a7f37", "#3fb950", "#e8f2eb", "#152a20", "✓", "filled round"
    ),
    ComponentStatus.DEGRADED: Tone("#9a6700", "#d29922", "#f5f0e6", "#2a2619", "▲", "drawn large"),
    ComponentStatus.PARTIAL_OUTAGE: Tone(
        "#bc4c00", "#f0883e", "#f8ede6", "#2f231d", "◐", "drawn large"
    ),
    ComponentStatus.MAJOR_OUTAGE: Tone(
        "#cf222e", "#f85149", "#fae9ea", "#301b1e", "✕", "filled square"
    ),
    ComponentStatus.MAINTENANCE: Tone(
        "#0969da", "#58a6ff", "#e6f0fb", "#18273a", "⚒", "filled round"
    ),
    ComponentStatus.UNKNOWN: Tone("#57606a", "#8b949e", "#eeeff0", "#20252b", "?", "drawn dashed"),
}

_TEMPLATES = Environment(
    loader=PackageLoader("incidents", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


@cache
def _inline() -> Callable[[str], str]:
    from css_inline import CSSInliner  # large, and not needed before there is news

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline


def as_text(letter: Letter) -> str:
    """The letter as plain text."""
    return _TEMPLATES.get_template("mail.txt").render(letter=letter, mark=UNSUBSCRIBE_MARK)


def as_html(letter: Letter) -> str:
    """The letter as HTML, its styles on the elements, where every mail program honours them."""
    tone = TONES[letter.tone] if letter.tone else None
    page = _TEMPLATES.get_template("mail.html").render(
        letter=letter,
        tone=tone,
        colours=tone or TONES[ComponentStatus.UNKNOWN],
        mark=UNSUBSCRIBE_MARK,
        markdown=markdown,
    )
    return _inline()(page)
