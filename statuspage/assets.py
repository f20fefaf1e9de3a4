"""The files that pages bring along: inlined style, script and icons under hashed names."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from incidents.letters import TONES
from incidents.model import ComponentStatus
from statuspage.documents import FOREVER, Document

STYLE = ("tokens", "page", "board", "component", "forms", "brand", "fit")
"""The parts of the pages' style; later ones go before earlier ones."""

SCRIPT = ("clock", "refresh", "zone", "live", "theme", "copy", "find", "days", "outdated")
"""The parts of the pages' script, in the order in which they run."""

_TYPES = {"js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Assets:
    """All assets: the style as text, the rest by path, and how templates call them.

    `early` is the one line of script that stands in the page, since a chosen theme must hold
    before anything is painted.
    `shapes` maps each state to the inner drawing of its shape on a 20 px grid.
    """

    style: str
    early: str
    shapes: Mapping[str, str]
    paths: Mapping[str, str]
    documents: Mapping[str, Document]

    @property
    def content_security_policy(self) -> str:
        """Only our own script, only this very style, nothing from elsewhere."""
        return (
            f"default-src 'none'; style-src {_source(self.style)}; "
            f"script-src 'self' {_source(self.early)}; "
            "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )


def load() -> Assets:
    """Read what is packed with the code."""
    static = files("statuspage").joinpath("static")
    shapes = {
        state.value: static.joinpath("shapes", f"{state.value}.svg").read_text("utf-8").strip()
        for state in ComponentStatus
    }
    named = {"page.js": _script(static)}
    named |= {f"{state.value}.svg": _icon(state, shapes[state.value]) for state in ComponentStatus}
    paths = {name: _hashed(name, body) for name, body in named.items()}
    return Assets(
        style=_tight("".join(_parts(static, "style", STYLE, "css"))),
        early=static.joinpath("early.js").read_text("utf-8").strip(),
        shapes=shapes,
        paths=paths,
        documents={
            paths[name]: Document(_TYPES[name.rpartition(".")[2]], body, cache=FOREVER)
            for name, body in named.items()
        },
    )


def _source(text: str) -> str:
    """What a policy calls this very text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script(static: Traversable) -> bytes:
    """The parts of the script as one file, in one scope of their own."""
    parts = _parts(static, "script", SCRIPT, "js")
    return "\n".join(['"use strict";\n(() => {', *parts, "})();\n"]).encode()


def _parts(static: Traversable, folder: str, names: Iterable[str], ending: str) -> list[str]:
    return [static.joinpath(folder, f"{name}.{ending}").read_text("utf-8") for name in names]


def _icon(state: ComponentStatus, shape: str) -> bytes:
    tone = TONES[state]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><style>'
        f"svg{{color:{tone.light}}}@media(prefers-color-scheme:dark){{svg{{color:{tone.dark}}}}}"
        f"</style>{shape}</svg>"
    ).encode()


def _hashed(name: str, body: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    digest = hashlib.blake2b(body, digest_size=6).hexdigest()
    return f"/static/{stem}.{digest}.{ending}"


def _tight(css: str) -> str:
    """The style without comments and needless white space; nothing cleverer."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};,>])\s*", r"\1", css).replace(";}", "}").strip()
