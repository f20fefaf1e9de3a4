"""docs/kinds.md, written from what the kinds of checks say of themselves.

`python -m monitor.config.kinds_reference` brings it up to date; a test says when it is not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from checks.kinds import KINDS
from checks.model import Kind
from checks.settings import Shaped, Written
from monitor.config.docstrings import class_doc
from monitor.config.reference import table, words

DOCUMENT = Path("docs/kinds.md")

_PREFACE = """\
<!-- Written by `python -m monitor.config.kinds_reference`: edit the kinds, not this file. -->

# Kinds of checks

A check has exactly one kind. Its settings stand under the kind's name; where there is a short
form, a single value fills the most important of them:

```yaml
components:
  shop:
    checks:
      page: {http: https://shop.example}               # short for {http: {url: …}}
      port: {tcp: {address: "shop.example:443", tls: true}}
```

Every probe makes a fresh connection and ends by the check's `timeout`. A probe that could not be
made for a reason on our side (no route, no permission, a file of ours missing) is neither passed
nor failed: the check is unknown, and operators are told why. Expectations stand under `expect`
(if it does not hold, the check fails), `degraded_if` and `warn_if`; see
[configuration.md](configuration.md). To write a kind of your own, see
[contributing.md](contributing.md).
"""


def kinds_reference(kinds: Mapping[str, Kind] = KINDS) -> str:
    """The whole document."""
    parts = [_PREFACE, *_overview(kinds)]
    for kind in kinds.values():
        parts += _kind(kind)
    parts += _expectations(kinds)
    return "\n".join(parts)


def _overview(kinds: Mapping[str, Kind]) -> Iterator[str]:
    rows = [f"| [`{kind.name}`](#{kind.name}) | {kind.summary} |" for kind in kinds.values()]
    yield "\n".join(("| kind | |", "|---|---|", *rows)) + "\n"


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name}\n"
    short = f" Short form: `{kind.name}: {kind.short.upper()}`." if kind.short else ""
    yield f"{kind.summary}{short}\n"
    yield f"```yaml\n{kind.example}```\n"
    yield table(kind.options)
    yield from _inside(kind.options)
    if kind.expectations:
        yield _expected(kind)
    rows = [f"| {reason} | {meaning} |" for reason, meaning in kind.failures.items()]
    yield "\n".join(("| reason you may meet | what it means |", "|---|---|", *rows)) + "\n"


def _expected(kind: Kind) -> str:
    rows = ["| expectation | written as | unless set |", "|---|---|---|"]
    for name, type_ in kind.expectations.items():
        unless = _stated(kind.expected[name]) if name in kind.expected else ""
        rows.append(f"| `{name}` | {words(type_)} | {unless} |")
    return "\n".join(rows) + "\n"


def _stated(expectation: Any) -> str:
    """What an expectation states: in short where it has words for that."""
    in_short = "__str__" in vars(type(expectation))
    return f"`{expectation}`" if in_short else class_doc(type(expectation))


def _inside(cls: type) -> Iterator[str]:
    """Tables of the maps that stand inside the settings of a kind."""
    hints = get_type_hints(cls, include_extras=True)
    for one in filter(lambda one: one.init, dataclasses.fields(cls)):
        for inner in _maps_in(hints[one.name]):
            yield f"`{one.name}`: {class_doc(inner)}\n"
            yield table(inner)


def _expectations(kinds: Mapping[str, Kind]) -> Iterator[str]:
    """The expectations written as maps, each once, with the kinds that have it."""
    found: dict[tuple[str, type], list[str]] = {}
    for kind in kinds.values():
        for name, type_ in kind.expectations.items():
            for inner in _maps_in(type_):
                found.setdefault((name, inner), []).append(f"`{kind.name}`")
    yield "## Expectations in detail\n"
    for (name, inner), having in sorted(found.items(), key=lambda item: item[0][0]):
        yield f"### `{name}` of {', '.join(having)}\n"
        yield f"{class_doc(inner)}\n"
        yield table(inner)


def _maps_in(type_: Any) -> list[type]:
    if isinstance(type_, type) and dataclasses.is_dataclass(type_):
        return [type_]
    if get_origin(type_) is Annotated:
        marks = type_.__metadata__
        if any(isinstance(mark, Written) for mark in marks):
            return []
        shaped = next((mark.shape for mark in marks if isinstance(mark, Shaped)), type_.__origin__)
        return _maps_in(shaped)
    return [found for one in get_args(type_) for found in _maps_in(one)]


if __name__ == "__main__":
    DOCUMENT.write_text(kinds_reference())
