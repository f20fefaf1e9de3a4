"""The JSON Schema of checks.yaml (draft 2020-12), by which editors complete and check.

Built from the same types that the loader validates with. It cannot know references,
templates' kinds or what a variable holds: `upfront validate` does.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen

from checks.duration import PATTERN
from checks.model import Kind
from checks.settings import Shaped, Shorthand, Written
from incidents.sending import Channel
from monitor.config.docstrings import class_doc, field_docs
from monitor.config.names import IDENTIFIER
from monitor.config.schema import CheckSettings, ComponentSettings, Main

Schema = dict[str, Any]

IDS: Schema = {"pattern": rf"^(?:{IDENTIFIER.pattern}|.*\$\{{each:.*)$"}
_DIGITS: Schema = {"type": "string", "pattern": r"^[-+]?\d+$"}
_VARIABLE: Schema = {"$ref": "#/$defs/variable"}
_BOUNDS: Mapping[type, tuple[str, str]] = {
    Ge: ("ge", "minimum"),
    Gt: ("gt", "exclusiveMinimum"),
    Le: ("le", "maximum"),
    Lt: ("lt", "exclusiveMaximum"),
    MinLen: ("min_length", "minItems"),
    MaxLen: ("max_length", "maxItems"),
}


def json_schema(kinds: Mapping[str, Kind], channels: Mapping[str, Channel]) -> Schema:
    """The whole schema, for these kinds and channels."""
    main = of_type(Main)
    below = main["properties"]
    component = of_type(ComponentSettings)
    component["properties"]["checks"] |= _map_of({"$ref": "#/$defs/check"})
    below["components"] |= _map_of({"$ref": "#/$defs/component"})
    below["templates"] |= _map_of({"$ref": "#/$defs/template"})
    below["channels"] |= _closed({name: of_type(one.settings) for name, one in channels.items()})
    below["connectivity"] |= {"type": "array", "items": {"$ref": "#/$defs/check"}}
    below["version"] = {"const": 1, "markdownDescription": field_docs(Main)["version"]}
    for name in ("routes", "groups", "maintenance", "pages"):
        below[name]["propertyNames"] = IDS
    below["groups"]["additionalProperties"]["type"] = ["object", "null"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "checks.yaml",
        **main,
        "type": "object",
        "$defs": {
            "variable": {"type": "string", "pattern": r"\$\{"},
            "component": component | {"type": ["object", "null"]},
            "check": _check(kinds) | _one_kind(kinds),
            "template": _check(kinds),
            **{f"{name}_expectations": _expectations(kind) for name, kind in kinds.items()},
        },
    }


def _check(kinds: Mapping[str, Kind]) -> Schema:
    check = of_type(CheckSettings)
    for name, kind in kinds.items():
        check["properties"][name] = {**_options(kind), "markdownDescription": kind.summary}
    for key in ("expect", "degraded_if", "warn_if"):
        check["properties"][key] |= {"type": ["object", "null"]}
    check["allOf"] = [_when(name) for name in kinds]
    return check


def _whole(kind: Kind) -> Schema:
    """What a kind requires must be there, unless a template may bring it."""
    alone = {"required": [kind.name], "not": {"required": ["template"]}}
    required = of_type(kind.options).get("required", [])
    whole = {"if": {"type": "object"}, "then": {"required": required}}
    return {"if": alone, "then": {"properties": {kind.name: whole}}}


def _when(kind: str) -> Schema:
    """Under a kind its own expectations, and no others, can be stated."""
    expectations = {"$ref": f"#/$defs/{kind}_expectations"}
    stated = dict.fromkeys(("expect", "degraded_if", "warn_if"), expectations)
    return {"if": {"required": [kind]}, "then": {"properties": stated}}


def _one_kind(kinds: Mapping[str, Kind]) -> Schema:
    """Exactly one kind; none of its own suffices where a template brings one."""
    each: list[Schema] = [{"required": [name]} for name in kinds]
    return {
        "allOf": [*map(_when, kinds), *map(_whole, kinds.values())],
        "oneOf": [*each, {"required": ["template"], "not": {"anyOf": each}}],
    }


def _expectations(kind: Kind) -> Schema:
    known = {name: of_type(type_) for name, type_ in kind.expectations.items()}
    return _closed(known) | {"type": ["object", "null"]}


def _options(kind: Kind) -> Schema:
    whole = of_type(kind.options)
    whole.pop("required", None)
    if kind.short is None:
        return whole
    return {"anyOf": [whole["properties"][kind.short], whole]}


def _closed(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _map_of(schema: Schema) -> Schema:
    return {
        "type": ["object", "null"],
        "propertyNames": IDS,
        "additionalProperties": schema,
    }


def of_type(type_: Any) -> Schema:
    """The schema of what may stand in the file for a value of a type."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        return _any_of([one for one in arguments if one is not type(None)])
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is dict or origin is Mapping or type_ is dict:
        value = of_type(arguments[1]) if arguments else {}
        return {"type": "object", "additionalProperties": value}
    if origin in (tuple, list, set, frozenset):
        item = of_type(arguments[0])
        return {"anyOf": [item, {"type": "array", "items": item}]}
    if dataclasses.is_dataclass(type_) and isinstance(type_, type):
        return _dataclass(type_)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return {"anyOf": [{"enum": [one.value for one in type_]}, _VARIABLE]}
    return _leaf(type_)


