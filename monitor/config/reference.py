"""The tables of docs/configuration.md, written from the settings' own docstrings.

`python -m monitor.config.reference` brings the document up to date; a test says when it is not.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from checks.duration import format_duration
from checks.kinds import KINDS
from checks.settings import Duration, Shaped, Share, Shorthand, Size, Text, Written
from incidents.channels import channels
from monitor.config import forms, page_forms
from monitor.config.docstrings import class_doc, field_docs
from monitor.config.page_schema import (
    AccessSettings,
    BrandSettings,
    ColourSettings,
    PageSettings,
)
from monitor.config.schema import (
    AgreementSettings,
    CheckSettings,
    ComponentSettings,
    ConfirmSettings,
    Defaults,
    GroupSettings,
    Main,
    MaintenanceSettings,
    ObjectiveSettings,
    PromiseSettings,
    RouteSettings,
    Server,
    Watchdog,
    When,
)
from monitor.config.warnings import NOT_ACTING

SECTIONS: Mapping[str, tuple[type, str]] = {
    "The whole file": (Main, ""),
    "page": (PageSettings, ""),
    "page.access": (AccessSettings, ""),
    "page.brand": (BrandSettings, ""),
    "page.brand.colours": (ColourSettings, ""),
    "server": (Server, ""),
    "watchdog": (Watchdog, ""),
    "defaults": (Defaults, ""),
    "components.ID": (ComponentSettings, "components.*."),
    "components.ID.checks.ID": (CheckSettings, "components.*.checks.*."),
    "confirm": (ConfirmSettings, ""),
    "promise": (PromiseSettings, ""),
    "objective": (ObjectiveSettings, ""),
    "agreement": (AgreementSettings, ""),
    "groups.ID": (GroupSettings, ""),
    "routes.ID": (RouteSettings, ""),
    "routes.ID.when": (When, ""),
    "maintenance.ID": (MaintenanceSettings, ""),
}
"""Headings of the reference, each with its settings and the path that leads there."""

NOT_YET = {".".join(path): sentence for path, sentence in NOT_ACTING.items()}

WORDS: Mapping[Any, str] = {
    Duration: "duration",
    Size: "size",
    Share: "share",
    Text: "text",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    datetime: "time",
    timedelta: "duration",
    Any: "map",
    forms.Part: "share",
    forms.Gap: "duration",
    forms.Url: "URL",
    forms.PublicUrl: "URL",
    forms.Timezone: "zone",
    forms.LocalTime: "local time",
    forms.Language: "language",
    forms.Address: "host:port",
    forms.Network: "network",
    forms.Storage: "address",
    forms.Transport: "address",
    forms.TargetText: "KIND:ADDRESS",
    forms.QuorumText: "n/m",
    forms.PublicationForm: "publication",
    forms.CountsForm: "rule",
    forms.Month: "calendar_month",
    page_forms.Host: "host",
    page_forms.PathPrefix: "path",
    page_forms.TokenText: "text",
    page_forms.PasswordText: "text",
    page_forms.Link: "URL",
    page_forms.Colour: "colour",
}
"""What the table calls a type."""


def _marks_of(type_: Any) -> tuple[Any, ...]:
    return getattr(type_, "__metadata__", ())


BEGIN = "<!-- From here on written by `python -m monitor.config.reference`: edit docstrings. -->"
END = "<!-- Up to here. -->"
DOCUMENT = Path("docs/configuration.md")


_MARKS = {id(mark): name for known, name in WORDS.items() for mark in _marks_of(known)}


def reference(document: str) -> str:
    """The document with the tables between its two marks as they are now."""
    before, _, rest = document.partition(BEGIN)
    after = rest.partition(END)[2]
    tables = "\n".join(_sections())
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def _sections() -> Iterator[str]:
    yield "## Keys\n"
    for title, (cls, path) in SECTIONS.items():
        yield f"### {title if ' ' in title else f'`{title}`'}\n"
        yield f"{class_doc(cls)}\n"
        yield table(cls, "" if cls is Main else path)
    yield "## Kinds of checks\n"
    yield "[kinds.md](kinds.md) has the settings and expectations of each, with examples.\n"
    rows = [
        f"| [`{kind.name}`](kinds.md#{kind.name}) | {kind.summary} |" for kind in KINDS.values()
    ]
    yield "\n".join(("| kind | |", "|---|---|", *rows)) + "\n"
    yield "## Channels\n"
    for name, channel in channels().items():
        yield f"### `channels.{name}`\n\n{channel.summary}\n"
        yield table(channel.settings)


def table(cls: type, path: str = "") -> str:
    """The fields of a settings class, as rows of Markdown."""
    hints = get_type_hints(cls, include_extras=True)
    docs = field_docs(cls)
    rows = ["| key | type | unless set | |", "|---|---|---|---|"]
    for one in filter(lambda one: one.init, dataclasses.fields(cls)):
        key = one.metadata.get("alias", one.name)
        told = docs.get(one.name, "")
        if path + key in NOT_YET and (path or cls is Main):
            told += f" *Today this is {NOT_YET[path + key]}.*"
        default = _default(one, of_size=words(hints[one.name]) == "size")
        row = (f"`{key}`", _cell(words(hints[one.name])), _cell(default), _cell(told))
        rows.append(f"| {' | '.join(row)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(one: dataclasses.Field[Any], *, of_size: bool) -> str:
    if one.default is dataclasses.MISSING:
        return "required" if one.default_factory is dataclasses.MISSING else ""
    return _size(one.default) if of_size else _value(one.default)


def _size(number: int) -> str:
    for unit, size in (("MiB", 2**20), ("KiB", 2**10)):
        if number % size == 0:
            return f"`{number // size}{unit}`"
    return f"`{number}B`"


def _value(value: Any) -> str:
    match value:
        case None | "" | ():
            return ""
        case Enum():
            return f"`{value.value}`"
        case timedelta():
            return f"`{format_duration(value)}`"
        case tuple():
            return ", ".join(map(_value, value))
        case str() | int() | float():
            return f"`{value if isinstance(value, str) else json.dumps(value)}`"
    return ""


def words(type_: Any) -> str:
    """A type as the reference names it."""
    for known, name in WORDS.items():
        if type_ is known:
            return name
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        return " or ".join(words(one) for one in arguments if one is not type(None))
    if origin in (tuple, list, set, frozenset):
        return f"list of {words(arguments[0])}"
    if origin in (dict, Mapping):
        return f"map of {words(arguments[1])}"
    if isinstance(type_, type) and issubclass(type_, Enum):
        return ", ".join(f"`{one.value}`" for one in type_)
    if isinstance(type_, type) and dataclasses.is_dataclass(type_):
        keys = [one.metadata.get("alias", one.name) for one in dataclasses.fields(type_)]
        return f"map: {', '.join(f'`{key}`' for key in keys)}" if len(keys) < 5 else "map"
    return "value"


def _annotated(type_: Any, marks: tuple[Any, ...]) -> str:
    for mark in marks:
        if isinstance(mark, Written):
            return _MARKS.get(id(mark)) or _schema_words(mark.schema)
        if isinstance(mark, Shaped):
            return words(mark.shape)
    short = next((mark for mark in marks if isinstance(mark, Shorthand)), None)
    long = words(type_)
    return f"{_schema_words(short.schema)} or {long}" if short else long


def _schema_words(schema: Mapping[str, Any]) -> str:
    """What a raw JSON Schema allows, in few words."""
    if "examples" in schema:
        return ", ".join(f"`{one}`" for one in schema["examples"][:2])
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one).strip(chr(34))}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_schema_words(one) for one in schema["anyOf"]))
    if "description" in schema:
        return str(schema["description"])
    if schema.get("type") == "object":
        return f"map: {', '.join(f'`{key}`' for key in schema.get('properties', ()))}"
    if schema.get("type") == "array":
        return f"list of {_schema_words(schema.get('items', {}))}"
    return {"integer": "whole number", "boolean": "true or false"}.get(
        str(schema.get("type")), "text"
    )


if __name__ == "__main__":
    DOCUMENT.write_text(reference(DOCUMENT.read_text()))
