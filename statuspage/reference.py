"""The reference in docs/api.md, written from the description of the API.

`python -m statuspage.reference` brings the document up to date; a test says when it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from statuspage.api.openapi import OPERATIONS
from statuspage.openapi import Json, describe

BEGIN = "<!-- From here on written by `python -m statuspage.reference`: edit the operations. -->"
END = "<!-- Up to here. -->"
DOCUMENT = Path("docs/api.md")


def reference(document: str) -> str:
    """The document with what stands between its two marks as the operations are now."""
    before, _, rest = document.partition(BEGIN)
    after = rest.partition(END)[2]
    described = describe(OPERATIONS, "", "")
    told = "\n".join((*_overview(described), *_details(described), *_types(described)))
    return f"{before}{BEGIN}\n\n{told}\n{END}{after}"


def _overview(described: Json) -> Iterator[str]:
    yield from ("| path | what it tells | answer |", "|---|---|---|")
    for path, operation in _operations(described):
        yield f"| `{path}` | {_cell(operation['summary'])} | {_typed(_answer(operation))} |"
    yield ""


def _details(described: Json) -> Iterator[str]:
    """A section for each path that takes parameters in its query."""
    for path, operation in _operations(described):
        asked = [one for one in operation["parameters"] if one["in"] == "query"]
        if asked:
            yield f"### {path}\n"
            yield from ("| parameter | | |", "|---|---|---|")
            for one in asked:
                about = _cell(one["description"])
                yield f"| `{one['name']}` | {_given(one['schema'])} | {about} |"
            yield ""


def _types(described: Json) -> Iterator[str]:
    """A section for each type of our own API; those of Statuspage are as theirs."""
    schemas = described["components"]["schemas"]
    for name in sorted(_ours(described)):
        schema = schemas[name]
        yield f"### {name}\n"
        if about := schema.get("description"):
            yield f"{about}\n"
        yield from _words(schema) if "enum" in schema else _members(schema)
        yield ""


def _ours(described: Json) -> set[str]:
    """The types that the paths of our own API lead to."""
    schemas = described["components"]["schemas"]
    waiting = [
        name
        for path, operation in _operations(described)
        if operation["tags"] != ["statuspage"]
        for name in _references(operation)
    ]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_references(schemas[name]))
    return found


def _references(schema: Any) -> Iterator[str]:
    """The names of the schemas that a schema points to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from _references(one)


def _words(schema: Mapping[str, Any]) -> Iterator[str]:
    yield ", ".join(f"`{word}`" for word in schema["enum"])


def _members(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| member | | |", "|---|---|---|")
    for name, member in schema["properties"].items():
        yield f"| `{name}` | {_typed(member)} | {_cell(member.get('description', ''))} |"


def _operations(described: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in described["paths"].items():
        yield path, methods["get"]


def _answer(operation: Json) -> Json:
    schema: Json = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def _typed(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: "list of Incident", "string or null"."""
    if "$ref" in schema:
        return _link(str(schema["$ref"]).rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_typed(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_typed(schema['items'])}"
    if schema.get("type") == "object":
        return f"object of {_typed(schema['additionalProperties'])}"
    return str(schema.get("format") or schema["type"])


def _given(schema: Mapping[str, Any]) -> str:
    """What a parameter may be, and what it is when it is left out."""
    bounds = [str(schema[key]) for key in ("minimum", "maximum") if key in schema]
    told = _typed(schema) + (f", {' to '.join(bounds)}" if bounds else "")
    default = schema.get("default")
    return f"{told}, `{default}` unless given" if default else told


def _link(name: str) -> str:
    linked = not name.startswith("Statuspage")
    return f"[{name}](#{name.lower()})" if linked else name


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(reference(DOCUMENT.read_text()))