def _leaf(type_: Any) -> Schema:
    match type_:
        case _ if type_ is str:
            return {"type": ["string", "number", "boolean"]}
        case _ if type_ is bool:
            return {"anyOf": [{"type": "boolean"}, _VARIABLE]}
        case _ if type_ is int:
            return {"anyOf": [{"type": "integer"}, _DIGITS, _VARIABLE]}
        case _ if type_ is float:
            return {"anyOf": [{"type": "number"}, _VARIABLE]}
        case _ if type_ is timedelta:
            return {"anyOf": [{"type": "string", "pattern": PATTERN}, _VARIABLE]}
        case _ if type_ in (date, datetime):
            return {"type": "string"}
    return {}


def _annotated(type_: Any, marks: tuple[Any, ...]) -> Schema:
    schema: Schema | None = None
    for mark in marks:
        if isinstance(mark, Written):
            schema = {"anyOf": [dict(mark.schema), _VARIABLE]}
        elif isinstance(mark, Shaped):
            schema = of_type(mark.shape)
        elif isinstance(mark, Shorthand):
            schema = _joined(dict(mark.schema), of_type(type_) if schema is None else schema)
    schema = of_type(type_) if schema is None else schema
    for mark in marks:
        name, keyword = _BOUNDS.get(type(mark), ("", ""))
        if name:
            _bound(schema, keyword, getattr(mark, name))
    return schema


def _bound(schema: Schema, keyword: str, limit: Any) -> None:
    """Put a bound where it applies: on the number or list among the alternatives."""
    for one in (schema, *schema.get("anyOf", ())):
        if one.get("type") in ("integer", "number", "array"):
            one[keyword] = limit


def _any_of(types_: list[Any]) -> Schema:
    schemas = [of_type(one) for one in types_]
    if len(schemas) == 1:
        return schemas[0]
    return _joined(*schemas)


def _joined(*schemas: Schema) -> Schema:
    alternatives = [one for schema in schemas for one in schema.get("anyOf", [schema])]
    return {
        "anyOf": [one for index, one in enumerate(alternatives) if one not in alternatives[:index]]
    }


def _dataclass(cls: type) -> Schema:
    hints = get_type_hints(cls, include_extras=True)
    docs = field_docs(cls)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for one in filter(lambda one: one.init, dataclasses.fields(cls)):
        key = one.metadata.get("alias", one.name)
        properties[key] = dict(of_type(hints[one.name]))
        if one.name in docs:
            properties[key]["markdownDescription"] = docs[one.name]
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            required.append(key)
    schema = _closed(properties) | {"markdownDescription": class_doc(cls)}
    return {**schema, "required": required} if required else schema
