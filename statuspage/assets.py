"""The files that pages bring along: inlined style, script and icons under hashed names."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from incidents.letters import TONES
from incidents.model import ComponentStatus
from statuspage.documents import FOREVER, Document

_TYPES = {"js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Assets:
    """All assets: the style as text, the rest by path, and how templates call them.

    `shapes` maps each state to the inner drawing of its shape on a 20 px grid.
    """

    style: str
    shapes: Mapping[str, str]
    paths: Mapping[str, str]
    documents: Mapping[str, Document]

    @property
    def content_security_policy(self) -> str:
        """Only our own script file, only this very style, nothing from elsewhere."""
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; script-src 'self'; "
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
    named = {"page.js": static.joinpath("page.js").read_bytes()}
    named |= {f"{state.value}.svg": _icon(state, shapes[state.value]) for state in ComponentStatus}
    paths = {name: _hashed(name, body) for name, body in named.items()}
    return Assets(
        style=_tight(static.joinpath("page.css").read_text("utf-8")),
        shapes=shapes,
        paths=paths,
        documents={
            paths[name]: Document(_TYPES[name.rpartition(".")[2]], body, cache=FOREVER)
            for name, body in named.items()
        },
    )


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
