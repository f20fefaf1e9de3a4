"""How text becomes typed: pydantic's core schema, rewritten for what people write in YAML.

Everything reaches pydantic as text, lists and maps. Where text is due it stays as written;
where a number or truth value is due it is read by YAML 1.2; a scalar where a list is due
becomes a list of one; keys that a dataclass does not have are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from checks.duration import parse_duration
from monitor.config.scalars import Secret, has_written, number, resolved, truth, unwritten, whole

Schema = Any
"""A pydantic-core schema: a plain dict, whose exact shape depends on its "type"."""

_INNER = ("schema", "items_schema", "keys_schema", "values_schema")


def rewritten(schema: Schema) -> Schema:
    """The same schema with our conversions put before every leaf."""
    new = {name: value for name, value in schema.items() if name != "serialization"}
    for name in _INNER:
        if isinstance(new.get(name), dict):
            new[name] = rewritten(new[name])
        elif isinstance(new.get(name), list):
            new[name] = [rewritten(inner) for inner in new[name]]
    if "definitions" in new:
        new["definitions"] = [rewritten(inner) for inner in new["definitions"]]
    if new["type"] == "dataclass-args":
        new["fields"] = [{**one, "schema": rewritten(one["schema"])} for one in new["fields"]]
    if new["type"] == "union":
        new["choices"] = [
            (rewritten(choice[0] if isinstance(choice, tuple) else choice), f"|{index}")
            for index, choice in enumerate(new["choices"])
        ]
    if new["type"] == "dataclass" and new["schema"]["type"] == "dataclass-args":
        new["schema"] = _aliased(new["schema"], new["cls"])
    convert = _CONVERSIONS.get(new["type"])
    return convert(new) if convert else new


def _aliased(schema: Schema, cls: type) -> Schema:
    """Fields whose key is no Python name carry it in their metadata: `from`."""
    keys = {one.name: one.metadata.get("alias") for one in fields(cls)}
    return {
        **schema,
        "fields": [
            {**one, "validation_alias": keys[one["name"]]} if keys[one["name"]] else one
            for one in schema["fields"]
        ],
    }


def key_of(one: Schema) -> str:
    """The key under which a field stands in the file."""
    return str(one.get("validation_alias", one["name"]))


def _before(function: Callable[[Any], Any]) -> Callable[[Schema], Schema]:
    def wrap(schema: Schema) -> Schema:
        return {
            "type": "function-before",
            "function": {"type": "no-info", "function": function},
            "schema": schema,
        }

    return wrap


def _strict(function: Callable[[Any], Any]) -> Callable[[Schema], Schema]:
    def wrap(schema: Schema) -> Schema:
        return _before(function)({**schema, "strict": True})

    return wrap


def _text(schema: Schema) -> Schema:
    def keep_secret(value: Any, handler: Callable[[Any], Any]) -> Any:
        text = handler(value)
        return Secret(text, value.source) if isinstance(value, Secret) else text

    return {
        "type": "function-wrap",
        "function": {"type": "no-info", "function": keep_secret},
        "schema": schema,
    }


def _plain_function(schema: Schema) -> Schema:
    function = schema["function"]
    if function["type"] != "no-info":
        return schema
    read = function["function"]

    def read_resolved(value: Any) -> Any:
        plain = resolved(value)
        found = read(plain)
        if has_written(plain):
            found = unwritten(found)
        if isinstance(value, Secret) and isinstance(found, str):
            return Secret(found, value.source)
        return found

    return {**schema, "function": {"type": "no-info", "function": read_resolved}}


def _short_form(schema: Schema) -> Schema:
    """A function before a schema reads what stands there resolved, and may leave it alone."""
    function = schema["function"]
    if function["type"] != "no-info":
        return schema
    expand = function["function"]

    def expand_resolved(value: Any) -> Any:
        plain = resolved(value) if isinstance(value, str) else value
        found = expand(plain)
        return value if found is plain else found

    return {**schema, "function": {"type": "no-info", "function": expand_resolved}}


def _span(schema: Schema) -> Schema:
    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": parse_duration},
    }


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _closed(schema: Schema) -> Schema:
    return {**schema, "extra_behavior": "forbid"}


_CONVERSIONS: dict[str, Callable[[Schema], Schema]] = {
    "any": _before(lambda value: unwritten(resolved(value))),
    "bool": _strict(truth),
    "dataclass-args": _closed,
    "float": _strict(number),
    "frozenset": _before(_listed),
    "function-before": _short_form,
    "function-plain": _plain_function,
    "int": _strict(whole),
    "list": _before(_listed),
    "set": _before(_listed),
    "str": _text,
    "timedelta": _span,
    "tuple": _before(_listed),
    "typed-dict": _closed,
}


def fields_at(schema: Schema, loc: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that the dataclass at a path of an error has."""
    for step in loc:
        schema = _below(_bare(schema), step)
        if schema is None:
            return ()
    found = _bare(schema)
    if found["type"] == "dataclass-args":
        return tuple(key_of(one) for one in found["fields"] if one.get("init", True))
    return ()


def _bare(schema: Schema) -> Schema:
    """The schema without the wrappers that add no step to a path."""
    while schema["type"] in _TRANSPARENT and "schema" in schema:
        schema = schema["schema"]
    return schema


_TRANSPARENT = frozenset(
    {"function-before", "function-wrap", "function-after", "default", "nullable", "dataclass",
     "definitions"}
)  # fmt: skip


def _below(schema: Schema, step: Any) -> Schema | None:
    match schema["type"]:
        case "dataclass-args":
            return next((one["schema"] for one in schema["fields"] if key_of(one) == step), None)
        case "union":
            return next((choice for choice, label in schema["choices"] if label == step), None)
        case "dict":
            return schema.get("values_schema")
        case "tuple":
            return schema["items_schema"][0]
        case "list" | "set" | "frozenset":
            return schema.get("items_schema")
    return None
