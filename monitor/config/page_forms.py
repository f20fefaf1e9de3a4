"""Settings of pages that are written in a form of their own, and how each is read.

As in `forms`, every function takes the raw value and raises ValueError with a sentence for
people, its mend after a colon.
"""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from checks.settings import Written
from monitor.config.forms import read_url
from monitor.config.suggestions import did_you_mean
from statuspage.site import Shade

FEWEST_OF_TOKEN = 16
FEWEST_OF_PASSWORD = 8

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.ASCII)
_PATH = re.compile(r"(/[a-z0-9][a-z0-9_-]*)*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})", re.ASCII)
_SHADES = ("light", "dark")
_SCHEME = re.compile(r"([a-z][a-z0-9+-]*):", re.ASCII)
_LINKED = ("mailto", "tel")


def read_host(value: Any) -> str:
    """A host name as browsers send it, without scheme and port; an IP address works as well."""
    text = str(value).lower().rstrip(".")
    if "://" in text or "/" in text:
        meant = urlsplit(text if "://" in text else f"//{text}").hostname
        raise ValueError(f'"{value}" is more than a host: write {meant or "status.acme.example"}')
    name, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        raise ValueError(f'"{value}" has a port: write {name}')
    try:
        ascii_name = text.encode("idna").decode() if not text.isascii() else text
    except UnicodeError:
        ascii_name = ""
    if not _HOST.fullmatch(ascii_name) or len(ascii_name) > 253:
        raise ValueError(f'"{value}" is no host name: such as status.acme.example')
    return ascii_name


def read_path(value: Any) -> str:
    """A prefix: `/internal`; `/` is the root."""
    text = str(value)
    if not text.startswith("/"):
        raise ValueError(f'"{text}" is no path: write /{text}')
    if not is_path(text.rstrip("/")):
        raise ValueError(
            f'"{text}" cannot be a path: small letters, digits, - and _ can, as in /internal'
        )
    return text.rstrip("/")


def is_path(text: str) -> bool:
    """Whether it can be a prefix without its final slash; an empty text is the root."""
    return _PATH.fullmatch(text) is not None


def read_token(value: Any) -> str:
    """What goes into addresses and headers as it is, long enough that nobody guesses it."""
    text = str(value)
    if not _TOKEN.fullmatch(text):
        raise ValueError("a token is of letters, digits and - . _ ~, as it stands in addresses")
    if len(text) < FEWEST_OF_TOKEN:
        raise ValueError(f"a token has {FEWEST_OF_TOKEN} characters at least, so nobody guesses it")
    return text


def read_password(value: Any) -> str:
    """What people type."""
    text = str(value)
    if len(text) < FEWEST_OF_PASSWORD:
        raise ValueError(f"a password has {FEWEST_OF_PASSWORD} characters at least")
    return text


def read_colour(value: Any) -> Shade:
    """`"#7a1fa2"`, or `{light: "#7a1fa2", dark: "#c58fe0"}`; what is not said is left empty."""
    if isinstance(value, dict):
        unknown = [key for key in value if key not in _SHADES]
        if unknown or not value:
            near = did_you_mean(str(unknown[0]), _SHADES) if unknown else ""
            raise ValueError(f'a colour is one text or has "light" and "dark"{near}')
        light, dark = (_colour(value[key]) if key in value else "" for key in _SHADES)
        return Shade(light, dark)
    return Shade(_colour(value), "")


def _colour(value: Any) -> str:
    match = _COLOUR.fullmatch(str(value))
    if not match:
        raise ValueError(f'"{value}" is no colour: write it like "#7a1fa2"')
    digits = match[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def read_link(value: Any) -> str:
    """Where a link of the foot leads: an http, https, mailto or tel address."""
    text = str(value)
    scheme = _SCHEME.match(text)
    if scheme and scheme[1] in _LINKED and not any(letter.isspace() for letter in text):
        return text
    if scheme and scheme[1] not in ("http", "https"):
        raise ValueError(f'"{text}" is no link: http, https, mailto and tel lead somewhere')
    return read_url(value)


def _text(examples: list[str], **more: Any) -> dict[str, Any]:
    return {"type": "string", "examples": examples, **more}


Host = Annotated[str, Written(read_host, _text(["status.acme.example"]))]
PathPrefix = Annotated[str, Written(read_path, _text(["/internal"], pattern="^/"))]
TokenText = Annotated[str, Written(read_token, _text(["${env:PAGE_TOKEN}"]))]
PasswordText = Annotated[str, Written(read_password, _text(["${env:PAGE_PASSWORD}"]))]
Link = Annotated[
    str,
    Written(
        read_link, _text(["https://acme.example/imprint"], pattern="^(https?://|mailto:|tel:)")
    ),
]
_COLOUR_SCHEMA = {"type": "string", "pattern": "^#?([0-9a-fA-F]{3}){1,2}$", "examples": ["#7a1fa2"]}
Colour = Annotated[
    Shade,
    Written(
        read_colour,
        {
            "oneOf": [
                _COLOUR_SCHEMA,
                {
                    "type": "object",
                    "properties": dict.fromkeys(_SHADES, _COLOUR_SCHEMA),
                    "minProperties": 1,
                    "additionalProperties": False,
                },
            ]
        },
    ),
]
